#pragma once

#include <span>
#include <vector>

#include "absl/time/civil_time.h"
#include "server/core/time.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

struct ActivityType;

// One activity of an actor.
struct Act {
  Time known_since{};                  // When it was recorded.
  absl::CivilDay day;                  // In the programme's zone.
  const ActivityType* type = nullptr;  // Null: the programme says nothing about it.
  Revision activity = 0;
};

// A day on which a member was active: the greatest weight of that day, and the first activity of
// that weight.
struct ActiveDay {
  absl::CivilDay day;
  int weight = 0;
  Revision activity = 0;
  bool operator==(const ActiveDay&) const = default;
};

// The active days, in order. Each activity has the greatest weight that its type had since the
// activity was known and since `since`, so with kEndOfTime its weight now. Activities of weight 0
// make no day.
std::vector<ActiveDay> ActiveDaysOf(std::span<const Act> acts, Time since);

}  // namespace perigee::domain
