#include "server/use_cases/thanks/thanks.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/core/civil_time.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/activity/activity.h"
#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"
#include "server/domain/program/program.h"
#include "server/domain/thanks/promise.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/activity/record_activity.h"
#include "server/use_cases/ledger/books.h"
#include "server/use_cases/lookup.h"
#include "server/use_cases/thanks/promises.h"

namespace perigee::use_cases {
namespace {

using domain::Member;
using domain::MemberKey;
using domain::MergedMembers;
using domain::Program;
using domain::Thanks;

absl::Status Suspended(const std::string& program, const std::string& member) {
  const std::string name = MemberName(program, member);
  return Error(Reason::kMemberSuspended, name + " is suspended", {{"resource_name", name}});
}

absl::StatusOr<MemberKey> RequireGiver(ports::StoreReader& reader, const std::string& program,
                                       const std::string& id) {
  if (id.empty()) {
    return MemberKey{};
  }
  // All members of a person have one standing.
  PERIGEE_ASSIGN_OR_RETURN(const Member giver, RequireNamedMember(reader, program, id, "giver"));
  if (giver.standing == domain::Standing::kSuspended) {
    return Suspended(program, id);
  }
  return giver.key;
}

absl::StatusOr<MemberKey> RequireReceiver(ports::StoreReader& reader, const std::string& program,
                                          const std::string& id, const MemberKey& giver) {
  if (id.empty()) {
    return MemberKey{};
  }
  PERIGEE_ASSIGN_OR_RETURN(const Member person, RequireMember(reader, program, id, "receiver"));
  const bool suspended = person.standing == domain::Standing::kSuspended;
  if (giver.IsNil()) {
    if (suspended) {
      return Suspended(program, id);
    }
  } else {
    PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(program));
    if (merged.HeadOf(giver) == person.key) {
      return InvalidField("receiver", "is the giver: nobody thanks themselves");
    }
    if (suspended || person.board_opt_out) {
      const std::string name = MemberName(program, id);
      return Error(Reason::kNotFound, "receiver " + name + " was not found",
                   {{"resource_name", name}, {"field", "receiver"}});
    }
  }
  PERIGEE_ASSIGN_OR_RETURN(const Member named, RequireNamedMember(reader, program, id, "receiver"));
  return named.key;
}

// How many live thanks one person had given to another within kNoveltyDays. A nil key is the brand.
absl::StatusOr<int> CountEarlier(ports::StoreReader& reader, const std::string& program,
                                 const MergedMembers& merged, const Thanks& thanks) {
  std::int64_t earlier = 0;
  for (const MemberKey& giver : merged.AllOf(thanks.giver)) {
    for (const MemberKey& receiver : merged.AllOf(thanks.receiver)) {
      PERIGEE_ASSIGN_OR_RETURN(
          const std::int64_t count,
          reader.thanks().CountBetween(program, giver, receiver,
                                       thanks.create_time - domain::kNoveltyDays));
      earlier += count;
    }
  }
  return static_cast<int>(std::min<std::int64_t>(earlier, std::numeric_limits<int>::max()));
}

absl::StatusOr<domain::Changes> AsActivity(ports::StoreReader& reader,
                                           const ports::UnitContext& unit, const Program& program,
                                           const Thanks& thanks) {
  domain::Activity activity;
  activity.type = domain::kThanksActivity;
  activity.actor = thanks.giver;
  activity.recipient = thanks.receiver;
  activity.source = domain::kThanksSource;
  activity.source_event_id = absl::StrCat(thanks.id);
  activity.occur_time = unit.now;
  PERIGEE_ASSIGN_OR_RETURN(RecordedActivity recorded,
                           AddActivity(reader, unit, program, std::move(activity)));
  // A thanks between members is an edge of the graph even where no rule draws it.
  if (!thanks.giver.IsNil() && !thanks.receiver.IsNil() &&
      recorded.changes.records.Last<domain::Edge>() == nullptr) {
    recorded.changes.records.Put(domain::Edge{domain::EdgeKind::kThanks, thanks.giver,
                                              thanks.receiver, unit.revision, unit.now});
  }
  return std::move(recorded.changes);
}

// Whether the members on both sides of the transfer are there. An erased one has nothing to give or
// to get back.
absl::StatusOr<bool> AreThere(ports::StoreReader& reader, const std::string& program,
                              const domain::Transfer& transfer) {
  for (const domain::AccountRef* side : {&transfer.debit, &transfer.credit}) {
    if (side->IsMember()) {
      PERIGEE_ASSIGN_OR_RETURN(const std::vector<Member> found,
                               reader.members().FindByKeys(program, {&side->member, 1}));
      if (found.empty()) {
        return false;
      }
    }
  }
  return true;
}

// Reverses all that is left of the transfer, or what its taker still has of it.
absl::Status TakeBack(domain::LedgerUnit& ledger, const domain::TransferId& transfer) {
  absl::Status reversed = ledger.Reverse(transfer, 0, "").status();
  if (ReasonOf(reversed) == Reason::kInsufficientFunds) {
    std::int64_t available = 0;
    if (!absl::SimpleAtoi(MetadataOf(reversed)["available"], &available) || available <= 0) {
      return absl::OkStatus();
    }
    reversed = ledger.Reverse(transfer, available, "").status();
  }
  return ReasonOf(reversed) == Reason::kAlreadyReversed ? absl::OkStatus() : reversed;
}

}  // namespace

