#include "server/jobs/badge/badge_granting.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/activity/activity.h"
#include "server/domain/badge/badge_grant.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/member/member.h"
#include "server/domain/record/wire.h"
#include "server/jobs/programs.h"
#include "server/ports/clock.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/badge/badge_judging.h"
#include "server/use_cases/badge/badges.h"

namespace perigee::jobs {
namespace {

using domain::Badge;
using domain::JournalEntry;
using domain::Member;
using domain::MemberKey;
using use_cases::BadgeFinding;
using use_cases::BadgeView;

// Few enough that their persons are looked at quickly.
constexpr int kEntriesMax = 200;
// After an un-merge the records of its members look like any others.
constexpr std::string_view kUnmerge = "MemberAdminService/UnmergeMember";

StoredProjection::Options GrantingOptions() {
  StoredProjection::Options options;
  options.follower.name = BadgeGranting::kProjection;
  options.entries_max = kEntriesMax;
  // The rule of a badge that is made later is applied to all that was before.
  options.skips_past = [](ports::StoreReader& reader,
                          const std::string& program) -> absl::StatusOr<bool> {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<Badge> badges,
                             use_cases::AllBadges(reader, program));
    return badges.empty();
  };
  return options;
}

bool JoinsOrPartsMembers(const JournalEntry& entry) {
  const std::vector<const Member*> members = entry.changes.records.All<Member>();
  return !members.empty() &&
         (entry.method == kUnmerge || std::ranges::any_of(members, [&](const Member* member) {
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
  if (!badges.empty() && JoinsOrPartsMembers(entry)) {
    for (const Member* member : entry.changes.records.All<Member>()) {
      members.insert(member->key);
      anew.insert(member->key);
    }
  }
  members.erase(MemberKey());
}

// The badge of a due thing, unless it is not due any more.
absl::StatusOr<std::optional<Badge>> FindDue(ports::StoreReader& reader, const ports::Due& due) {
  const std::shared_ptr<void> like = domain::DecodeRecord(domain::TypeOf<Badge>(), due.key, {}, 0);
  if (like == nullptr) {
    return Error(Reason::kInternal, "the key of a due badge cannot be read");
  }
  PERIGEE_ASSIGN_OR_RETURN(
      std::optional<Badge> badge,
      reader.records().Find(due.program, *static_cast<const Badge*>(like.get())));
  return badge.has_value() && badge->due_time == due.time ? std::move(badge) : std::nullopt;
}

absl::Status ApplyPortion(ports::Store& store, const ports::Unit& unit, const ports::Due& due,
                          int portion_size) {
  std::optional<Badge> seen;
  BadgeView::Portion portion;
  PERIGEE_RETURN_IF_ERROR(store.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(seen, FindDue(reader, due));
    if (!seen.has_value() || seen->retired) {
      return absl::OkStatus();
    }
    PERIGEE_ASSIGN_OR_RETURN(const BadgeView view, BadgeView::Of(reader, due.program, unit.now));
    PERIGEE_ASSIGN_OR_RETURN(
        portion, view.FindAmong(reader, *seen, seen->applied_up_to,
                                {portion_size, static_cast<std::size_t>(portion_size)}));
    return absl::OkStatus();
  }));
  if (!seen.has_value()) {
    return absl::OkStatus();
  }
  return EndInUnits(
      store, unit, {&due, 1},
      [&](const std::string& program, std::span<const ports::Due> still_due,
          ports::StoreReader& reader,
          const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
        ports::Decision decision;
        PERIGEE_ASSIGN_OR_RETURN(std::optional<Badge> badge, FindDue(reader, still_due.front()));
        if (!badge.has_value() || badge->rule_version != seen->rule_version ||
            badge->applied_up_to != seen->applied_up_to) {
          return decision;  // The next run looks at it anew.
        }
        PERIGEE_RETURN_IF_ERROR(
            use_cases::SettleBadges(reader, context, program, portion.findings, decision.changes));
        badge->applied_up_to = portion.last;
        badge->due_time.reset();
        if (!portion.last.IsNil()) {
          // A later time, so that the rest is another due thing.
          badge->due_time = context.now + Duration(1);
        }
        badge->revision = context.revision;
        decision.changes.records.Put(*std::move(badge));
        return decision;
      });
}

}  // namespace

BadgeGranting::BadgeGranting(Parts parts)
    : parts_(parts),
      projection_(
          parts, GrantingOptions(),
          StoredProjection::Prepare(
              [this](const std::string& program, std::span<const ports::JournalEntryPtr> entries) {
                return Prepare(program, entries);
              })) {}

absl::Status BadgeGranting::Start() {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> programs, AllPrograms(parts_.store));
  for (const std::string& program : programs) {
    projection_.Look(program, kEndOfJournal);
  }
  return absl::OkStatus();
}

