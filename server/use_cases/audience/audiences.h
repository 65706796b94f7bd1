#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/audience/audience.h"

namespace perigee::domain {
struct Member;
class MergedMembers;
}  // namespace perigee::domain
namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::use_cases {

// kDemographicAudience, naming the facet, if the programme has marked one of these facets as
// demographic and `allowed` is false.
absl::Status CheckDemographic(ports::StoreReader& reader, const std::string& program,
                              const std::vector<std::string>& facets, bool allowed);

// The member as it is at `now`, also where nobody has settled yet what time changed: its titles,
// facets and kinds. Whoever lets somebody in or not at an instant asks for this member.
absl::StatusOr<domain::Member> MemberAt(ports::StoreReader& reader, const std::string& program,
                                        domain::Member member, Time now);

// The same where it is known who is merged.
absl::StatusOr<domain::Member> MemberAt(ports::StoreReader& reader, const std::string& program,
                                        const domain::MergedMembers& merged, domain::Member member,
                                        Time now);

// Whether the person is in the audience at `now`, and why. May count activities, and read all of
// them for a level of the orbit.
absl::StatusOr<domain::Judgement> JudgeMember(ports::StoreReader& reader,
                                              const std::string& program,
                                              const domain::Audience& audience,
                                              const domain::Member& member, Time now);

}  // namespace perigee::use_cases
