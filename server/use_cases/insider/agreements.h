#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/insider/agreement.h"
#include "server/domain/member/member_key.h"
#include "server/use_cases/decided.h"

namespace perigee::domain {
struct Member;
}  // namespace perigee::domain

namespace perigee::use_cases {

using DecidedAgreement = absl::StatusOr<Decided<domain::Agreement>>;

// kNotFound for the programme or the agreement.
absl::StatusOr<domain::Agreement> RequireAgreement(ports::StoreReader& reader,
                                                   const std::string& program,
                                                   const std::string& id);
// kNotFound for programme, agreement and version.
absl::StatusOr<domain::AgreementVersion> RequireAgreementVersion(ports::StoreReader& reader,
                                                                 const std::string& program,
                                                                 const std::string& agreement,
                                                                 std::int32_t version);

// `agreement` has passed domain::CheckAgreement. kNotFound for the programme, kAlreadyExists.
DecidedAgreement CreateAgreement(ports::StoreReader& reader, const ports::UnitContext& unit,
                                 const std::string& program, domain::Agreement agreement);
// kNotFound, kEtagMismatch, the refusals of domain::CheckAgreement.
DecidedAgreement UpdateAgreement(ports::StoreReader& reader, const ports::UnitContext& unit,
                                 const std::string& program, const std::string& id,
                                 const Edit<domain::Agreement>& edit);
// kNotFound, and the refusals of domain::AddVersion.
absl::StatusOr<Decided<domain::AgreementVersion>> AddAgreementVersion(
    ports::StoreReader& reader, const ports::UnitContext& unit, const std::string& program,
    const std::string& id, const std::string& body, bool required);

// An acceptance with its agreement, from which its state follows.
struct AcceptanceView {
  domain::Acceptance acceptance;
  domain::Agreement agreement;
};
using DecidedAcceptance = absl::StatusOr<Decided<AcceptanceView>>;

// Acceptances with their agreements, in the same order.
absl::StatusOr<std::vector<AcceptanceView>> WithAgreements(
    ports::StoreReader& reader, const std::string& program,
    std::vector<domain::Acceptance> acceptances);
// All acceptances of the members that are that person, by id.
absl::StatusOr<std::vector<AcceptanceView>> AcceptancesOf(ports::StoreReader& reader,
                                                          const std::string& program,
                                                          const domain::Member& member);

// An agreement that a person may know of, and whether it is bound by it.
struct KnownAgreement {
  domain::Agreement agreement;
  bool bound = false;
};
// The agreements with a text that the person may know of, by id: those that it has accepted once,
// and those of items of which nothing but the agreement, or then a seat, is missing for it.
absl::StatusOr<std::vector<KnownAgreement>> KnownAgreements(ports::StoreReader& reader,
                                                            const std::string& program,
                                                            const domain::Member& member, Time now);

// A text that was presented to a person.
struct PresentedAgreement {
  AcceptanceView acceptance;
  domain::AgreementVersion version;
};
// Presents the newest text. While the person has said nothing to it, it is the same presentation
// again. kNotFound for programme and member, and for an agreement that is not there or that the
// person may not know of.
absl::StatusOr<Decided<PresentedAgreement>> PresentAgreement(ports::StoreReader& reader,
                                                             const ports::UnitContext& unit,
                                                             const std::string& program,
                                                             const std::string& member,
                                                             const std::string& agreement);

// An acceptance by its member's id and its own.
struct AcceptancePlace {
  std::string program;
  std::string member;
  domain::Revision id = 0;
};
// kNotFound, and the refusals of domain::Accept.
DecidedAcceptance AcceptAgreement(ports::StoreReader& reader, const ports::UnitContext& unit,
                                  const AcceptancePlace& place, std::string_view digest,
                                  const std::string& device);
// kNotFound, kIllegalMove.
DecidedAcceptance WithdrawAcceptance(ports::StoreReader& reader, const ports::UnitContext& unit,
                                     const AcceptancePlace& place);

// Withdraws what members who are being erased have accepted.
absl::Status EndAcceptancesOfErased(ports::StoreReader& reader, const ports::UnitContext& unit,
                                    const std::string& program,
                                    const std::vector<domain::MemberKey>& members,
                                    domain::Changes& changes);

}  // namespace perigee::use_cases
