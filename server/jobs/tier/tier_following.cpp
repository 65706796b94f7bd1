#include "server/jobs/tier/tier_following.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "server/core/status_macros.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/member/member.h"
#include "server/domain/tier/tier_standing.h"
#include "server/jobs/due_records.h"
#include "server/ports/clock.h"
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
    if (PartsMembers(entry)) {
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

absl::StatusOr<std::vector<TierFinding>> FindConcerned(
    const TierFollowing::Parts& parts, const std::string& program,
    std::span<const ports::JournalEntryPtr> entries, const std::vector<TierScheme>& schemes) {
  std::map<MemberKey, TierPerson> persons;
  for (const ports::JournalEntryPtr& entry : entries) {
    AddEarners(*entry, schemes, persons);
    AddJoinedAndParted(*entry, persons);
  }
  std::vector<TierFinding> findings;
  if (persons.empty()) {
    return findings;
  }
  PERIGEE_RETURN_IF_ERROR(parts.store.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(const TierView view, TierView::Of(reader, program, parts.clock.Now()));
    for (const auto& [head, person] : ByHead(view.merged(), persons)) {
      PERIGEE_ASSIGN_OR_RETURN(std::vector<TierFinding> found, view.Find(reader, person, schemes));
      std::ranges::move(found, std::back_inserter(findings));
    }
    return absl::OkStatus();
  }));
  return findings;
}

}  // namespace

TierFollowing::TierFollowing(Parts parts, std::shared_ptr<Worker> worker)
    : RuleFollower(parts, {kProjection, use_cases::AllTierSchemes,
                           [parts](const auto& program, auto entries, const auto& schemes) {
                             return FindConcerned(parts, program, entries, schemes);
                           },
                           use_cases::SettleTiers, std::move(worker)}) {}

DueHandler TierApplying(int portion) {
  return ApplyToEverybody<TierScheme>(
      [portion](ports::StoreReader& reader, const std::string& program, const TierScheme& scheme,
                Time now) -> absl::StatusOr<TierView::Portion> {
        PERIGEE_ASSIGN_OR_RETURN(const TierView view, TierView::Of(reader, program, now));
        return view.FindAmong(reader, scheme, scheme.applied_up_to,
                              {portion, static_cast<std::size_t>(portion)});
      },
      use_cases::SettleTiers);
}

DueHandler TierReviewing() {
  return EndRecordsTogether<domain::TierStanding>(use_cases::ReviewDueStandings, kTierPortion);
}

}  // namespace perigee::jobs
