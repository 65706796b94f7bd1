#include "server/use_cases/ask/asks.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/member/merged_members.h"
#include "server/domain/program/program.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/all_records.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::Ask;
using domain::AskBudget;
using domain::AskMove;
using domain::AskState;
using domain::Member;
using domain::MemberKey;
using domain::MergedMembers;

// All members that are the same person as the head, which is first.
absl::StatusOr<std::vector<Member>> PersonOf(ports::StoreReader& reader, const std::string& program,
                                             const Member& head) {
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(program));
  return reader.members().FindByKeys(program, merged.AllOf(head.key));
}

absl::StatusOr<AskBudget> BudgetOf(ports::StoreReader& reader, const std::string& program,
                                   const std::vector<Member>& person, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Program owner, RequireProgram(reader, program));
  std::vector<MemberKey> keys;
  for (const Member& member : person) {
    keys.push_back(member.key);
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Ask> asks, AllRecordsOf<Ask>(reader, program, keys));
  return domain::BudgetOf(asks, domain::LimitOf(owner, person), now);
}

// Whether the person may be asked, and the budget has a place for the move, kReserve or kSend.
absl::Status CheckWilling(ports::StoreReader& reader, const std::string& program,
                          const Member& head, AskMove move, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Member> person, PersonOf(reader, program, head));
  if (!domain::MayBeAsked(person, now)) {
    // Whether the member pauses, was suspended or said so is not the team's business.
    return Error(Reason::kAskRefused, "member " + head.id + " is not asked for anything now",
                 {{"member", head.id}});
  }
  PERIGEE_ASSIGN_OR_RETURN(const AskBudget budget, BudgetOf(reader, program, person, now));
  return move == AskMove::kReserve ? domain::CheckFree(budget) : domain::CheckSendable(budget);
}

absl::StatusOr<Ask> RequireAsk(ports::StoreReader& reader, const AskPlace& place,
                               const Member& head) {
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(place.program));
  Ask like;
  like.id = place.id;
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Ask> found, reader.records().Find(place.program, like));
  if (!found.has_value() || merged.HeadOf(found->member) != head.key) {
    return NotFound(FormatName(kAskPattern, {place.program, place.member, place.id}));
  }
  return *std::move(found);
}

DecidedAsk PutNow(Ask ask, const ports::UnitContext& unit) {
  ask.revision = unit.revision;
  return Put(std::move(ask));
}

}  // namespace

DecidedAsk ProposeAsk(ports::StoreReader& reader, const ports::UnitContext& unit,
                      const std::string& program, const AskDraft& draft) {
  PERIGEE_ASSIGN_OR_RETURN(const Member member, RequireMember(reader, program, draft.member));
  Ask ask;
  ask.id = absl::StrCat(unit.revision);
  ask.member = member.key;
  ask.team = draft.team;
  ask.kind = draft.kind;
  ask.text = draft.text;
  ask.create_time = unit.now;
  ask.expire_time = unit.now + domain::kAskProposedFor;
  if (draft.up_to != AskState::kProposed) {
    PERIGEE_RETURN_IF_ERROR(CheckWilling(reader, program, member, AskMove::kReserve, unit.now));
    PERIGEE_RETURN_IF_ERROR(domain::Make(AskMove::kReserve, "", unit.now, ask));
  }
  if (draft.up_to == AskState::kSent) {
    PERIGEE_RETURN_IF_ERROR(domain::Make(AskMove::kSend, "", unit.now, ask));
  }
  return PutNow(std::move(ask), unit);
}

DecidedAsk MoveAsk(ports::StoreReader& reader, const ports::UnitContext& unit,
                   const AskPlace& place, AskMove move) {
  PERIGEE_ASSIGN_OR_RETURN(const Member member, RequireMember(reader, place.program, place.member));
  PERIGEE_ASSIGN_OR_RETURN(Ask ask, RequireAsk(reader, place, member));
  PERIGEE_RETURN_IF_ERROR(domain::CheckMove(ask, move, unit.now));
  if (move == AskMove::kReserve || move == AskMove::kSend) {
    PERIGEE_RETURN_IF_ERROR(CheckWilling(reader, place.program, member, move, unit.now));
  }
  PERIGEE_RETURN_IF_ERROR(domain::Make(move, "", unit.now, ask));
  return PutNow(std::move(ask), unit);
}

DecidedAsk AnswerAsk(ports::StoreReader& reader, const ports::UnitContext& unit,
                     const AskPlace& place, AskMove answer, const std::string& reason) {
  PERIGEE_ASSIGN_OR_RETURN(const Member member, RequireMember(reader, place.program, place.member));
  PERIGEE_ASSIGN_OR_RETURN(Ask ask, RequireAsk(reader, place, member));
  if (!domain::IsKnownToMember(ask)) {
    return NotFound(FormatName(kAskPattern, {place.program, place.member, place.id}));
  }
  PERIGEE_RETURN_IF_ERROR(domain::Make(answer, reason, unit.now, ask));
  return PutNow(std::move(ask), unit);
}

absl::StatusOr<Decided<Member>> SetAskTerms(ports::StoreReader& reader,
                                            const ports::UnitContext& unit,
                                            const std::string& program,
                                            const std::string& member_id, const AskTerms& terms) {
  PERIGEE_ASSIGN_OR_RETURN(Member head, RequireMember(reader, program, member_id));
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Member> person, PersonOf(reader, program, head));
  Decided<Member> decided{std::move(head), {}};
  for (Member& member : person) {
    if (member.do_not_ask == terms.do_not_ask && member.ask_limit == terms.limit) {
      continue;
    }
    member.do_not_ask = terms.do_not_ask;
    member.ask_limit = terms.limit;
    member.update_time = unit.now;
    member.revision = unit.revision;
    decided.changes.records.Put(member);
    if (member.key == decided.value.key) {
      decided.value = std::move(member);
    }
  }
  return decided;
}

absl::StatusOr<AskOutlook> ReadAskOutlook(ports::StoreReader& reader, const std::string& program,
                                          const std::string& member_id, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(Member head, RequireMember(reader, program, member_id));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Member> person, PersonOf(reader, program, head));
  PERIGEE_ASSIGN_OR_RETURN(const AskBudget budget, BudgetOf(reader, program, person, now));
  return AskOutlook{std::move(head), budget, domain::MayBeAsked(person, now)};
}

}  // namespace perigee::use_cases
