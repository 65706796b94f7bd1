#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/time/civil_time.h"
#include "server/domain/orbit/active_days.h"

namespace perigee::domain {

// Where members stand in a programme's orbit. The index counts from 1 (far out) to 12 (innermost);
// 0 is nowhere. Levels count the other way: 1 is the innermost. All days are of the programme's
// zone.
inline constexpr int kOrbitIndexMax = 12;

// Values are those of perigee.v1.OrbitLevel.
enum class OrbitLevel : std::uint8_t { kLeading = 1, kContributing, kParticipating, kExploring };

// Level and step (3 to 1, which is the best) of an index from 1 on.
OrbitLevel LevelOf(int index);
int StepOf(int index);

// Spans of the calendar. Weeks are those of ISO 8601, from Monday on. Values are those of
// perigee.v1.PresenceUnit.
enum class PresenceUnit : std::uint8_t { kWeek = 1, kMonth, kQuarter };
absl::CivilDay FirstDayOf(PresenceUnit unit, absl::CivilDay day);
absl::CivilDay LastDayOf(PresenceUnit unit, absl::CivilDay day);

// So many active days in one span give `first_index`. Two and three such spans in a row give the
// next indexes.
struct Milestone {
  PresenceUnit unit{};
  int days = 0;
  int first_index = 0;
};
inline constexpr std::array<Milestone, 3> kMilestones = {
    {{PresenceUnit::kWeek, 2, 4}, {PresenceUnit::kMonth, 7, 7}, {PresenceUnit::kQuarter, 30, 10}}};
inline constexpr int kSpansMax = 3;

// The days at which levels may fall: the last one up to `day` and the first one after it. They
// begin each calendar month, quarter or year (`months` is 1, 3 or 12).
struct Reviews {
  absl::CivilDay last;
  absl::CivilDay next;
};
Reviews ReviewsAround(absl::CivilDay day, int months);

enum class OrbitRule : std::uint8_t { kNone, kWeight, kPresence };

struct PresenceSpan {
  absl::CivilDay first_day;
  int active_days = 0;
};

// An index and what gave it.
struct Reached {
  int index = 0;
  OrbitRule rule = OrbitRule::kNone;
  ActiveDay day;        // kWeight: the latest day with an activity of that weight.
  Milestone milestone;  // kPresence.
  int spans = 0;        // kPresence: how many of `presence`, the oldest first.
  std::array<PresenceSpan, kSpansMax> presence{};
};

// The greatest index that the member had on any of the days `from` to `to`. The index of a day is
// that of the greatest weight or of the best milestone, whichever is better. It looks at the year
// that ends with the day. A milestone of one span counts anywhere in that year. Of several spans in
// a row, the last one must hold the day or come directly before the span that holds it. `days` are
// in order. If both rules give the same, the weight is named.
Reached ReachedBetween(std::span<const ActiveDay> days, absl::CivilDay from, absl::CivilDay to);

// A milestone that the member can still reach within the running span.
struct PresenceGoal {
  int index = 0;
  PresenceUnit unit{};
  int more_days = 0;
  absl::CivilDay last_day;  // Of the span.
};

// The goals above `index`, those with the fewest days first. `days` are in order.
std::vector<PresenceGoal> GoalsAbove(int index, std::span<const ActiveDay> days,
                                     absl::CivilDay today);

}  // namespace perigee::domain
