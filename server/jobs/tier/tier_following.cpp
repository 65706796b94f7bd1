#include "server/jobs/tier/tier_following.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/member/member.h"
#include "server/domain/tier/tier_standing.h"
#include "server/jobs/due_records.h"
#include "server/jobs/programs.h"
#include "server/ports/clock.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/tier/tier_reviewing.h"
#include "server/use_cases/tier/tier_schemes.h"

namespace perigee::jobs {
namespace {

using domain::JournalEntry;
using domain::Member;
using domain::MemberKey;
using domain::TierScheme;
using use_cases::TierFinding;
using use_cases::TierPerson;
using use_cases::TierView;

// Few enough that their persons are looked at quickly.
constexpr int kEntriesMax = 200;
// After an un-merge the records of its members look like any others.
constexpr std::string_view kUnmerge = "MemberAdminService/UnmergeMember";

StoredProjection::Options FollowingOptions() {
  StoredProjection::Options options;
  options.follower.name = TierFollowing::kProjection;
  options.entries_max = kEntriesMax;
  // A scheme that is made later is applied to all that was before.
  options.skips_past = [](ports::StoreReader& reader,
                          const std::string& program) -> absl::StatusOr<bool> {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<TierScheme> schemes,
                             use_cases::AllTierSchemes(reader, program));
    return schemes.empty();
  };
  return options;
}

void AddEarners(const JournalEntry& entry, const std::vector<TierScheme>& schemes,
                std::map<MemberKey, TierPerson>& persons) {
  for (const domain::Transfer& transfer : entry.changes.ledger.transfers) {
    if (std::ranges::find(schemes, transfer.debit.asset, &TierScheme::asset) == schemes.end()) {
      continue;
    }
    for (const domain::ScoreEffect& effect : domain::ScoreEffects(transfer)) {
      persons[effect.member].member = effect.member;
    }
  }
}

void AddJoinedAndParted(const JournalEntry& entry, std::map<MemberKey, TierPerson>& persons) {
  for (const Member* member : entry.changes.records.All<Member>()) {
    if (entry.method == kUnmerge) {
      TierPerson& person = persons[member->key];
      person.member = member->key;
      person.parted = true;
    } else if (member->IsMerged() && member->merge_revision == entry.revision) {
      TierPerson& person = persons[member->merged_into];
      person.member = member->merged_into;
      person.joined.push_back(member->key);
    }
  }
}

// The same persons, each once.
std::map<MemberKey, TierPerson> ByHead(const domain::MergedMembers& merged,
                                       const std::map<MemberKey, TierPerson>& persons) {
  std::map<MemberKey, TierPerson> heads;
  for (const auto& [member, person] : persons) {
    const MemberKey head = merged.HeadOf(member);
    TierPerson& of_head = heads[head];
    of_head.member = head;
    of_head.joined.insert(of_head.joined.end(), person.joined.begin(), person.joined.end());
    of_head.parted |= person.parted;
  }
  return heads;
}

// The scheme of a due thing, unless it is not due any more.
absl::StatusOr<std::optional<TierScheme>> FindDue(ports::StoreReader& reader,
                                                  const ports::Due& due) {
  const std::shared_ptr<void> like =
      domain::DecodeRecord(domain::TypeOf<TierScheme>(), due.key, {}, 0);
  if (like == nullptr) {
    return Error(Reason::kInternal, "the key of a due scheme of tiers cannot be read");
  }
  PERIGEE_ASSIGN_OR_RETURN(
      std::optional<TierScheme> scheme,
      reader.records().Find(due.program, *static_cast<const TierScheme*>(like.get())));
  return scheme.has_value() && scheme->due_time == due.time ? std::move(scheme) : std::nullopt;
}

absl::Status ApplyPortion(ports::Store& store, const ports::Unit& unit, const ports::Due& due,
                          int portion_size) {
  std::optional<TierScheme> seen;
  TierView::Portion portion;
  PERIGEE_RETURN_IF_ERROR(store.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(seen, FindDue(reader, due));
    if (!seen.has_value()) {
      return absl::OkStatus();
    }
    PERIGEE_ASSIGN_OR_RETURN(const TierView view, TierView::Of(reader, due.program, unit.now));
    PERIGEE_ASSIGN_OR_RETURN(
        portion, view.FindAmong(reader, *seen, seen->applied_up_to,
                                {portion_size, static_cast<std::size_t>(portion_size)}));
    return absl::OkStatus();
  }));
  if (!seen.has_value()) {
    return absl::OkStatus();
  }
  return EndInUnits(store, unit, {&due, 1},
                    [&](const std::string& program, std::span<const ports::Due> still_due,
                        ports::StoreReader& reader,
                        const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
                      ports::Decision decision;
                      PERIGEE_ASSIGN_OR_RETURN(std::optional<TierScheme> scheme,
                                               FindDue(reader, still_due.front()));
                      if (!scheme.has_value() || scheme->rule_version != seen->rule_version ||
                          scheme->applied_up_to != seen->applied_up_to) {
                        return decision;  // The next run looks at it anew.
                      }
                      PERIGEE_RETURN_IF_ERROR(use_cases::SettleTiers(
                          reader, context, program, portion.findings, decision.changes));
                      scheme->applied_up_to = portion.last;
                      scheme->due_time.reset();
                      if (!portion.last.IsNil()) {
                        // A later time, so that the rest is another due thing.
                        scheme->due_time = context.now + Duration(1);
                      }
                      scheme->revision = context.revision;
                      decision.changes.records.Put(*std::move(scheme));
                      return decision;
                    });
}

}  // namespace