absl::StatusOr<const std::vector<Badge>*> BadgeGranting::BadgesOf(
    const std::string& program, std::span<const ports::JournalEntryPtr> entries) {
  const bool changed = std::ranges::any_of(entries, [](const ports::JournalEntryPtr& entry) {
    // A programme that begins may have had a namesake before.
    return entry->revision == 1 || !entry->changes.records.Touched<Badge>().empty();
  });
  if (changed) {
    badges_.erase(program);
  }
  auto known = badges_.find(program);
  if (known == badges_.end()) {
    std::vector<Badge> badges;
    PERIGEE_RETURN_IF_ERROR(parts_.store.Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(badges, use_cases::AllBadges(reader, program));
      return absl::OkStatus();
    }));
    std::erase_if(badges, [](const Badge& badge) { return badge.retired; });
    known = badges_.emplace(program, std::move(badges)).first;
  }
  return &known->second;
}

absl::StatusOr<std::optional<StoredProjection::Apply>> BadgeGranting::Prepare(
    const std::string& program, std::span<const ports::JournalEntryPtr> entries) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Badge>* badges, BadgesOf(program, entries));
  std::set<MemberKey> members;
  std::set<MemberKey> anew;
  for (const ports::JournalEntryPtr& entry : entries) {
    AddConcerned(*entry, *badges, members, anew);
  }
  std::vector<BadgeFinding> findings;
  if (!members.empty()) {
    PERIGEE_RETURN_IF_ERROR(parts_.store.Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(const BadgeView view,
                               BadgeView::Of(reader, program, parts_.clock.Now()));
      std::map<MemberKey, bool> heads;
      for (const MemberKey& member : members) {
        heads[view.merged().HeadOf(member)] |= anew.contains(member);
      }
      for (const auto& [head, is_anew] : heads) {
        PERIGEE_ASSIGN_OR_RETURN(std::vector<BadgeFinding> found,
                                 view.Find(reader, head, *badges, is_anew));
        std::ranges::move(found, std::back_inserter(findings));
      }
      return absl::OkStatus();
    }));
  }
  if (findings.empty()) {
    return std::nullopt;
  }
  return StoredProjection::Apply(
      [program, findings = std::move(findings)](
          ports::StoreReader& reader, const ports::UnitContext& unit,
          std::span<const ports::JournalEntryPtr>) -> absl::StatusOr<domain::Changes> {
        domain::Changes changes;
        PERIGEE_RETURN_IF_ERROR(use_cases::SettleBadges(reader, unit, program, findings, changes));
        return changes;
      });
}

DueHandler BadgeApplying(int portion) {
  return {ports::DueKindOf(domain::TypeOf<Badge>()),
          [portion](ports::Store& store, const ports::Unit& unit, std::span<const ports::Due> due) {
            absl::Status first;
            for (const ports::Due& one : due) {
              first.Update(ApplyPortion(store, unit, one, portion));
            }
            return first;
          }};
}

}  // namespace perigee::jobs
