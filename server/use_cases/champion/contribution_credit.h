#pragma once

#include <string>

#include "absl/status/status.h"
#include "server/domain/champion/contribution.h"

namespace perigee::domain {
struct Changes;
}  // namespace perigee::domain
namespace perigee::ports {
class StoreReader;
struct UnitContext;
}  // namespace perigee::ports

namespace perigee::use_cases {

struct AuthoredContribution;

// A unit of work records one activity at most, because an activity is known by its revision. So the
// acceptance records that of the first author. While other shares wait, the contribution is due,
// and each unit of the due loop records the next one. An activity and the note of it are one unit,
// so each share is recorded once.

// Splits the credit of a contribution that was just accepted, and records the first share. The
// refusals of RecordActivity. `changes` must be empty.
absl::Status CreditAuthors(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const std::string& program, AuthoredContribution& whole,
                           domain::Changes& changes);

// Records the next share of a contribution that is due. Shares of erased members are left out.
absl::Status RecordDueShare(const std::string& program, domain::Contribution contribution,
                            ports::StoreReader& reader, const ports::UnitContext& unit,
                            domain::Changes& changes);

}  // namespace perigee::use_cases
