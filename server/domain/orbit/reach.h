#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "absl/time/civil_time.h"
#include "server/domain/member/member_key.h"

namespace perigee::domain {

// The strength of a connection in the month of an activity that one of the two did to or for the
// other.
inline constexpr double kDirectStrength = 10;

// A person that another one met, and the latest day.
struct Connection {
  MemberKey other;
  absl::CivilDay last_day;
};

// One connection for each person, of the latest day, by key.
void KeepLatest(std::vector<Connection>& connections);

// The sum of the strengths of the connections. Each loses a tenth for each calendar month without a
// meeting.
double ReachOf(std::span<const Connection> connections, absl::CivilMonth now);

// The share of all pairs of members that are connected. Absent for fewer than two members.
std::optional<double> Density(std::int64_t connected_pairs, std::int64_t members);

}  // namespace perigee::domain
