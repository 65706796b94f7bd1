#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/core/civil_time.h"
#include "server/core/time.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// A level of a scheme, and what must be earned to reach it.
struct TierLevel {
  std::string id;
  std::string display_name;
  std::int64_t at_least = 1;  // In the smallest unit of the asset.
  bool operator==(const TierLevel&) const = default;
  static auto Fields();
};

// Levels that members reach by what they earned of an asset within the last months. What they spend
// takes nothing away.
struct TierScheme {
  std::string id;
  std::string display_name;
  std::string asset = "reputation";
  int window_months = 12;         // The calendar months whose earnings count: see WindowAt.
  int review_months = 12;         // How long a level holds before its review.
  int low_water_percent = 90;     // Of at_least: who earned as much keeps a level at its review.
  int grace_days = 0;             // How long a member keeps a level after a review that they fail.
  int notice_days = 30;           // How long before a fall a member is told of it.
  std::vector<TierLevel> levels;  // The lowest first.
  bool retired = false;           // Nothing moves any more.
  Revision rule_version = 0;      // The revision at which any of the above last changed.
  Time create_time{};
  Revision edit_revision = 0;  // Of the last change by staff: see Etag.
  // While a change is applied to everybody, in portions: when the next portion is due, and the
  // member after whom it begins (nil: at the first).
  std::optional<Time> due_time;
  MemberKey applied_up_to;
  Revision revision = 0;

  static constexpr int kNumber = 36;
  static constexpr std::string_view kTable = "tier_scheme";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<TierScheme>();

inline constexpr int kTierSchemesMax = 20;  // Of a programme.
inline constexpr std::size_t kTierLevelsMax = 20;
inline constexpr std::int64_t kTierAtLeastMax = 1'000'000'000'000'000;
inline constexpr int kTierWindowMonthsMax = 36;
inline constexpr int kTierReviewMonthsMax = 12;
inline constexpr int kTierGraceDaysMax = 90;
inline constexpr int kTierNoticeDaysMin = 14;
inline constexpr int kTierNoticeDaysMax = 90;

// kInvalidField for a field outside the limits of tier.proto.
absl::Status CheckTierScheme(const TierScheme& scheme);

// The time whose earnings count at `now`: from the beginning of the day of the zone that is so many
// months before. It has no end, so that a clock that is behind another misses nothing.
Interval WindowAt(const TierScheme& scheme, const Zone& zone, Time now);
// When a level that is held or confirmed at `now` is reviewed: where a day of the zone begins.
Time ReviewAfter(const TierScheme& scheme, const Zone& zone, Time now);

// A level by its place in `levels`. -1: none.
int FindLevel(const TierScheme& scheme, std::string_view id);
// The highest level that so much reaches. -1: none.
int LevelReached(const TierScheme& scheme, std::int64_t earned);
// The least that keeps a level at its review.
std::int64_t LowWater(const TierScheme& scheme, int level);
// The highest level up to `held` that so much keeps. -1: none.
int LevelKept(const TierScheme& scheme, int held, std::int64_t earned);

// Notes that the scheme is another one from this revision on, and is to be applied to everybody.
void NoteChange(Revision revision, Time now, TierScheme& scheme);

}  // namespace perigee::domain
