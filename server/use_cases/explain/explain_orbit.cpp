#include "server/use_cases/explain/explain_orbit.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/orbit/active_days.h"
#include "server/domain/orbit/level.h"
#include "server/use_cases/lookup.h"
#include "server/use_cases/orbit/orbit.h"
#include "server/use_cases/orbit/person_deeds.h"

namespace perigee::use_cases {
namespace {

using domain::ActiveDay;
using domain::Explanation;
using domain::OrbitLevel;
using domain::PresenceUnit;

constexpr int kDaysLookedBack = 366;

std::string_view NameOf(OrbitLevel level) {
  switch (level) {
    case OrbitLevel::kLeading:
      return "leading";
    case OrbitLevel::kContributing:
      return "contributing";
    case OrbitLevel::kParticipating:
      return "participating";
    case OrbitLevel::kExploring:
      break;
  }
  return "exploring";
}

std::string_view NameOf(PresenceUnit unit) {
  switch (unit) {
    case PresenceUnit::kWeek:
      return "week";
    case PresenceUnit::kMonth:
      return "month";
    case PresenceUnit::kQuarter:
      break;
  }
  return "quarter";
}

// `contributing II`.
std::string PlaceText(int index) {
  if (index == 0) {
    return "nowhere";
  }
  return absl::StrCat(std::string(NameOf(domain::LevelOf(index))), " ",
                      std::string(static_cast<std::size_t>(domain::StepOf(index)), 'I'));
}

std::string DayText(absl::CivilDay day) { return std::string(absl::FormatCivilTime(day)); }

std::string Days(int days) {
  return absl::StrCat(days, days == 1 ? " more active day" : " more active days");
}

// Indexes rise on active days and fall at reviews, so no other day can be the first one of an
// index. nullopt: not within the days looked back.
std::optional<absl::CivilDay> FirstDayOf(int index, std::span<const ActiveDay> days,
                                         absl::CivilDay today, int review_months) {
  const absl::CivilDay last = today - kDaysLookedBack;
  std::vector<absl::CivilDay> turns;
  for (const ActiveDay& active : days) {
    if (active.day > last && active.day <= today) {
      turns.push_back(active.day);
    }
  }
  absl::CivilDay review = domain::ReviewsAround(today, review_months).last;
  for (; review > last; review = domain::ReviewsAround(review - 1, review_months).last) {
    turns.push_back(review);
  }
  std::ranges::sort(turns, std::ranges::greater());
  for (const absl::CivilDay& turn : turns) {
    const absl::CivilDay before = turn - 1;
    const absl::CivilDay reviewed = domain::ReviewsAround(before, review_months).last;
    if (domain::ReachedBetween(days, reviewed, before).index != index) {
      return turn;
    }
  }
  return std::nullopt;
}

void AddParts(const OrbitSetting& setting, const MemberOrbit& orbit, Explanation& explanation) {
  const domain::Reached& held = orbit.held;
  if (held.rule == domain::OrbitRule::kWeight) {
    explanation.parts.push_back(
        {held.index,
         absl::StrCat("An activity of weight ", held.day.weight, " on ", DayText(held.day.day),
                      orbit.activity_type.empty() ? "" : ": ", orbit.activity_type, "."),
         ActivityName(setting.program, held.day.activity), setting.zone.StartOf(held.day.day)});
    return;
  }
  for (int i = 0; i < held.spans; ++i) {
    const domain::PresenceSpan& span = held.presence[static_cast<std::size_t>(i)];
    explanation.parts.push_back(
        {i == 0 ? held.milestone.first_index : 1,
         absl::StrCat(span.active_days, " active days in the ",
                      std::string(NameOf(held.milestone.unit)), " from ", DayText(span.first_day),
                      ", of ", held.milestone.days, " needed", i == 0 ? "." : ", in a row."),
         "", setting.zone.StartOf(span.first_day)});
  }
}

void AddSteps(const OrbitSetting& setting, const MemberOrbit& orbit, Explanation& explanation) {
  if (orbit.at_next_review < orbit.held.index) {
    explanation.next.push_back(
        {absl::StrCat("The review on ", DayText(orbit.reviews.next), " leaves ",
                      PlaceText(orbit.at_next_review), " if nothing more is done."),
         orbit.at_next_review - orbit.held.index, "index",
         setting.zone.StartOf(orbit.reviews.next)});
  }
  for (const domain::PresenceGoal& goal : orbit.goals) {
    explanation.next.push_back(
        {absl::StrCat(Days(goal.more_days), " this ", std::string(NameOf(goal.unit)),
                      goal.more_days == 1 ? " gives " : " give ", PlaceText(goal.index), "."),
         goal.more_days, "days", setting.zone.StartOf(goal.last_day + 1)});
  }
  if (const int next = orbit.held.index + 1; next <= domain::kOrbitIndexMax) {
    explanation.next.push_back({absl::StrCat("An activity of weight ", next, " or more gives ",
                                             PlaceText(next), " at least."),
                                next,
                                "weight",
                                {}});
  }
}

}  // namespace

absl::StatusOr<Explanation> ExplainOrbit(ports::StoreReader& reader, const std::string& program,
                                         const std::string& member_id, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const MemberOrbit orbit, OrbitOf(reader, program, member_id, now));
  PERIGEE_ASSIGN_OR_RETURN(const OrbitSetting setting, OrbitSetting::Of(reader, program));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member head, RequireMember(reader, program, member_id));
  PERIGEE_ASSIGN_OR_RETURN(const PersonDeeds deeds,
                           DeedsOf(reader, setting, setting.merged.AllOf(head.key)));
  Explanation explanation;
  explanation.name = FormatName(kOrbitPattern, {program, orbit.member_id});
  explanation.value = orbit.held.index;
  explanation.unit = "index";
  explanation.text = PlaceText(orbit.held.index);
  // As for the index itself, a weight that was taken away since the last review still counts.
  const std::vector<ActiveDay> days =
      domain::ActiveDaysOf(deeds.acts, setting.zone.StartOf(orbit.reviews.last));
  const std::optional<absl::CivilDay> first =
      FirstDayOf(orbit.held.index, days, setting.zone.DayOf(now), setting.review_months);
  if (first.has_value()) {
    explanation.since = setting.zone.StartOf(*first);
  }
  AddParts(setting, orbit, explanation);
  AddSteps(setting, orbit, explanation);
  return explanation;
}

}  // namespace perigee::use_cases
