#include "server/domain/orbit/level.h"

#include <algorithm>
#include <tuple>

namespace perigee::domain {
namespace {

constexpr int kStepsOfLevel = 3;
constexpr int kLevels = 4;
constexpr int kDaysOfWeek = 7;
constexpr int kMonthsOfQuarter = 3;

absl::CivilMonth FirstMonthOf(absl::CivilMonth month, int months) {
  return month - (month.month() - 1) % months;
}

absl::CivilDay NextFirstDay(PresenceUnit unit, absl::CivilDay first) {
  switch (unit) {
    case PresenceUnit::kWeek:
      return first + kDaysOfWeek;
    case PresenceUnit::kMonth:
      return absl::CivilDay(absl::CivilMonth(first) + 1);
    case PresenceUnit::kQuarter:
      break;
  }
  return absl::CivilDay(absl::CivilMonth(first) + kMonthsOfQuarter);
}

absl::CivilDay SpanBefore(PresenceUnit unit, absl::CivilDay day) {
  return FirstDayOf(unit, FirstDayOf(unit, day) - 1);
}

// The days after `after` and up to `last`.
std::span<const ActiveDay> DaysWithin(std::span<const ActiveDay> days, absl::CivilDay after,
                                      absl::CivilDay last) {
  const auto begin = std::ranges::upper_bound(days, after, {}, &ActiveDay::day);
  const auto end = std::ranges::upper_bound(days, last, {}, &ActiveDay::day);
  return begin < end ? std::span<const ActiveDay>(begin, end) : std::span<const ActiveDay>();
}

absl::CivilDay YearBefore(absl::CivilDay day) {
  return absl::CivilDay(day.year() - 1, day.month(), day.day());
}

Reached ByWeight(std::span<const ActiveDay> days) {
  Reached reached;
  for (const ActiveDay& day : days) {
    if (day.weight >= reached.index) {
      reached.index = day.weight;
      reached.rule = OrbitRule::kWeight;
      reached.day = day;
    }
  }
  return reached;
}

// Adds a span that fulfils its milestone to those directly before it.
void AddSpan(const Milestone& milestone, const PresenceSpan& span,
             std::vector<PresenceSpan>& streak) {
  const bool goes_on =
      !streak.empty() && NextFirstDay(milestone.unit, streak.back().first_day) == span.first_day;
  if (!goes_on) {
    streak.clear();
  } else if (streak.size() == kSpansMax) {
    streak.erase(streak.begin());
  }
  streak.push_back(span);
}

// Calls `visit` with each span that fulfils the milestone, in order.
template <class Visit>
void ForEachSpan(const Milestone& milestone, std::span<const ActiveDay> days, const Visit& visit) {
  for (std::size_t at = 0; at < days.size();) {
    const absl::CivilDay last = LastDayOf(milestone.unit, days[at].day);
    const std::size_t begin = at;
    while (at < days.size() && days[at].day <= last) {
      ++at;
    }
    const int count = static_cast<int>(at - begin);
    if (count >= milestone.days) {
      visit(PresenceSpan{FirstDayOf(milestone.unit, last), count});
    }
  }
}

Reached ByPresence(const Milestone& milestone, std::span<const ActiveDay> days,
                   absl::CivilDay from) {
  const absl::CivilDay alive = SpanBefore(milestone.unit, from);
  Reached reached;
  std::vector<PresenceSpan> streak;
  ForEachSpan(milestone, days, [&](const PresenceSpan& span) {
    AddSpan(milestone, span, streak);
    const std::size_t spans = span.first_day >= alive ? streak.size() : 1;
    const int index = milestone.first_index + static_cast<int>(spans) - 1;
    if (index >= reached.index) {
      reached.index = index;
      reached.rule = OrbitRule::kPresence;
      reached.milestone = milestone;
      reached.spans = static_cast<int>(spans);
      std::copy(streak.end() - static_cast<std::ptrdiff_t>(spans), streak.end(),
                reached.presence.begin());
    }
  });
  return reached;
}

}  // namespace

OrbitLevel LevelOf(int index) {
  return static_cast<OrbitLevel>(kLevels - (index - 1) / kStepsOfLevel);
}

int StepOf(int index) { return kStepsOfLevel - (index - 1) % kStepsOfLevel; }

absl::CivilDay FirstDayOf(PresenceUnit unit, absl::CivilDay day) {
  switch (unit) {
    case PresenceUnit::kWeek:
      return absl::PrevWeekday(day + 1, absl::Weekday::monday);
    case PresenceUnit::kMonth:
      return absl::CivilDay(absl::CivilMonth(day));
    case PresenceUnit::kQuarter:
      break;
  }
  return absl::CivilDay(FirstMonthOf(absl::CivilMonth(day), kMonthsOfQuarter));
}

absl::CivilDay LastDayOf(PresenceUnit unit, absl::CivilDay day) {
  return NextFirstDay(unit, FirstDayOf(unit, day)) - 1;
}

Reviews ReviewsAround(absl::CivilDay day, int months) {
  const absl::CivilMonth last = FirstMonthOf(absl::CivilMonth(day), months);
  return {absl::CivilDay(last), absl::CivilDay(last + months)};
}

Reached ReachedBetween(std::span<const ActiveDay> days, absl::CivilDay from, absl::CivilDay to) {
  const std::span<const ActiveDay> seen = DaysWithin(days, YearBefore(from), to);
  Reached best = ByWeight(seen);
  for (const Milestone& milestone : kMilestones) {
    if (const Reached reached = ByPresence(milestone, seen, from); reached.index > best.index) {
      best = reached;
    }
  }
  return best;
}

std::vector<PresenceGoal> GoalsAbove(int index, std::span<const ActiveDay> days,
                                     absl::CivilDay today) {
  std::vector<PresenceGoal> goals;
  const std::span<const ActiveDay> seen = DaysWithin(days, YearBefore(today), today);
  const int active_today = !seen.empty() && seen.back().day == today ? 1 : 0;
  for (const Milestone& milestone : kMilestones) {
    const absl::CivilDay first = FirstDayOf(milestone.unit, today);
    const absl::CivilDay last = LastDayOf(milestone.unit, today);
    const int more = milestone.days - static_cast<int>(DaysWithin(seen, first - 1, today).size());
    if (more <= 0 || more > last - today + 1 - active_today) {
      continue;
    }
    std::vector<PresenceSpan> streak;
    ForEachSpan(milestone, DaysWithin(seen, YearBefore(today), first - 1),
                [&](const PresenceSpan& span) { AddSpan(milestone, span, streak); });
    AddSpan(milestone, {first, milestone.days}, streak);
    const int goal = milestone.first_index + static_cast<int>(streak.size()) - 1;
    if (goal > index) {
      goals.push_back({goal, milestone.unit, more, last});
    }
  }
  std::ranges::sort(
      goals, {}, [](const PresenceGoal& goal) { return std::tuple(goal.more_days, -goal.index); });
  return goals;
}

}  // namespace perigee::domain
