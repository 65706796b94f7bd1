#include "server/domain/tier/tier_scheme.h"

#include <algorithm>
#include <set>

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/program/program.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto TierLevel::Fields() {
  return std::tuple(Plain(1, "id", &TierLevel::id),
                    Plain(2, "display_name", &TierLevel::display_name),
                    Plain(3, "at_least", &TierLevel::at_least));
}

auto TierScheme::Fields() {
  return std::tuple(
      Key(1, "id", &TierScheme::id), Personal(2, "display_name", &TierScheme::display_name),
      Plain(3, "asset", &TierScheme::asset), Plain(4, "window_months", &TierScheme::window_months),
      Plain(5, "review_months", &TierScheme::review_months),
      Plain(6, "low_water_percent", &TierScheme::low_water_percent),
      Plain(7, "grace_days", &TierScheme::grace_days),
      Plain(8, "notice_days", &TierScheme::notice_days), Plain(9, "levels", &TierScheme::levels),
      Plain(10, "retired", &TierScheme::retired),
      Plain(11, "rule_version", &TierScheme::rule_version),
      Plain(12, "create_time", &TierScheme::create_time),
      Plain(13, "edit_revision", &TierScheme::edit_revision),
      Due(14, "due_time", &TierScheme::due_time),
      Plain(15, "applied_up_to", &TierScheme::applied_up_to));
}
template <>
const RecordType& TypeOf<TierScheme>() {
  static const RecordTypeFor<TierScheme> kType;
  return kType;
}
namespace {

absl::Status CheckWithin(const char* field, std::int64_t value, std::int64_t min,
                         std::int64_t max) {
  return min <= value && value <= max
             ? absl::OkStatus()
             : InvalidField(field, absl::StrCat("must be ", min, " to ", max));
}

absl::Status CheckLevels(const std::vector<TierLevel>& levels) {
  if (levels.empty() || levels.size() > kTierLevelsMax) {
    return InvalidField("scheme.levels", absl::StrCat("must be 1 to ", kTierLevelsMax, " levels"));
  }
  std::set<std::string_view> ids;
  std::int64_t below = 0;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const std::string field = absl::StrCat("scheme.levels[", i, "]");
    const TierLevel& level = levels[i];
    PERIGEE_RETURN_IF_ERROR(CheckId(field + ".id", level.id));
    if (!ids.insert(level.id).second) {
      return InvalidField(field + ".id", "is the id of another level too");
    }
    PERIGEE_RETURN_IF_ERROR(
        CheckText(field + ".display_name", level.display_name, 1, kDisplayNameBytesMax));
    if (level.at_least <= below || level.at_least > kTierAtLeastMax) {
      return InvalidField(field + ".at_least",
                          absl::StrCat("must be ", below + 1, " to ", kTierAtLeastMax));
    }
    below = level.at_least;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckTierScheme(const TierScheme& scheme) {
  PERIGEE_RETURN_IF_ERROR(CheckId("scheme.name", scheme.id));
  PERIGEE_RETURN_IF_ERROR(
      CheckText("scheme.display_name", scheme.display_name, 1, kDisplayNameBytesMax));
  PERIGEE_RETURN_IF_ERROR(CheckId("scheme.asset", scheme.asset));
  PERIGEE_RETURN_IF_ERROR(
      CheckWithin("scheme.window_months", scheme.window_months, 1, kTierWindowMonthsMax));
  PERIGEE_RETURN_IF_ERROR(
      CheckWithin("scheme.review_months", scheme.review_months, 1, kTierReviewMonthsMax));
  PERIGEE_RETURN_IF_ERROR(
      CheckWithin("scheme.low_water_percent", scheme.low_water_percent, 1, 100));
  PERIGEE_RETURN_IF_ERROR(
      CheckWithin("scheme.grace_days", scheme.grace_days, 0, kTierGraceDaysMax));
  PERIGEE_RETURN_IF_ERROR(CheckWithin("scheme.notice_days", scheme.notice_days, kTierNoticeDaysMin,
                                      kTierNoticeDaysMax));
  return CheckLevels(scheme.levels);
}

Interval WindowAt(const TierScheme& scheme, const Zone& zone, Time now) {
  const absl::CivilDay first = zone.DayOf(zone.AddMonths(now, -scheme.window_months));
  return {zone.StartOf(first), kEndOfTime};
}

Time ReviewAfter(const TierScheme& scheme, const Zone& zone, Time now) {
  return zone.StartOf(zone.DayOf(zone.AddMonths(now, scheme.review_months)));
}

int FindLevel(const TierScheme& scheme, std::string_view id) {
  const auto found = std::ranges::find(scheme.levels, id, &TierLevel::id);
  return found == scheme.levels.end() ? -1 : static_cast<int>(found - scheme.levels.begin());
}

int LevelReached(const TierScheme& scheme, std::int64_t earned) {
  const auto above = std::ranges::upper_bound(scheme.levels, earned, {}, &TierLevel::at_least);
  return static_cast<int>(above - scheme.levels.begin()) - 1;
}

std::int64_t LowWater(const TierScheme& scheme, int level) {
  const std::int64_t at_least = scheme.levels.at(static_cast<std::size_t>(level)).at_least;
  // Rounded up: 90 % of 5 is 4.5, which 4 does not reach.
  return static_cast<std::int64_t>((absl::int128(at_least) * scheme.low_water_percent + 99) / 100);
}

int LevelKept(const TierScheme& scheme, int held, std::int64_t earned) {
  int level = held;
  while (level >= 0 && earned < LowWater(scheme, level)) {
    --level;
  }
  return level;
}

void NoteChange(Revision revision, Time now, TierScheme& scheme) {
  scheme.rule_version = revision;
  scheme.due_time = now;
  scheme.applied_up_to = {};
}

}  // namespace perigee::domain
