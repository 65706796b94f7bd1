#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "server/core/time.h"
#include "server/domain/orbit/gravity.h"

namespace perigee::ports {
class Store;
}  // namespace perigee::ports

namespace perigee::use_cases {

// Asked before each portion of the work. An error ends the work with it.
using GoesOn = std::function<absl::Status()>;

// Where the members of a programme stand. Staff are counted apart.
struct OrbitMap {
  domain::OrbitCounts members{};
  domain::OrbitCounts staff{};
  // Of the members who have an index. Absent if there are none.
  std::optional<double> love_median;
  std::optional<double> reach_median;
  // Pairs of members who met within the last year, and their share of all pairs. Hidden members
  // have no part in it.
  std::int64_t connected_pairs = 0;
  std::optional<double> density;
};

// How the members of a programme moved between the ends of two days. Staff are counted apart.
struct OrbitChange {
  struct Tally {
    domain::OrbitCounts members{};
    domain::OrbitCounts alike{};  // Those who are members on both days.
    domain::OrbitCounts staff{};
  };
  absl::CivilDay from_day;
  absl::CivilDay to_day;
  Tally from;
  Tally to;
  std::int64_t joined = 0;  // Members on the second day, and not on the first.
  std::int64_t left = 0;    // The other way round.
  // The change of weighted commitment for each member in orbit: of all on the second day, and of
  // those alike who are in orbit on either day.
  std::optional<double> gravity;
  std::optional<double> gravity_alike;
};

// Both go over all members, in portions that have a view each, so what is written meanwhile may
// count or not. Their memory grows with the members, not with their activities. kNotFound.
absl::StatusOr<OrbitMap> MapOrbit(const ports::Store& store, const std::string& program, Time now,
                                  const GoesOn& goes_on);
// The days that hold the two times. Both are measured with the weights of now, so that a change of
// weights moves nobody. kInvalidField (`from_time`, `to_time`) unless the first day is before the
// second, which is not after today.
absl::StatusOr<OrbitChange> CompareOrbit(const ports::Store& store, const std::string& program,
                                         Time from, Time to, Time now, const GoesOn& goes_on);

}  // namespace perigee::use_cases