TierFollowing::TierFollowing(Parts parts)
    : parts_(parts),
      projection_(
          parts, FollowingOptions(),
          StoredProjection::Prepare(
              [this](const std::string& program, std::span<const ports::JournalEntryPtr> entries) {
                return Prepare(program, entries);
              })) {}

absl::Status TierFollowing::Start() {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> programs, AllPrograms(parts_.store));
  for (const std::string& program : programs) {
    projection_.Look(program, kEndOfJournal);
  }
  return absl::OkStatus();
}

absl::StatusOr<const std::vector<TierScheme>*> TierFollowing::SchemesOf(
    const std::string& program, std::span<const ports::JournalEntryPtr> entries) {
  const bool changed = std::ranges::any_of(entries, [](const ports::JournalEntryPtr& entry) {
    // A programme that begins may have had a namesake before.
    return entry->revision == 1 || !entry->changes.records.Touched<TierScheme>().empty();
  });
  if (changed) {
    schemes_.erase(program);
  }
  auto known = schemes_.find(program);
  if (known == schemes_.end()) {
    std::vector<TierScheme> schemes;
    PERIGEE_RETURN_IF_ERROR(parts_.store.Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(schemes, use_cases::AllTierSchemes(reader, program));
      return absl::OkStatus();
    }));
    std::erase_if(schemes, [](const TierScheme& scheme) { return scheme.retired; });
    known = schemes_.emplace(program, std::move(schemes)).first;
  }
  return &known->second;
}

absl::StatusOr<std::optional<StoredProjection::Apply>> TierFollowing::Prepare(
    const std::string& program, std::span<const ports::JournalEntryPtr> entries) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<TierScheme>* schemes, SchemesOf(program, entries));
  std::map<MemberKey, TierPerson> persons;
  if (!schemes->empty()) {
    for (const ports::JournalEntryPtr& entry : entries) {
      AddEarners(*entry, *schemes, persons);
      AddJoinedAndParted(*entry, persons);
    }
  }
  std::vector<TierFinding> findings;
  if (!persons.empty()) {
    PERIGEE_RETURN_IF_ERROR(parts_.store.Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(const TierView view,
                               TierView::Of(reader, program, parts_.clock.Now()));
      for (const auto& [head, person] : ByHead(view.merged(), persons)) {
        PERIGEE_ASSIGN_OR_RETURN(std::vector<TierFinding> found,
                                 view.Find(reader, person, *schemes));
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
        PERIGEE_RETURN_IF_ERROR(use_cases::SettleTiers(reader, unit, program, findings, changes));
        return changes;
      });
}

DueHandler TierApplying(int portion) {
  return {ports::DueKindOf(domain::TypeOf<TierScheme>()),
          [portion](ports::Store& store, const ports::Unit& unit, std::span<const ports::Due> due) {
            absl::Status first;
            for (const ports::Due& one : due) {
              first.Update(ApplyPortion(store, unit, one, portion));
            }
            return first;
          }};
}

DueHandler TierReviewing() {
  return EndRecordsSingly<domain::TierStanding>(use_cases::ReviewDueStanding);
}

}  // namespace perigee::jobs
