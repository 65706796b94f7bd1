#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/champion/contribution.h"
#include "server/use_cases/champion/contributions.h"

namespace perigee::domain {
class MergedMembers;
}  // namespace perigee::domain

namespace perigee::use_cases {

// The authors of a draft, the member first, without their contribution. kNotFound,
// kInvalidField (`contribution.authors`) if a person is named twice.
absl::StatusOr<std::vector<domain::ContributionShare>> AuthorsOf(ports::StoreReader& reader,
                                                                 const std::string& program,
                                                                 const ContributionDraft& draft,
                                                                 Time now);

// kNotFound, also for the programme.
absl::StatusOr<AuthoredContribution> RequireContribution(ports::StoreReader& reader,
                                                         const std::string& program,
                                                         const std::string& id);
// Its authors, by index.
absl::StatusOr<std::vector<domain::ContributionShare>> AuthorsIn(ports::StoreReader& reader,
                                                                 const std::string& program,
                                                                 const std::string& contribution);
// A contribution and what a person has of it.
struct OwnContribution {
  domain::Contribution contribution;
  std::int64_t share = 0;
};
// All contributions of which the person is an author, by id. `members` are those of the person.
// Costs one look-up for each contribution.
absl::StatusOr<std::vector<OwnContribution>> OwnContributionsOf(
    ports::StoreReader& reader, const std::string& program,
    const std::vector<domain::MemberKey>& members);

// Whether the member was not erased.
absl::StatusOr<bool> IsThere(ports::StoreReader& reader, const std::string& program,
                             const domain::MemberKey& member);

}  // namespace perigee::use_cases
