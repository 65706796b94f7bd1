#include "tests/simulation/decisions.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/sha256.h"
#include "server/core/status_macros.h"
#include "server/domain/access/role_grant.h"
#include "server/ports/program/program_reader.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/activity/record_activity.h"
#include "server/use_cases/board/boards.h"
#include "server/use_cases/board/close_period.h"
#include "server/use_cases/ledger/transfers.h"
#include "server/use_cases/member/erase_member.h"
#include "server/use_cases/member/members.h"
#include "server/use_cases/program/programs.h"
#include "server/use_cases/reward/redemptions.h"
#include "server/use_cases/rule/rules.h"
#include "tests/simulation/decided.h"
#include "tests/simulation/decisions_champions.h"
#include "tests/simulation/decisions_recognition.h"
#include "tests/simulation/model.h"
#include "tests/support/any_record.h"

namespace perigee::simulation {
namespace {

using domain::Member;
using ports::Decision;
using ports::StoreReader;
using ports::UnitContext;

std::string IdOf(int member) { return absl::StrCat("m", member); }

void Specify(const MemberSpec& spec, Member& member) {
  member.board_opt_out = spec.opt_out;
  member.facets = spec.facet ? std::vector<std::string>{"cyclist"} : std::vector<std::string>();
  member.kinds = {static_cast<domain::StakeholderKind>(spec.kind)};
}

// Keys are made of numbers, so a member lives once. A record that the model does not know says that
// the member is gone.
domain::RoleGrant MarkOf(int member) {
  domain::RoleGrant mark;
  mark.id = "gone-" + IdOf(member);
  mark.role = domain::Role::kAnalyst;
  mark.issuer = mark.subject = mark.subject_digest = mark.id;
  return mark;
}

use_cases::DecidedMember AddMember(const Operation& op, StoreReader& reader,
                                   const UnitContext& unit) {
  PERIGEE_ASSIGN_OR_RETURN(const auto gone, reader.records().Find(kProgram, MarkOf(op.member)));
  if (gone.has_value()) {
    return AlreadyExists(IdOf(op.member));
  }
  Member member;
  member.key = KeyOf(op.member);
  member.id = member.display_name = IdOf(op.member);
  Specify(op.spec, member);
  return use_cases::CreateMember(reader, unit, kProgram, member);
}

use_cases::DecidedMember ChangeMember(const Operation& op, StoreReader& reader,
                                      const UnitContext& unit) {
  PERIGEE_ASSIGN_OR_RETURN(
      auto decided, use_cases::UpdateMember(reader, unit, kProgram, IdOf(op.member),
                                            {[&](Member& member) { Specify(op.spec, member); }}));
  // The model does not know these kinds of records; a check compares them.
  tests::PutOtherRecords(static_cast<std::uint64_t>(unit.revision), decided.value.key,
                         unit.revision, decided.changes.records, RecordsOfChampions());
  return decided;
}

Decided EraseMember(const Operation& op, StoreReader& reader, const UnitContext& unit) {
  PERIGEE_ASSIGN_OR_RETURN(domain::Changes changes,
                           use_cases::DecideErasure(reader, unit, {kProgram, IdOf(op.member), ""}));
  domain::RoleGrant mark = MarkOf(op.member);
  mark.create_time = unit.now;
  mark.revision = unit.revision;
  changes.records.Put(std::move(mark));
  return Decision{std::move(changes), absl::StrCat("done ", unit.revision)};
}

// An existing rule gets its next version.
absl::StatusOr<use_cases::Decided<domain::Rule>> PutRule(const RuleVersion& version,
                                                         StoreReader& reader,
                                                         const UnitContext& unit) {
  use_cases::RuleDraft draft;
  draft.rule.id = version.id;
  draft.rule.activity_type = version.type;
  for (const RuleGrant& grant : version.grants) {
    domain::Grant made;
    made.asset = grant.asset;
    made.beneficiary =
        grant.to_recipient ? domain::Beneficiary::kRecipient : domain::Beneficiary::kActor;
    made.amount = grant.amount;
    made.per_quantity = grant.per_quantity;
    if (grant.capped) {
      made.cap = domain::Cap{absl::StrCat("cap-", grant.asset), kCapLimit, domain::CapWindow::kDay};
    }
    made.floor = grant.floor;
    draft.rule.grants.push_back(std::move(made));
  }
  draft.rule.counts_self = version.counts_self;
  draft.rule.disabled = version.disabled;
  if (version.effective) {
    draft.effective_time = FromMicros(*version.effective);
  }
  auto created = use_cases::CreateRule(reader, unit, kProgram, draft);
  return ReasonOf(created.status()) == Reason::kAlreadyExists
             ? use_cases::UpdateRule(reader, unit, kProgram, draft)
             : created;
}

Decided Record(const Event& event, StoreReader& reader, const UnitContext& unit) {
  use_cases::ActivityDraft draft;
  draft.activity.type = event.type;
  draft.activity.quantity = event.quantity;
  draft.activity.source = "simulation";
  draft.activity.source_event_id = event.id;
  draft.activity.occur_time = event.occur ? FromMicros(*event.occur) : kBeginningOfTime;
  draft.activity.time_source =
      event.device ? domain::TimeSource::kDevice : domain::TimeSource::kSystem;
  draft.actor = event.actor == kNobody ? "" : IdOf(event.actor);
  draft.recipient = event.recipient == kNobody ? "" : IdOf(event.recipient);
  PERIGEE_ASSIGN_OR_RETURN(use_cases::RecordedActivity recorded,
                           use_cases::RecordActivity(reader, unit, kProgram, draft));
  return Decision{
      std::move(recorded.changes),
      absl::StrCat("activity ", recorded.activity.revision, recorded.made_at ? " again" : ""),
      recorded.made_at};
}

use_cases::AccountPath PathOf(const std::string& account) {
  use_cases::AccountPath path{.program = kProgram, .asset = AssetOf(account)};
  const int member = MemberOf(account);
  (member == kNobody ? path.account : path.member_id) = account.substr(account.find('/') + 1);
  return path;
}

absl::StatusOr<use_cases::Decided<std::vector<domain::Transfer>>> Post(const std::vector<Leg>& legs,
                                                                       StoreReader& reader,
                                                                       const UnitContext& unit) {
  std::vector<use_cases::TransferOrder> orders;
  for (const Leg& leg : legs) {
    use_cases::TransferOrder order{
        .field = "", .debit = PathOf(leg.debit), .credit = PathOf(leg.credit), .draft = {}};
    order.draft.amount = leg.amount;
    if (leg.expire) {
      order.draft.expire_time = FromMicros(*leg.expire);
    }
    if (leg.effective) {
      order.draft.effective_time = FromMicros(*leg.effective);
    }
    orders.push_back(std::move(order));
  }
  return use_cases::PostTransfers(reader, unit, kProgram, orders);
}

void Define(const BoardSpec& spec, domain::Board& board) {
  constexpr domain::Scheme kSchemes[] = {domain::Scheme::kCompetition, domain::Scheme::kDense,
                                         domain::Scheme::kOrdinal};
  board.scheme = kSchemes[spec.scheme];
  board.facet = spec.facet ? "cyclist" : "";
  board.kind.reset();
  if (spec.kind != 0) {
    board.kind = static_cast<domain::StakeholderKind>(spec.kind);
  }
}

use_cases::DecidedBoard PutBoard(const BoardSpec& spec, StoreReader& reader,
                                 const UnitContext& unit) {
  constexpr domain::Cadence kCadences[] = {domain::Cadence::kAllTime, domain::Cadence::kDay,
                                           domain::Cadence::kWeek,    domain::Cadence::kMonth,
                                           domain::Cadence::kQuarter, domain::Cadence::kRolling};
  domain::Board board;
  board.id = board.display_name = spec.id;
  board.asset = spec.asset;
  board.cadence = kCadences[static_cast<std::size_t>(spec.rhythm)];
  board.rolling_days = spec.rolling_days;
  board.time_zone = spec.zone;
  board.grace_hours = spec.grace_hours;
  Define(spec, board);
  return use_cases::CreateBoard(reader, unit, kProgram, board);
}

use_cases::DecidedBoard RedefineBoard(const BoardSpec& spec, StoreReader& reader,
                                      const UnitContext& unit) {
  return use_cases::UpdateBoard(reader, unit, kProgram, spec.id,
                                {[&](domain::Board& board) { Define(spec, board); }});
}

// As the service: nobody moves a redemption's transfer by hand.
Decided DecideOnTransfer(const Operation& op, StoreReader& reader, const UnitContext& unit) {
  const use_cases::TransferPath target{kProgram, {op.target.first, op.target.second}};
  PERIGEE_RETURN_IF_ERROR(use_cases::CheckNoRedemption(reader, target));
  switch (op.action) {
    case Action::kCapture:
      return Done(unit, use_cases::CaptureTransfer(reader, unit, target, op.amount));
    case Action::kVoid:
      return Done(unit, use_cases::VoidTransfer(reader, unit, target));
    default:
      return Done(unit, use_cases::ReverseTransfer(reader, unit, target, op.amount));
  }
}

Decided Decide(const Operation& op, StoreReader& reader, const UnitContext& unit) {
  if (IsOfChampions(op.action)) {
    return DecideChampions(op, reader, unit);
  }
  if (IsOfRecognition(op.action)) {
    return DecideRecognition(op, reader, unit);
  }
  switch (op.action) {
    case Action::kAddMember:
      return Done(unit, AddMember(op, reader, unit));
    case Action::kSuspend:
      return Done(unit, use_cases::SuspendMember(reader, unit, kProgram, IdOf(op.member)));
    case Action::kReinstate:
      return Done(unit, use_cases::ReinstateMember(reader, unit, kProgram, IdOf(op.member)));
    case Action::kChangeMember:
      return Done(unit, ChangeMember(op, reader, unit));
    case Action::kEraseMember:
      return EraseMember(op, reader, unit);
    case Action::kPutRule:
      return Done(unit, PutRule(op.rule, reader, unit));
    case Action::kRecord:
      return Record(op.event, reader, unit);
    case Action::kPost:
      return Done(unit, Post(op.legs, reader, unit));
    case Action::kCapture:
    case Action::kVoid:
    case Action::kReverse:
      return DecideOnTransfer(op, reader, unit);
    case Action::kPutBoard:
      return Done(unit, PutBoard(op.board, reader, unit));
    case Action::kRedefineBoard:
      return Done(unit, RedefineBoard(op.board, reader, unit));
    case Action::kCloseProgram:
      return Done(unit, use_cases::CloseProgram(reader, unit, kProgram));
    case Action::kReopenProgram:
      return Done(unit, use_cases::ReopenProgram(reader, unit, kProgram));
    case Action::kDeleteBoard:
      return Done(unit, use_cases::DeleteBoard(reader, unit, kProgram, op.board.id));
    default:
      return use_cases::MakeFinalAtOnce(reader, unit, OrderOf(op));
  }
}

}  // namespace

domain::MemberKey KeyOf(int member) {
  domain::MemberKey key;
  key.bytes[15] = static_cast<std::uint8_t>(member + 1);
  return key;
}
int MemberOf(const domain::MemberKey& key) { return key.bytes[15] - 1; }

std::string NameOf(const domain::AccountRef& ref) {
  return ref.IsMember() ? AccountName(ref.asset, MemberOf(ref.member))
                        : absl::StrCat(ref.asset, "/", ref.account);
}
domain::AccountRef RefOf(const std::string& account) {
  const int member = MemberOf(account);
  domain::AccountRef ref{AssetOf(account), {}, ""};
  if (member == kNobody) {
    ref.account = account.substr(account.find('/') + 1);
  } else {
    ref.member = KeyOf(member);
  }
  return ref;
}

bool MakesFinalInPortions(const Operation& operation) {
  const bool makes_final =
      operation.action == Action::kClosePeriod || operation.action == Action::kAmendPeriod;
  return makes_final && operation.request % 3 != 0;
}

use_cases::ResultOrder OrderOf(const Operation& op) {
  use_cases::ResultOrder order;
  order.period = {kProgram, op.board.id, op.period};
  if (op.action == Action::kAmendPeriod) {
    order.amend_reason = "late";
  }
  order.answer = [](const use_cases::StoredPeriod& concluded, Time) {
    return absl::StrCat("done ", concluded.results.back().revision);
  };
  return order;
}

ports::Unit UnitOf(const Operation& operation) {
  ports::Unit unit;
  unit.program = kProgram;
  unit.now = FromMicros(operation.now);
  unit.in_closed = WorksInClosed(operation.action);
  if (operation.request != 0) {
    Uuid id;
    id.bytes[0] = 1;
    for (std::size_t i = 0; i < 8; ++i) {
      id.bytes[15 - i] = static_cast<std::uint8_t>(operation.request >> (8 * i));
    }
    unit.request = ports::RequestKey{id, Sha256(Content(operation))};
  }
  unit.decide = [operation](StoreReader& reader, const UnitContext& context) {
    return Decide(operation, reader, context);
  };
  return unit;
}

ports::Unit UnitToDelete(Micros now) {
  ports::Unit unit;
  unit.program = kProgram;
  unit.now = FromMicros(now);
  unit.in_closed = true;
  unit.decide = [](StoreReader& reader, const UnitContext&) -> Decided {
    const auto program = reader.programs().Find(kProgram);
    if (!program.ok()) {
      return program.status();
    }
    Decision decision;
    decision.deletes_program = program->has_value();
    return decision;
  };
  return unit;
}

ports::Unit UnitToBegin(Micros now) {
  ports::Unit unit;
  unit.program = kProgram;
  unit.now = FromMicros(now);
  unit.decide = [](StoreReader&, const UnitContext& context) -> Decided {
    Decision decision;
    domain::Program program{kProgram,    "Demo",      kProgramZone,
                            context.now, context.now, context.revision};
    SetLimits({}, program);
    decision.changes.records.Put(std::move(program));
    for (const char* id : kAssets) {
      domain::Asset asset;
      asset.id = asset.display_name = id;
      asset.spendable = asset.id != "rep";
      asset.overdraft = asset.id == "owe";
      asset.lot_lifetime_months = asset.id == "acc" ? 1 : 0;
      asset.create_time = context.now;
      asset.revision = context.revision;
      decision.changes.records.Put(asset);
      decision.changes.ledger.budgets.push_back({id, {}, "campaign"});
      decision.changes.ledger.accounts.push_back({.ref = {id, {}, "campaign"}});
    }
    PutFirstTerms(context, decision.changes.records);
    PutFirstRules(context, decision.changes.records);
    return decision;
  };
  return unit;
}

}  // namespace perigee::simulation
