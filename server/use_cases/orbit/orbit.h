#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "server/core/time.h"
#include "server/domain/member/member.h"
#include "server/domain/orbit/active_days.h"
#include "server/domain/orbit/level.h"
#include "server/domain/orbit/reach.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::use_cases {

struct OrbitSetting;

// Where a person stands in the orbit, and why.
struct MemberOrbit {
  std::string member_id;      // Of the head.
  domain::Reached held;       // Where the person stands.
  std::string activity_type;  // Of the activity in `held`. Empty if there is none.
  int reached = 0;            // The index by the activities of the last year alone.
  domain::Reviews reviews;
  int at_next_review = 0;  // The index after it if nothing more is done.
  std::vector<domain::PresenceGoal> goals;
  double love = 0;
  double reach = 0;
  std::int64_t connections = 0;
};

// Computed from the activities alone: an index rises at once, and falls at a review. Hidden and
// suspended members are no connections. kNotFound.
absl::StatusOr<MemberOrbit> OrbitOf(ports::StoreReader& reader, const std::string& program,
                                    const std::string& member_id, Time now);

// The index that the person of these acts holds on that day.
int IndexHeld(const OrbitSetting& setting, std::span<const domain::Act> acts, absl::CivilDay today);

// The connections, which are as domain::KeepLatest leaves them, with members who are there and not
// hidden.
absl::StatusOr<std::vector<domain::Connection>> ShownConnections(
    ports::StoreReader& reader, const std::string& program,
    std::vector<domain::Connection> connections);

// Whether others must not learn of the member.
bool IsHidden(bool board_opt_out, domain::Standing standing);

}  // namespace perigee::use_cases
