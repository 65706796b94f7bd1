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

namespace perigee::domain {

// What must come together: all that a person did, what concerns one object, or what happened on one
// day of the programme. Values are those of perigee.v1.BadgeStage.Group.
enum class BadgeGroup : std::uint8_t { kNone = 1, kObject, kDay };
// Values are those of perigee.v1.BadgeCriterion.Role.
enum class BadgeRole : std::uint8_t { kActor = 1, kRecipient };

// An activity of that type counts its quantity times the weight.
struct BadgeTerm {
  std::string type;
  std::int64_t weight = 1;
  auto operator<=>(const BadgeTerm&) const = default;
  static auto Fields();
};

// A sum that must be reached: of activities in which the person has that role, or of what the
// person earned of an asset, as boards score it. What a person did for themselves does not count
// for them as the recipient.
struct BadgeCriterion {
  BadgeRole role = BadgeRole::kActor;
  std::vector<BadgeTerm> terms;
  std::string asset;  // Not empty: there are no terms.
  std::int64_t at_least = 1;
  auto operator<=>(const BadgeCriterion&) const = default;
  static auto Fields();
};

// A step to a badge. It is met by one group that meets all criteria, or by a row of days that do.
struct BadgeStage {
  std::string display_name;
  BadgeGroup group = BadgeGroup::kNone;
  std::vector<BadgeCriterion> criteria;
  int days_in_a_row = 1;  // More than 1: by day.
  // Not 0: it must be met before so many whole days of the programme have passed, since the stage
  // before was met. Of the first stage: since the rule's start.
  int within_days = 0;
  auto operator<=>(const BadgeStage&) const = default;
  static auto Fields();

  bool IsStreak() const { return days_in_a_row > 1; }
};

// When a person has earned a badge: all stages are met, one after the other. Most rules have one
// stage; a challenge has more. badge_progress.h follows a person through them.
struct BadgeRule {
  std::vector<BadgeStage> stages;  // Empty: staff alone grant the badge.
  // True: it is earned for good as soon as it was met. False: it is lost when it is not met any
  // more.
  bool keeps = true;
  std::optional<Time> start_time;  // No fact before it counts.
  std::optional<Time> end_time;    // No fact from it on counts.
  auto operator<=>(const BadgeRule&) const = default;
  static auto Fields();

  // When the facts are that count.
  Interval Window() const;
  // Whether an activity of that type at that time, or an amount of that asset, may count.
  bool LooksAt(std::string_view type, Time time) const;
  bool LooksAtAsset(std::string_view asset, Time time) const;
  bool LooksAtActivities() const;
  // The assets at which it looks. Ascending, no doubles.
  std::vector<std::string> Assets() const;
};

inline constexpr std::size_t kBadgeStagesMax = 10;
inline constexpr std::size_t kBadgeCriteriaMax = 5;  // Of a stage.
inline constexpr std::size_t kBadgeTermsMax = 10;    // Of a criterion.
inline constexpr int kBadgeDaysMax = 366;
inline constexpr std::int64_t kBadgeWeightMax = 1000;
inline constexpr std::int64_t kBadgeAtLeastMax = 1'000'000'000'000'000;

// kInvalidField for a field outside the limits of badge.proto, named as in `field`
// (`badge.rule`).
absl::Status CheckBadgeRule(const std::string& field, const BadgeRule& rule);

}  // namespace perigee::domain
