// Makes operations of clients from the numbers of a step.

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/check.h"
#include "tests/simulation/decisions.h"
#include "tests/simulation/world.h"

namespace perigee::simulation {
namespace {

// One of the newest `most` items.
template <class T>
const T& Newest(const std::vector<T>& all, std::uint16_t n, std::size_t most) {
  return all[all.size() - 1 - n % std::min(most, all.size())];
}

}  // namespace

void World::Ask(const Step& step) {
  std::optional<Operation> operation = Compose(step);
  if (!operation) {
    Note(absl::StrCat(NameOf(step.action), ": there is nothing to do that with"));
    return;
  }
  const bool again = step.action == Action::kRetry || step.action == Action::kRecordAgain;
  operation->now = Now();
  if (!again && operation->action == Action::kRecord) {
    events_.push_back(*operation);
  } else if (!again) {
    operation->request = ++last_request_;
    asked_.push_back(*operation);
  }
  const bool at_once = step.n[5] % 2 == 0;
  Note(absl::StrCat("ask server ", step.n[0] % kServers,
                    at_once ? ": " : " (waits): ", Content(*operation)));
  ++TallyOf(*operation).steps;
  At(step.n[0]).waiting.push_back({*operation, UnitFor(*operation)});
  if (at_once) {
    deaf_ = false;
    Commit(step.n[0] % kServers);
  }
}

ports::Unit World::UnitFor(const Operation& operation) {
  ports::Unit unit = UnitOf(operation);
  const absl::Status read = Observe([&](ports::StoreReader& view) -> absl::Status {
    Break(sabotage_, operation, view, unit);
    return absl::OkStatus();
  });
  PERIGEE_CHECK(read.ok(), "the observer can read");
  return unit;
}

std::optional<Operation> World::Compose(const Step& step) {
  switch (step.action) {
    case Action::kAddMember:
    case Action::kSuspend:
    case Action::kReinstate:
    case Action::kChangeMember:
    case Action::kEraseMember:
      return ComposeMember(step);
    case Action::kPutRule:
      return ComposeRule(step);
    case Action::kRecord:
      return ComposeRecord(step);
    case Action::kPost:
      return ComposePost(step);
    case Action::kCapture:
    case Action::kVoid:
    case Action::kReverse:
      return ComposeOnTransfer(step);
    case Action::kRetry:
    case Action::kRecordAgain:
      return ComposeAgain(step);
    case Action::kCloseProgram:
    case Action::kReopenProgram: {
      Operation operation;
      operation.action = step.action;
      return operation;
    }
    case Action::kSetTerms:
    case Action::kNominate:
    case Action::kAppoint:
    case Action::kProposeAsk:
    case Action::kSetAskTerms:
    case Action::kThank:
    case Action::kRedeem:
    case Action::kContribute:
      return ComposeNewThing(step);
    case Action::kJudgeNomination:
    case Action::kMoveAppointment:
    case Action::kMoveAsk:
    case Action::kWithdrawThanks:
    case Action::kMoveRedemption:
    case Action::kMoveContribution:
      return ComposeMove(step);
    case Action::kSetBadge:
    case Action::kGrantBadge:
    case Action::kRevokeBadge:
    case Action::kSetScheme:
    case Action::kLockTier:
    case Action::kUnlockTier:
      return ComposeRecognition(step);
    default:
      return ComposeBoard(step);
  }
}

Operation World::ComposeMember(const Step& step) const {
  Operation operation;
  operation.action = step.action;
  operation.member = PersonFor(step.n[1]);
  // An erased member never comes back, so it is often one of those whom little happens to.
  if (step.action == Action::kEraseMember && step.n[2] % 2 != 0) {
    operation.member = kMembers - 1 - step.n[1] % 2;
  }
  operation.spec = {step.n[2] % 5 == 4, step.n[3] % 2 == 0, 1 + step.n[4] % 2};
  return operation;
}

Operation World::ComposeRule(const Step& step) const {
  Operation operation;
  operation.action = step.action;
  RuleVersion& rule = operation.rule;
  rule.id = absl::StrCat("r", step.n[1] % 3);
  constexpr const char* kTypes[] = {"t0", "t1", "t0", "t1", "thanks", "talk"};
  rule.type = kTypes[step.n[2] % 6];
  for (int i = 0; i <= step.n[3] % 2; ++i) {
    RuleGrant grant;
    grant.asset = kAssets[(step.n[3] / 2 + i) % 6 % 4];
    grant.to_recipient = (step.n[4] + i) % 3 == 0;
    const bool takes = step.n[2] % 8 >= 6;
    grant.amount = takes ? -(1 + step.n[4] % 9) : 1 + step.n[4] % 12;
    grant.per_quantity = step.n[1] % 5 == 0;
    grant.capped = step.n[3] % 3 == 0;
    if (takes && step.n[4] % 2 == 0) {
      grant.floor = 0;
    }
    rule.grants.push_back(grant);
  }
  rule.counts_self = step.n[2] % 3 == 0;
  rule.disabled = step.n[1] % 11 == 10;
  if (step.n[0] % 5 == 4) {
    rule.effective = Now() + (step.n[4] % 48 - 24) * kHour;
  }
  return operation;
}

Operation World::ComposeRecord(const Step& step) {
  Operation operation;
  operation.action = step.action;
  Event& event = operation.event;
  event.id = absl::StrCat("e", events_.size() + 1);
  event.type = absl::StrCat("t", step.n[3] / 2 % 2);
  event.actor = PersonFor(step.n[1]);
  event.recipient = step.n[2] % 4 == 3 ? kNobody : PersonFor(step.n[2]);
  if (event.recipient != kNobody && step.n[2] % 9 == 8) {
    event.actor = kNobody;
  }
  event.quantity = 1 + step.n[3] % 3;
  event.device = step.n[3] % 2 == 0;
  switch (step.n[4] % 8) {
    case 4:
      event.occur = Now() - step.n[3] * 5 * kMinute;
      break;
    case 5:
      event.occur = Now() + kMinute;
      break;
    case 6:
      event.occur = Now() + 10 * kMinute;
      break;
    case 7:
      event.occur = Now() - 8 * kDay;
      break;
    default:
      break;
  }
  return operation;
}

Leg World::ComposeLeg(const Step& step, int turn) const {
  constexpr const char* kFromOwn[] = {"issued", "issued", "issued", "campaign", "spent"};
  constexpr const char* kToOwn[] = {"spent", "campaign", "issued", "forfeited", "expired"};
  const int a = step.n[2] + turn * 7;
  const int b = step.n[3] + turn * 5;
  const int c = step.n[4] + turn * 11;
  const std::string asset = kAssets[a % 4];
  Leg leg;
  leg.debit = b % 12 < 7 ? AccountName(asset, PersonFor(b / 12))
                         : absl::StrCat(asset, "/", kFromOwn[b % 12 - 7]);
  leg.credit = c % 10 < 7 ? AccountName(c % 97 == 0 ? "pts" : asset, PersonFor(c / 10))
                          : absl::StrCat(asset, "/", kToOwn[c / 10 % 5]);
  leg.amount = 1 + a / 4 % 20;
  if (c % 3 == 0) {
    leg.expire = Now() + (c % 50 == 0 ? -1 : 1 + a % 40) * kHour;
  }
  if (b % 4 == 0) {
    leg.effective = Now() + (b % 28 == 0 ? kHour : -a * 3 * kMinute);
  }
  return leg;
}

Operation World::ComposePost(const Step& step) const {
  Operation operation;
  operation.action = step.action;
  const int legs = step.n[1] % 8 == 0 ? 3 : step.n[1] % 8 < 3 ? 2 : 1;
  for (int i = 0; i < legs; ++i) {
    operation.legs.push_back(ComposeLeg(step, i));
  }
  return operation;
}

std::optional<Operation> World::ComposeOnTransfer(const Step& step) const {
  std::vector<TransferName> targets;
  for (const Move& move : model_.books().moves()) {
    if (step.action == Action::kReverse || move.kind == MoveKind::kPending) {
      targets.push_back(move.name);
    }
  }
  if (targets.empty()) {
    return std::nullopt;
  }
  Operation operation;
  operation.action = step.action;
  operation.target = Newest(targets, step.n[1], 20);
  operation.amount = step.n[2] % 2 == 0 ? 0 : 1 + step.n[3] % 12;
  return operation;
}

Operation World::ComposeBoard(const Step& step) const {
  Operation operation;
  operation.action = step.action;
  BoardSpec& board = operation.board;
  board.id = absl::StrCat("b", step.n[1] % 5 % 3);
  if (step.action == Action::kClosePeriod || step.action == Action::kAmendPeriod) {
    const ModelBoard* const there = model_.FindBoard(board.id);
    const Micros about = Now() - step.n[2] % 10 * (step.n[3] % 9) * kDay;
    board.rhythm = Rhythm::kDaily;
    board.zone = kZones[0];
    operation.period = SpanAt(there == nullptr ? board : there->spec, about).id;
    return operation;
  }
  board.asset = kAssets[step.n[2] % 6 % 4];
  board.rhythm = static_cast<Rhythm>(step.n[3] % 6);
  board.rolling_days = board.rhythm == Rhythm::kRolling ? 1 + step.n[2] % 7 : 0;
  board.zone = kZones[step.n[4] % 4];
  board.scheme = step.n[4] / 4 % 3;
  board.facet = step.n[3] / 6 % 4 == 3;
  board.kind = step.n[3] / 24 % 3;
  board.grace_hours = 1 + step.n[2] / 4 % 48;
  return operation;
}

std::optional<Operation> World::ComposeAgain(const Step& step) {
  const std::vector<Operation>& before = step.action == Action::kRetry ? asked_ : events_;
  if (before.empty()) {
    return std::nullopt;
  }
  Operation operation = Newest(before, step.n[1], 15);
  if (step.action == Action::kRetry && step.n[3] % 4 == 0) {
    // One of a member who is gone, if there is any.
    const auto gone = std::ranges::find_if(
        before, [&](const Operation& asked) { return model_.IsErased(asked.member); });
    operation = gone == before.end() ? operation : *gone;
  }
  if (step.n[2] % 5 == 4) {  // Other content under the same id.
    operation.amount += 1;
    operation.event.quantity += 1;
  }
  return operation;
}

}  // namespace perigee::simulation
