#include "server/domain/badge/badge_grant.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/core/status_macros.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto BadgeGrant::Fields() {
  return std::tuple(
      OwnerKey(1, "member_key", &BadgeGrant::member), Key(2, "badge", &BadgeGrant::badge),
      Plain(3, "grant_time", &BadgeGrant::grant_time), Plain(4, "by_staff", &BadgeGrant::by_staff),
      Plain(5, "rule_version", &BadgeGrant::rule_version), Plain(6, "facts", &BadgeGrant::facts),
      Personal(7, "evidence_groups", &BadgeGrant::groups),
      Plain(8, "earn_time", &BadgeGrant::earn_time), Plain(9, "imported", &BadgeGrant::imported),
      Plain(10, "revoke_time", &BadgeGrant::revoke_time),
      Plain(11, "revoke_reason", &BadgeGrant::revoke_reason),
      Plain(12, "regrants", &BadgeGrant::regrants), Personal(13, "reason", &BadgeGrant::reason));
}
template <>
const RecordType& TypeOf<BadgeGrant>() {
  static const RecordTypeFor<BadgeGrant> kType;
  return kType;
}
namespace {

using State = BadgeState;
using Move = BadgeMove;

constexpr auto kMoves = std::to_array<Step<State, Move>>({
    {State::kGranted, Move::kLose, State::kRevoked},
    {State::kGranted, Move::kRevoke, State::kRevokedByStaff},
    {State::kGrantedByStaff, Move::kRevoke, State::kRevokedByStaff},
    {State::kRevoked, Move::kEarn, State::kGranted},
    {State::kRevoked, Move::kGrant, State::kGrantedByStaff},
    {State::kRevokedByStaff, Move::kGrant, State::kGrantedByStaff},
});

void Confirm(const Badge& badge, const BadgeEvidence& evidence, BadgeGrant& grant) {
  grant.rule_version = badge.rule_version;
  grant.facts.clear();
  grant.groups.clear();
  for (const BadgeStageEvidence& stage : evidence.stages) {
    grant.facts.push_back(
        absl::StrCat(FormatTime(stage.meet_time), " ", absl::StrJoin(stage.facts, " ")));
    grant.groups.push_back(stage.group);
  }
  grant.earn_time = evidence.earn_time();
  grant.imported = evidence.imported;
}

void Begin(bool by_staff, Time now, BadgeGrant& grant) {
  grant.grant_time = now;
  grant.by_staff = by_staff;
  grant.revoke_time.reset();
  grant.revoke_reason = BadgeRevokeReason::kNone;
}

void End(BadgeRevokeReason reason, Time now, BadgeGrant& grant) {
  grant.revoke_time = now;
  grant.revoke_reason = reason;
}

bool IsUnderAnotherRule(const Badge& badge, const BadgeGrant& grant) {
  return grant.rule_version != badge.rule_version;
}

// Whether a grant that the rule made may go, or must be confirmed.
bool IsJudged(const Badge& badge, const BadgeGrant& grant, bool anew) {
  if (StateOf(grant) != State::kGranted) {
    return false;
  }
  return IsUnderAnotherRule(badge, grant) ? !badge.grandfather : anew || !badge.rule.keeps;
}

bool MayEarn(const std::vector<BadgeGrant>& grants) {
  return std::ranges::none_of(grants, [](const BadgeGrant& grant) {
    return IsLive(grant) || StateOf(grant) == State::kRevokedByStaff;
  });
}

}  // namespace

std::string_view NameOf(BadgeState state) {
  constexpr std::array<std::string_view, 4> kNames = {"granted", "granted_by_staff", "revoked",
                                                      "revoked_by_staff"};
  return kNames.at(static_cast<std::size_t>(state) - 1);
}

std::string_view NameOf(BadgeMove move) {
  constexpr std::array<std::string_view, 4> kNames = {"earn", "lose", "grant", "revoke"};
  return kNames.at(static_cast<std::size_t>(move) - 1);
}

std::span<const Step<BadgeState, BadgeMove>> BadgeMoves() { return kMoves; }

