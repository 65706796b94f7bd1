#pragma once

#include <string>

#include "perigee/v1/agreement.pb.h"
#include "server/core/time.h"

namespace perigee::domain {
struct Agreement;
struct AgreementVersion;
}  // namespace perigee::domain
namespace perigee::use_cases {
struct AcceptanceView;
struct KnownAgreement;
}  // namespace perigee::use_cases

namespace perigee::services {

v1::Agreement ToProto(const std::string& program, const domain::Agreement& agreement);
// Without the body.
v1::AgreementVersion ToProto(const std::string& program, const domain::AgreementVersion& version);
v1::OwnAgreement ToProto(const std::string& program, const use_cases::KnownAgreement& known);
// `member`: the name of its member; empty if that is gone.
v1::AgreementAcceptance ToProto(const std::string& program, const use_cases::AcceptanceView& view,
                                const std::string& member, Time now);

}  // namespace perigee::services
