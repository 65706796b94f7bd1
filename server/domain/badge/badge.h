#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "server/core/time.h"
#include "server/domain/badge/badge_rule.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// A badge of a programme, and the rule by which it is earned.
struct Badge {
  std::string id;
  std::string display_name;
  std::string description;
  BadgeRule rule;
  Revision rule_version = 0;  // The revision at which the rule last changed.
  bool grandfather = false;   // Who had it at that change keeps it without being judged anew.
  bool retired = false;       // Nobody is granted it any more, and nobody loses it by the rule.
  Time create_time{};
  Revision edit_revision = 0;  // Of the last change by staff: see Etag.
  // While the rule is applied to everybody, in portions: when the next portion is due, and the
  // member after whom it begins (nil: at the first).
  std::optional<Time> due_time;
  MemberKey applied_up_to;
  Revision revision = 0;

  static constexpr int kNumber = 34;
  static constexpr std::string_view kTable = "badge";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Badge>();

inline constexpr std::size_t kBadgeDescriptionBytesMax = 1000;
// Of a programme: each activity is compared with the rules of all.
inline constexpr int kBadgesMax = 200;

// kInvalidField for a field outside the limits of badge.proto.
absl::Status CheckBadge(const Badge& badge);

// Notes that the rule is to be applied to everybody, from the first member on.
void ApplyToAll(Time now, Badge& badge);
// Notes besides that the rule is another one from this revision on.
void NoteRuleChange(Revision revision, Time now, Badge& badge);

}  // namespace perigee::domain
