#include "server/use_cases/badge/badge_grants.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/badge/badges.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::Badge;
using domain::BadgeGrant;
using domain::BadgeMove;
using domain::Member;
using domain::MemberKey;

// The badges that these grants give. Ascending, no doubles.
std::vector<std::string> LiveBadges(const std::vector<BadgeGrant>& grants) {
  std::vector<std::string> badges;
  for (const BadgeGrant& grant : grants) {
    if (domain::IsLive(grant)) {
      badges.push_back(grant.badge);
    }
  }
  std::ranges::sort(badges);
  badges.erase(std::unique(badges.begin(), badges.end()), badges.end());
  return badges;
}

// The person's grants of one badge, those that are live first, the head's before others.
std::vector<BadgeGrant> GrantsOfBadge(const std::vector<BadgeGrant>& all, const std::string& badge,
                                      const MemberKey& head) {
  std::vector<BadgeGrant> grants;
  for (const BadgeGrant& grant : all) {
    if (grant.badge == badge) {
      grants.push_back(grant);
    }
  }
  std::ranges::stable_sort(grants, std::ranges::greater(), [&](const BadgeGrant& grant) {
    return std::pair(domain::IsLive(grant), grant.member == head);
  });
  return grants;
}

// Writes the grants, the first of which is the answer.
DecidedBadgeGrant PutGrants(ports::StoreReader& reader, const ports::UnitContext& unit,
                            const std::string& program, BadgeGrantChanges& changed,
                            std::vector<BadgeGrant> grants) {
  Decided<BadgeGrant> decided;
  decided.value = grants.front();
  decided.value.revision = unit.revision;
  for (BadgeGrant& grant : grants) {
    changed.Put(std::move(grant));
  }
  PERIGEE_RETURN_IF_ERROR(changed.AddTo(reader, unit, program, decided.changes));
  return decided;
}

}  // namespace

absl::StatusOr<std::vector<BadgeGrant>> BadgeGrantsOf(ports::StoreReader& reader,
                                                      const std::string& program,
                                                      const std::vector<MemberKey>& members) {
  std::vector<BadgeGrant> all;
  for (const MemberKey& member : members) {
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<BadgeGrant> own,
        reader.records().List<BadgeGrant>(program, {{"member_key", std::string(member.Raw())}},
                                          nullptr, domain::kBadgesMax));
    std::ranges::move(own, std::back_inserter(all));
  }
  return all;
}

absl::Status SetBadges(ports::StoreReader& reader, const std::string& program,
                       const domain::MergedMembers& merged, Member& member) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<BadgeGrant> all,
                           BadgeGrantsOf(reader, program, merged.AllOf(member.key)));
  member.badges = LiveBadges(all);
  return absl::OkStatus();
}

absl::StatusOr<const std::vector<BadgeGrant>*> BadgeGrantChanges::GrantsOf(
    ports::StoreReader& reader, const std::string& program, const MemberKey& member) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(program));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Member> present,
                           reader.members().FindByKeys(program, {&member, 1}));
  if (present.empty()) {
    return static_cast<const std::vector<BadgeGrant>*>(nullptr);
  }
  const std::vector<MemberKey> all = merged.AllOf(member);
  const auto [person, is_new] = persons_.try_emplace(all.front());
  if (is_new) {
    for (const MemberKey& one : all) {
      heads_.emplace(one, all.front());
    }
    PERIGEE_ASSIGN_OR_RETURN(person->second.grants, BadgeGrantsOf(reader, program, all));
  }
  return &person->second.grants;
}

void BadgeGrantChanges::Put(BadgeGrant grant) {
  Person& person = persons_.at(heads_.at(grant.member));
  for (std::vector<BadgeGrant>* rows : {&person.grants, &person.changed}) {
    std::erase_if(*rows, [&](const BadgeGrant& before) {
      return before.member == grant.member && before.badge == grant.badge;
    });
    rows->push_back(grant);
  }
}

absl::Status BadgeGrantChanges::AddTo(ports::StoreReader& reader, const ports::UnitContext& unit,
                                      const std::string& program, domain::Changes& changes) {
  for (auto& [head, person] : persons_) {
    if (person.changed.empty()) {
      continue;
    }
    for (BadgeGrant& grant : person.changed) {
      grant.revision = unit.revision;
      changes.records.Put(std::move(grant));
    }
    PERIGEE_ASSIGN_OR_RETURN(std::vector<Member> found,
                             reader.members().FindByKeys(program, {&head, 1}));
    std::vector<std::string> badges = LiveBadges(person.grants);
    if (!found.empty() && found.front().badges != badges) {
      Member& member = found.front();
      member.badges = std::move(badges);
      member.update_time = unit.now;
      member.revision = unit.revision;
      changes.records.Put(std::move(member));
    }
  }
  return absl::OkStatus();
}

DecidedBadgeGrant GrantBadge(ports::StoreReader& reader, const ports::UnitContext& unit,
                             const std::string& program, const std::string& badge_id,
                             const std::string& member_id, const std::string& reason) {
  PERIGEE_ASSIGN_OR_RETURN(const Badge badge, RequireBadge(reader, program, badge_id));
  PERIGEE_ASSIGN_OR_RETURN(const Member member, RequireMember(reader, program, member_id));
  if (badge.retired) {
    return Error(Reason::kBadgeRetired, "badge " + badge.id + " is retired", {{"badge", badge.id}});
  }
  if (member.standing == domain::Standing::kSuspended) {
    return Error(Reason::kMemberSuspended, "member " + member.id + " is suspended",
                 {{"member", member.id}});
  }
  BadgeGrantChanges changed;
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<BadgeGrant>* all,
                           changed.GrantsOf(reader, program, member.key));
  std::vector<BadgeGrant> grants = GrantsOfBadge(*all, badge.id, member.key);
  BadgeGrant granted = domain::GrantByStaff(badge, member.key, reason, unit.now);
  if (!grants.empty() && (domain::IsLive(grants.front()) || grants.front().member == member.key)) {
    granted = std::move(grants.front());
    PERIGEE_RETURN_IF_ERROR(
        domain::MakeByStaff(badge, BadgeMove::kGrant, reason, unit.now, granted));
  }
  return PutGrants(reader, unit, program, changed, {std::move(granted)});
}

DecidedBadgeGrant RevokeBadge(ports::StoreReader& reader, const ports::UnitContext& unit,
                              const std::string& program, const std::string& badge_id,
                              const std::string& member_id, const std::string& reason) {
  PERIGEE_ASSIGN_OR_RETURN(const Badge badge, RequireBadge(reader, program, badge_id));
  PERIGEE_ASSIGN_OR_RETURN(const Member member, RequireMember(reader, program, member_id));
  BadgeGrantChanges changed;
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<BadgeGrant>* all,
                           changed.GrantsOf(reader, program, member.key));
  std::vector<BadgeGrant> revoked;
  for (BadgeGrant& grant : GrantsOfBadge(*all, badge.id, member.key)) {
    if (!revoked.empty() && !domain::IsLive(grant)) {
      break;
    }
    PERIGEE_RETURN_IF_ERROR(
        domain::MakeByStaff(badge, BadgeMove::kRevoke, reason, unit.now, grant));
    revoked.push_back(std::move(grant));
  }
  if (revoked.empty()) {
    return NotFound(FormatName(kBadgeGrantPattern, {program, member_id, badge_id}));
  }
  return PutGrants(reader, unit, program, changed, std::move(revoked));
}

}  // namespace perigee::use_cases