ports::Lookups LookupsOf(const ThanksDraft& draft) {
  ports::Lookups lookups;
  for (const std::string* member : {&draft.giver, &draft.receiver}) {
    if (!member->empty()) {
      lookups.members.push_back(*member);
    }
  }
  return lookups;
}

DecidedThanks GiveThanks(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const std::string& program, const ThanksDraft& draft) {
  PERIGEE_ASSIGN_OR_RETURN(const Program owner, RequireProgram(reader, program));
  Thanks thanks;
  thanks.id = thanks.revision = unit.revision;
  thanks.text = draft.text;
  thanks.thanked_for = draft.thanked_for;
  thanks.create_time = unit.now;
  thanks.promise = draft.promise;
  PERIGEE_ASSIGN_OR_RETURN(thanks.giver, RequireGiver(reader, program, draft.giver));
  PERIGEE_ASSIGN_OR_RETURN(thanks.receiver,
                           RequireReceiver(reader, program, draft.receiver, thanks.giver));
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(program));
  if (!thanks.giver.IsNil()) {
    PERIGEE_ASSIGN_OR_RETURN(const domain::ThanksBudget budget,
                             BudgetOf(reader, owner, merged.AllOf(thanks.giver), unit.now));
    PERIGEE_RETURN_IF_ERROR(domain::CheckBudget(budget));
  }
  PERIGEE_ASSIGN_OR_RETURN(thanks.earlier, CountEarlier(reader, program, merged, thanks));
  Decided<Thanks> decided;
  PERIGEE_ASSIGN_OR_RETURN(decided.changes, AsActivity(reader, unit, owner, thanks));
  if (draft.promise != 0) {
    PERIGEE_RETURN_IF_ERROR(SettleByThanks(reader, unit, program, merged, thanks, decided.changes));
  }
  decided.changes.records.Put(thanks);
  decided.value = std::move(thanks);
  return decided;
}

DecidedThanks WithdrawThanks(ports::StoreReader& reader, const ports::UnitContext& unit,
                             const std::string& program, domain::Revision id,
                             const std::string& member_id) {
  PERIGEE_ASSIGN_OR_RETURN(const Member member,
                           RequireMember(reader, program, member_id, "member"));
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(program));
  Thanks like;
  like.id = id;
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Thanks> found, reader.records().Find(program, like));
  if (!found.has_value() || merged.HeadOf(found->giver) != member.key) {
    return NotFound(FormatName(kThanksPattern, {program, absl::StrCat(id)}));
  }
  PERIGEE_RETURN_IF_ERROR(domain::Withdraw(*found, unit.now));
  PERIGEE_ASSIGN_OR_RETURN(domain::LedgerUnit ledger, OpenBooks(reader, unit, program));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Transfer> transfers,
                           reader.ledger().TransfersOf(program, id));
  for (const domain::Transfer& transfer : transfers) {
    // The unit may also have ended holds and lots on the way, which stay ended.
    if (transfer.activity != id || transfer.amount == 0) {
      continue;
    }
    PERIGEE_ASSIGN_OR_RETURN(const bool are_there, AreThere(reader, program, transfer));
    if (are_there) {
      PERIGEE_RETURN_IF_ERROR(TakeBack(ledger, transfer.id));
    }
  }
  found->revision = unit.revision;
  Decided<Thanks> decided;
  decided.changes.ledger = ledger.Take();
  decided.changes.records.Put(*found);
  decided.value = *std::move(found);
  return decided;
}

absl::StatusOr<domain::ThanksBudget> BudgetOf(ports::StoreReader& reader, const Program& program,
                                              const std::vector<MemberKey>& person, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const Zone zone, Zone::Load(program.time_zone));
  domain::ThanksBudget budget;
  budget.limit = domain::ThanksLimitOf(program);
  budget.period = domain::ThanksPeriodAt(program, zone, now);
  for (const MemberKey& giver : person) {
    PERIGEE_ASSIGN_OR_RETURN(const std::int64_t used,
                             reader.thanks().CountGiven(program.id, giver, budget.period.start));
    budget.used += used;
  }
  return budget;
}

absl::StatusOr<std::vector<Thanks>> ThanksOf(ports::StoreReader& reader, const std::string& program,
                                             ports::ThanksSide side,
                                             const std::vector<MemberKey>& person,
                                             const ports::TimedPlace& before, int limit) {
  std::vector<Thanks> all;
  for (const MemberKey& member : person) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<Thanks> own,
                             reader.thanks().ListOf(program, side, member, before, limit));
    all.insert(all.end(), own.begin(), own.end());
  }
  std::ranges::sort(all, [](const Thanks& one, const Thanks& other) {
    return std::pair(one.create_time, one.id) > std::pair(other.create_time, other.id);
  });
  all.resize(std::min(all.size(), static_cast<std::size_t>(limit)));
  return all;
}

}  // namespace perigee::use_cases
