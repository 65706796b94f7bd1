#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/core/time.h"
#include "server/domain/activity/activity.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/revision.h"

namespace perigee {
class Zone;
}  // namespace perigee

namespace perigee::domain {

// What must come together for a badge: all that a person did, what concerns one object, or what
// happened on one day of the programme. Values are those of perigee.v1.BadgeRule.Group.
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

// When a person has earned a badge: one group meets all criteria.
struct BadgeRule {
  BadgeGroup group = BadgeGroup::kNone;
  std::vector<BadgeCriterion> criteria;  // Empty: staff alone grant the badge.
  // True: it is earned for good as soon as it was met. False: it is lost when it is not met any
  // more.
  bool keeps = true;
  auto operator<=>(const BadgeRule&) const = default;
  static auto Fields();

  // Whether an activity of that type, or an amount of that asset, may count.
  bool LooksAt(std::string_view type) const;
  bool LooksAtAsset(std::string_view asset) const;
  bool LooksAtActivities() const;
  bool LooksAtTransfers() const;
};

inline constexpr std::size_t kBadgeCriteriaMax = 5;
inline constexpr std::size_t kBadgeTermsMax = 10;  // Of a criterion.
inline constexpr std::int64_t kBadgeWeightMax = 1000;
inline constexpr std::int64_t kBadgeAtLeastMax = 1'000'000'000'000'000;
inline constexpr std::size_t kBadgeEvidenceMax = 20;

// kInvalidField for a field outside the limits of badge.proto, named as in `field`
// (`badge.rule`).
absl::Status CheckBadgeRule(const std::string& field, const BadgeRule& rule);

// Why a person has earned a badge.
struct BadgeEvidence {
  // Ids of the activities (`1042`) and transfers (`1042-0`) that counted up to the moment at which
  // the rule was met, oldest first: of each criterion the newest, kBadgeEvidenceMax in all.
  std::vector<std::string> facts;
  std::string group;  // The object, or the day (`2014-02-10`). Empty for kNone.
  Time earn_time{};   // That moment.
  // The activity that met the rule, or from which the transfer came that did. 0: none.
  Revision activity = 0;
  bool imported = false;  // That activity is imported. Not known of a transfer's.
  bool operator==(const BadgeEvidence&) const = default;
};

// Whether the person, who is these members, has earned the badge, and by what. Follows the facts in
// the order of their time. A rule that keeps is met by the first moment at which its sums are
// reached; another one only if they are reached at the end. `transfers` are those of the members'
// accounts.
std::optional<BadgeEvidence> Evaluate(const BadgeRule& rule, const Zone& zone,
                                      std::span<const MemberKey> person,
                                      std::span<const Activity> activities,
                                      std::span<const Transfer> transfers);

}  // namespace perigee::domain
