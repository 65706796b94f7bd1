#include "server/jobs/badge/badge_granting.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "server/core/status_macros.h"
#include "server/domain/activity/activity.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/member/member.h"
#include "server/jobs/due_records.h"
#include "server/ports/clock.h"
#include "server/use_cases/badge/badges.h"

namespace perigee::jobs {
namespace {

using domain::Badge;
using domain::JournalEntry;
using domain::Member;
using domain::MemberKey;
using use_cases::BadgeFinding;
using use_cases::BadgeView;

bool JoinsOrPartsMembers(const JournalEntry& entry) {
  const std::vector<const Member*> members = entry.changes.records.All<Member>();
  return !members.empty() &&
         (PartsMembers(entry) || std::ranges::any_of(members, [&](const Member* member) {
            return member->IsMerged() && member->merge_revision == entry.revision;
          }));
}

void AddConcerned(const JournalEntry& entry, const std::vector<Badge>& badges,
                  std::set<MemberKey>& members, std::set<MemberKey>& anew) {
  const auto any_looks_at = [&](const auto& looks) { return std::ranges::any_of(badges, looks); };
  for (const auto* activity : entry.changes.records.All<domain::Activity>()) {
    if (any_looks_at([&](const Badge& badge) {
          return badge.rule.LooksAt(activity->type, activity->occur_time);
        })) {
      members.insert({activity->actor, activity->recipient});
    }
  }
  for (const domain::Transfer& transfer : entry.changes.ledger.transfers) {
    if (any_looks_at([&](const Badge& badge) {
          return badge.rule.LooksAtAsset(transfer.debit.asset, transfer.effective_time);
        })) {
      for (const domain::ScoreEffect& effect : domain::ScoreEffects(transfer)) {
        members.insert(effect.member);
      }
    }
  }
  if (JoinsOrPartsMembers(entry)) {
    for (const Member* member : entry.changes.records.All<Member>()) {
      members.insert(member->key);
      anew.insert(member->key);
    }
  }
  members.erase(MemberKey());
}

absl::StatusOr<std::vector<BadgeFinding>> FindConcerned(
    const BadgeGranting::Parts& parts, const std::string& program,
    std::span<const ports::JournalEntryPtr> entries, const std::vector<Badge>& badges) {
  std::set<MemberKey> members;
  std::set<MemberKey> anew;
  for (const ports::JournalEntryPtr& entry : entries) {
    AddConcerned(*entry, badges, members, anew);
  }
  std::vector<BadgeFinding> findings;
  if (members.empty()) {
    return findings;
  }
  PERIGEE_RETURN_IF_ERROR(parts.store.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(const BadgeView view,
                             BadgeView::Of(reader, program, parts.clock.Now()));
    std::map<MemberKey, bool> heads;
    for (const MemberKey& member : members) {
      heads[view.merged().HeadOf(member)] |= anew.contains(member);
    }
    for (const auto& [head, is_anew] : heads) {
      PERIGEE_ASSIGN_OR_RETURN(std::vector<BadgeFinding> found,
                               view.Find(reader, head, badges, is_anew));
      std::ranges::move(found, std::back_inserter(findings));
    }
    return absl::OkStatus();
  }));
  return findings;
}

}  // namespace

BadgeGranting::BadgeGranting(Parts parts, std::shared_ptr<Worker> worker)
    : RuleFollower(parts, {kProjection, use_cases::AllBadges,
                           [parts](const auto& program, auto entries, const auto& badges) {
                             return FindConcerned(parts, program, entries, badges);
                           },
                           use_cases::SettleBadges, std::move(worker)}) {}

DueHandler BadgeApplying(int portion) {
  return ApplyToEverybody<Badge>(
      [portion](ports::StoreReader& reader, const std::string& program, const Badge& badge,
                Time now) -> absl::StatusOr<BadgeView::Portion> {
        if (badge.retired) {
          return BadgeView::Portion();
        }
        PERIGEE_ASSIGN_OR_RETURN(const BadgeView view, BadgeView::Of(reader, program, now));
        return view.FindAmong(reader, badge, badge.applied_up_to,
                              {portion, static_cast<std::size_t>(portion)});
      },
      use_cases::SettleBadges);
}

}  // namespace perigee::jobs
