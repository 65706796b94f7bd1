#include "tests/simulation/decisions.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/sha256.h"
#include "server/core/status_macros.h"
#include "server/domain/activity/activity.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/program/program_reader.h"
#include "server/services/lookup.h"
#include "server/use_cases/activity/record_activity.h"
#include "server/use_cases/board/close_period.h"
#include "server/use_cases/ledger/transfers.h"
#include "tests/simulation/model.h"

namespace perigee::simulation {
namespace {

using domain::Member;
using ports::Decision;
using ports::StoreReader;
using ports::UnitContext;
using Decided = absl::StatusOr<Decision>;

std::string IdOf(int member) { return absl::StrCat("m", member); }

template <class T>
Decided Done(const UnitContext& unit, absl::StatusOr<use_cases::Decided<T>> decided) {
  PERIGEE_RETURN_IF_ERROR(decided.status());
  return Decision{std::move(decided->changes), absl::StrCat("done ", unit.revision)};
}

Decision Done(const UnitContext& unit) { return {{}, absl::StrCat("done ", unit.revision)}; }

void Specify(const MemberSpec& spec, Member& member) {
  member.board_opt_out = spec.opt_out;
  member.facets = spec.facet ? std::vector<std::string>{"cyclist"} : std::vector<std::string>();
  member.kinds = {static_cast<domain::StakeholderKind>(spec.kind)};
}

Decided ChangeMember(const Operation& op, StoreReader& reader, const UnitContext& unit) {
  Decision decision = Done(unit);
  Member member;
  if (op.action == Action::kAddMember) {
    PERIGEE_ASSIGN_OR_RETURN(const auto taken, reader.members().Find(kProgram, IdOf(op.member)));
    if (taken) {
      return AlreadyExists(IdOf(op.member));
    }
    member.key = KeyOf(op.member);
    member.id = member.display_name = IdOf(op.member);
    member.join_time = member.create_time = unit.now;
  } else {
    PERIGEE_ASSIGN_OR_RETURN(member, services::RequireMember(reader, kProgram, IdOf(op.member)));
  }
  if (op.action == Action::kSuspend) {
    PERIGEE_RETURN_IF_ERROR(domain::Suspend(member, unit.now));
  } else if (op.action == Action::kReinstate) {
    PERIGEE_RETURN_IF_ERROR(domain::Reinstate(member, unit.now));
  } else {
    Specify(op.spec, member);
  }
  member.update_time = unit.now;
  member.revision = unit.revision;
  PERIGEE_RETURN_IF_ERROR(domain::NormalizeMember(member));
  decision.changes.records.Put(std::move(member));
  return decision;
}

Decided PutRule(const RuleVersion& version, StoreReader& reader, const UnitContext& unit) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Rule> rules,
                           reader.programs().Rules(kProgram));
  domain::Rule rule;
  rule.id = version.id;
  rule.version = 1 + static_cast<int>(std::ranges::count(rules, version.id, &domain::Rule::id));
  rule.activity_type = version.type;
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
    rule.grants.push_back(std::move(made));
  }
  rule.counts_self = version.counts_self;
  rule.effective_time = version.effective ? FromMicros(*version.effective) : kBeginningOfTime;
  rule.disabled = version.disabled;
  rule.create_time = unit.now;
  rule.revision = unit.revision;
  PERIGEE_RETURN_IF_ERROR(domain::ValidateRule(rule, {}));
  Decision decision = Done(unit);
  decision.changes.records.Put(std::move(rule));
  return decision;
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

domain::Board NewBoard(const BoardSpec& spec, const UnitContext& unit) {
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
  board.create_time = unit.now;
  board.created = unit.revision;
  return board;
}

Decided ChangeBoard(const Operation& op, StoreReader& reader, const UnitContext& unit) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Board> boards, reader.boards().List(kProgram));
  const auto found = std::ranges::find(boards, op.board.id, &domain::Board::id);
  Decision decision = Done(unit);
  if (op.action == Action::kPutBoard ? found != boards.end() : found == boards.end()) {
    return op.action == Action::kPutBoard ? AlreadyExists(op.board.id) : NotFound(op.board.id);
  }
  if (op.action == Action::kDeleteBoard) {
    decision.changes.deleted_boards.push_back(op.board.id);
    return decision;
  }
  domain::Board board = op.action == Action::kPutBoard ? NewBoard(op.board, unit) : *found;
  Define(op.board, board);
  board.epoch = board.revision = unit.revision;
  PERIGEE_RETURN_IF_ERROR(domain::ValidateBoard(board));
  decision.changes.boards.push_back(std::move(board));
  return decision;
}

Decided Decide(const Operation& op, StoreReader& reader, const UnitContext& unit) {
  const use_cases::TransferPath target{kProgram, {op.target.first, op.target.second}};
  switch (op.action) {
    case Action::kAddMember:
    case Action::kSuspend:
    case Action::kReinstate:
    case Action::kChangeMember:
      return ChangeMember(op, reader, unit);
    case Action::kPutRule:
      return PutRule(op.rule, reader, unit);
    case Action::kRecord:
      return Record(op.event, reader, unit);
    case Action::kPost:
      return Done(unit, Post(op.legs, reader, unit));
    case Action::kCapture:
      return Done(unit, use_cases::CaptureTransfer(reader, unit, target, op.amount));
    case Action::kVoid:
      return Done(unit, use_cases::VoidTransfer(reader, unit, target));
    case Action::kReverse:
      return Done(unit, use_cases::ReverseTransfer(reader, unit, target, op.amount));
    case Action::kPutBoard:
    case Action::kRedefineBoard:
    case Action::kDeleteBoard:
      return ChangeBoard(op, reader, unit);
    default:
      return use_cases::MakeFinalAtOnce(OrderOf(op), reader, unit);
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

ports::Unit UnitToBegin(Micros now) {
  ports::Unit unit;
  unit.program = kProgram;
  unit.now = FromMicros(now);
  unit.decide = [](StoreReader&, const UnitContext& context) -> Decided {
    Decision decision;
    decision.changes.records.Put(domain::Program{kProgram, "Demo", kProgramZone, context.now,
                                                 context.now, context.revision});
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
    return decision;
  };
  return unit;
}

}  // namespace perigee::simulation