BadgeState StateOf(const BadgeGrant& grant) {
  if (grant.revoke_time.has_value()) {
    return grant.revoke_reason == BadgeRevokeReason::kStaff ? State::kRevokedByStaff
                                                            : State::kRevoked;
  }
  return grant.by_staff ? State::kGrantedByStaff : State::kGranted;
}

std::vector<BadgeStageEvidence> StagesOf(const BadgeGrant& grant) {
  std::vector<BadgeStageEvidence> stages;
  // Earlier builds kept the ids alone, of the only stage.
  if (!grant.facts.empty() && grant.facts.front().find(' ') == std::string::npos) {
    return {{grant.earn_time, grant.groups.empty() ? "" : grant.groups.front(), grant.facts}};
  }
  for (const std::string& text : grant.facts) {
    BadgeStageEvidence stage;
    stage.facts = absl::StrSplit(text, ' ');
    stage.meet_time = ParseTime(stage.facts.front()).value_or(grant.earn_time);
    stage.facts.erase(stage.facts.begin());
    // A list of one empty text is stored as an empty list.
    stage.group = stages.size() < grant.groups.size() ? grant.groups[stages.size()] : "";
    stages.push_back(std::move(stage));
  }
  return stages;
}

bool IsLive(const BadgeGrant& grant) { return !grant.revoke_time.has_value(); }

BadgeGrant GrantByRule(const Badge& badge, const MemberKey& member, const BadgeEvidence& evidence,
                       Time now) {
  BadgeGrant grant;
  grant.member = member;
  grant.badge = badge.id;
  Begin(false, now, grant);
  Confirm(badge, evidence, grant);
  return grant;
}

BadgeGrant GrantByStaff(const Badge& badge, const MemberKey& member, std::string_view reason,
                        Time now) {
  BadgeGrant grant;
  grant.member = member;
  grant.badge = badge.id;
  Begin(true, now, grant);
  grant.rule_version = badge.rule_version;
  grant.earn_time = now;
  grant.reason = reason;
  return grant;
}

absl::Status MakeByStaff(const Badge& badge, BadgeMove move, std::string_view reason, Time now,
                         BadgeGrant& grant) {
  PERIGEE_RETURN_IF_ERROR(
      After(BadgeMoves(), StateOf(grant), move, "the grant of badge " + grant.badge).status());
  if (move == Move::kGrant) {
    const int regrants = grant.regrants + 1;
    grant = GrantByStaff(badge, grant.member, reason, now);
    grant.regrants = regrants;
  } else {
    End(BadgeRevokeReason::kStaff, now, grant);
    grant.reason = reason;
  }
  return absl::OkStatus();
}

std::vector<BadgeGrant> Judge(const Badge& badge, const MemberKey& head,
                              const std::vector<BadgeGrant>& grants,
                              const std::optional<BadgeEvidence>& evidence, bool anew, Time now) {
  std::vector<BadgeGrant> changed;
  if (badge.retired) {
    return changed;
  }
  for (BadgeGrant grant : grants) {
    if (!IsJudged(badge, grant, anew)) {
      continue;
    }
    const bool rule_changed = IsUnderAnotherRule(badge, grant);
    if (!evidence.has_value()) {
      End(rule_changed ? BadgeRevokeReason::kRuleChanged : BadgeRevokeReason::kRuleNotMet, now,
          grant);
      changed.push_back(std::move(grant));
    } else if (rule_changed) {
      Confirm(badge, *evidence, grant);
      changed.push_back(std::move(grant));
    }
  }
  if (evidence.has_value() && MayEarn(grants)) {
    BadgeGrant won = GrantByRule(badge, head, *evidence, now);
    const auto before = std::ranges::find(grants, head, &BadgeGrant::member);
    if (before != grants.end()) {
      won.regrants = before->regrants + 1;
    }
    changed.push_back(std::move(won));
  }
  return changed;
}

bool IsOpenToRule(const Badge& badge, const std::vector<BadgeGrant>& grants, bool anew) {
  return !badge.retired &&
         (MayEarn(grants) || std::ranges::any_of(grants, [&](const BadgeGrant& grant) {
            return IsJudged(badge, grant, anew);
          }));
}

}  // namespace perigee::domain
