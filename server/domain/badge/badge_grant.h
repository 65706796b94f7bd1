#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/core/moves.h"
#include "server/core/time.h"
#include "server/domain/badge/badge.h"
#include "server/domain/badge/badge_progress.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// Values are those of perigee.v1.BadgeGrant.State. What staff say stands: the rule neither takes
// what they granted nor gives what they revoked.
enum class BadgeState : std::uint8_t { kGranted = 1, kGrantedByStaff, kRevoked, kRevokedByStaff };
// By the rule: kEarn, kLose. By staff: kGrant, kRevoke.
enum class BadgeMove : std::uint8_t { kEarn = 1, kLose, kGrant, kRevoke };
// Values are those of perigee.v1.BadgeGrant.RevokeReason.
enum class BadgeRevokeReason : std::uint8_t { kNone = 0, kRuleNotMet, kRuleChanged, kStaff };
// Lower case, as refusals show them.
std::string_view NameOf(BadgeState state);
std::string_view NameOf(BadgeMove move);

// That a member has a badge, or had it. One for each badge and member; the journal has its history.
struct BadgeGrant {
  MemberKey member;
  std::string badge;
  Time grant_time{};  // The last time that it was granted.
  bool by_staff = false;
  Revision rule_version = 0;  // Of the rule by which it was granted or last confirmed.
  // The evidence, which StagesOf reads: of each stage the time and the ids, parted by blanks, and
  // the group. Empty if staff granted it.
  std::vector<std::string> facts;
  std::vector<std::string> groups;
  Time earn_time{};
  bool imported = false;
  std::optional<Time> revoke_time;
  BadgeRevokeReason revoke_reason = BadgeRevokeReason::kNone;
  int regrants = 0;    // How often it was granted again.
  std::string reason;  // What staff said when they granted or revoked it.
  Revision revision = 0;

  static constexpr int kNumber = 35;
  static constexpr std::string_view kTable = "badge_grant";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<BadgeGrant>();

// The table of moves.
std::span<const Step<BadgeState, BadgeMove>> BadgeMoves();
BadgeState StateOf(const BadgeGrant& grant);
// The evidence of a grant. Empty if staff granted it.
std::vector<BadgeStageEvidence> StagesOf(const BadgeGrant& grant);
// Whether the member has the badge.
bool IsLive(const BadgeGrant& grant);

// Grants a badge that the member never had.
BadgeGrant GrantByRule(const Badge& badge, const MemberKey& member, const BadgeEvidence& evidence,
                       Time now);
BadgeGrant GrantByStaff(const Badge& badge, const MemberKey& member, std::string_view reason,
                        Time now);
// Makes a move of staff. kIllegalMove.
absl::Status MakeByStaff(const Badge& badge, BadgeMove move, std::string_view reason, Time now,
                         BadgeGrant& grant);

// What the rule changes for one person, if anything: the grants in their new state, those that keep
// their state but were confirmed by a changed rule among them. `grants` are those of the badge that
// all members of the person have, and `head` stands for the person. `evidence`: that the person has
// earned the badge. `anew`: other members are this person than before, so that nothing is kept.
std::vector<BadgeGrant> Judge(const Badge& badge, const MemberKey& head,
                              const std::vector<BadgeGrant>& grants,
                              const std::optional<BadgeEvidence>& evidence, bool anew, Time now);

// Whether Judge may change anything, so that the person's facts need to be looked at.
bool IsOpenToRule(const Badge& badge, const std::vector<BadgeGrant>& grants, bool anew);

}  // namespace perigee::domain
