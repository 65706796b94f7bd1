// Asks and thanks, and the budgets of both.

#include <algorithm>

#include "tests/simulation/calendar.h"
#include "tests/simulation/model_champions.h"

namespace perigee::simulation {
namespace {

constexpr Micros kProposedFor = 180 * kDay;
constexpr Micros kReservedFor = 14 * kDay;
constexpr Micros kAnsweredWithin = 30 * kDay;
constexpr Micros kNoveltyFor = 90 * kDay;

bool MayMove(AskState state, Deed deed) {
  switch (deed) {
    case Deed::kReserve:
      return state == AskState::kProposed;
    case Deed::kSend:
      return state == AskState::kReserved;
    case Deed::kAccept:
    case Deed::kDecline:
      return state == AskState::kSent;
    case Deed::kComplete:
      return state == AskState::kAccepted;
    case Deed::kThank:
      return state == AskState::kDone;
    default:
      return state == AskState::kProposed || state == AskState::kReserved;  // To cancel.
  }
}

// Whether the ask takes a place in a window of so many days.
bool TakesPlace(const ModelAsk& ask, int days, Micros now) {
  if (!ask.reserved || ask.state == AskState::kCancelled) {
    return false;
  }
  return now < (ask.sent ? *ask.sent + days * kDay : ask.expire);
}

void Reserve(ModelAsk& ask, Micros now) {
  ask.state = AskState::kReserved;
  ask.reserved = now;
  ask.expire = now + kReservedFor;
}
void Send(ModelAsk& ask, Micros now) {
  ask.state = AskState::kSent;
  ask.sent = now;
  ask.expire = now + kAnsweredWithin;
}

}  // namespace

AskState StateAt(const ModelAsk& ask, Micros now) {
  const bool waits = ask.state == AskState::kProposed || ask.state == AskState::kReserved ||
                     ask.state == AskState::kSent;
  return waits && ask.expire <= now ? AskState::kExpired : ask.state;
}

int ModelChampions::AskPlaces(int member, Micros now) const {
  return static_cast<int>(std::ranges::count_if(asks_, [&](const auto& one) {
    return one.second.member == member && TakesPlace(one.second, limits_.ask_days, now);
  }));
}

int ModelChampions::AskLimit(int member) const {
  const auto terms = ask_terms_.find(member);
  const bool has_own = terms != ask_terms_.end() && terms->second.limit.has_value();
  return has_own ? std::min(limits_.asks, *terms->second.limit) : limits_.asks;
}

ModelChampions::Refusal ModelChampions::CheckWilling(const Turn& turn, int member,
                                                     bool sends) const {
  const Micros now = turn.unit.now;
  if (const auto found = ask_terms_.find(member); found != ask_terms_.end()) {
    const AskTerms& terms = found->second;
    if (terms.do_not_ask || (terms.pauses && (!terms.pause_end || now < *terms.pause_end))) {
      return Reason::kAskRefused;
    }
  }
  if (turn.IsSuspended(member)) {
    return Reason::kAskRefused;
  }
  // What was sent comes before what is reserved.
  int taken = 0;
  for (const auto& [id, ask] : asks_) {
    const bool counts = !sends || ask.sent;
    taken += counts && ask.member == member && TakesPlace(ask, limits_.ask_days, now) ? 1 : 0;
  }
  return taken < AskLimit(member) ? Refusal() : Reason::kAskBudgetSpent;
}

ModelChampions::Refusal ModelChampions::ProposeAsk(Turn& turn) {
  const int member = turn.operation.member;
  if (!turn.IsThere(member)) {
    return Reason::kNotFound;
  }
  ModelAsk ask;
  ask.member = member;
  ask.expire = turn.unit.now + kProposedFor;
  if (turn.order.level > 0) {
    if (const Refusal refusal = CheckWilling(turn, member, false)) {
      return refusal;
    }
    Reserve(ask, turn.unit.now);
  }
  if (turn.order.level > 1) {
    Send(ask, turn.unit.now);
  }
  turn.outcome.names = {member};
  asks_[turn.unit.revision] = ask;
  return std::nullopt;
}

ModelChampions::Refusal ModelChampions::MoveAsk(Turn& turn) {
  const auto found = asks_.find(turn.order.target);
  const int member = turn.operation.member;
  const Deed deed = turn.order.deed;
  const bool is_answer = deed == Deed::kAccept || deed == Deed::kDecline;
  // A member knows of what was sent.
  if (!turn.IsThere(member) || found == asks_.end() || found->second.member != member ||
      (is_answer && !found->second.sent)) {
    return Reason::kNotFound;
  }
  ModelAsk& ask = found->second;
  if (!MayMove(StateAt(ask, turn.unit.now), deed)) {
    return Reason::kIllegalMove;
  }
  if (deed == Deed::kReserve || deed == Deed::kSend) {
    if (const Refusal refusal = CheckWilling(turn, member, deed == Deed::kSend)) {
      return refusal;
    }
  }
  switch (deed) {
    case Deed::kReserve:
      Reserve(ask, turn.unit.now);
      break;
    case Deed::kSend:
      Send(ask, turn.unit.now);
      break;
    case Deed::kAccept:
      ask.state = AskState::kAccepted;
      break;
    case Deed::kDecline:
      ask.state = AskState::kDeclined;
      break;
    case Deed::kComplete:
      ask.state = AskState::kDone;
      break;
    case Deed::kThank:
      ask.state = AskState::kThanked;
      break;
    default:
      ask.state = AskState::kCancelled;
      break;
  }
  turn.outcome.names = {member};
  return std::nullopt;
}

ModelChampions::Refusal ModelChampions::SetAskTerms(Turn& turn) {
  const int member = turn.operation.member;
  if (!turn.IsThere(member)) {
    return Reason::kNotFound;
  }
  turn.outcome.names = {member};
  AskTerms& terms = ask_terms_[member];
  if (!turn.order.pauses) {
    turn.outcome.changed =
        terms.limit != turn.order.limit || terms.do_not_ask != turn.order.do_not_ask;
    terms.limit = turn.order.limit;
    terms.do_not_ask = turn.order.do_not_ask;
    return std::nullopt;
  }
  if (turn.order.time == 0) {  // A pause ends.
    turn.outcome.changed = terms.pauses;
    terms.pauses = false;
    return std::nullopt;
  }
  if (turn.order.time <= turn.unit.now) {
    return Reason::kInvalidField;
  }
  terms.pauses = true;
  terms.pause_end = turn.order.time;
  return std::nullopt;
}

int ModelChampions::ThanksUsed(int member, Micros now) const {
  BoardSpec period;
  period.rhythm = limits_.thanks_by_month ? Rhythm::kMonth : Rhythm::kWeek;
  period.zone = kProgramZone;
  const Span span = SpanAt(period, now);
  return static_cast<int>(std::ranges::count_if(thanks_, [&](const auto& one) {
    return one.second.giver == member && !one.second.withdrawn && span.start <= one.second.time;
  }));
}

ModelChampions::Refusal ModelChampions::Thank(Turn& turn) {
  const int giver = turn.operation.member;
  const int receiver = turn.order.other;
  if ((giver != kNobody && !turn.IsThere(giver))) {
    return Reason::kNotFound;
  }
  if (giver != kNobody && turn.IsSuspended(giver)) {
    return Reason::kMemberSuspended;
  }
  if (!turn.HasJudge()) {
    return Reason::kNotFound;
  }
  if (giver != kNobody && giver == receiver) {
    return Reason::kInvalidField;
  }
  if (receiver != kNobody) {
    const Person& person = turn.people[static_cast<std::size_t>(receiver)];
    if (giver == kNobody && person.suspended) {
      return Reason::kMemberSuspended;
    }
    if (giver != kNobody && (person.suspended || person.opt_out)) {
      return Reason::kNotFound;
    }
  }
  const Micros now = turn.unit.now;
  if (giver != kNobody && ThanksUsed(giver, now) >= limits_.thanks) {
    return Reason::kThanksBudgetSpent;
  }
  ModelThanks thanks;
  thanks.giver = giver;
  thanks.receiver = receiver;
  thanks.time = now;
  thanks.earlier = static_cast<int>(std::ranges::count_if(thanks_, [&](const auto& one) {
    return one.second.giver == giver && one.second.receiver == receiver && !one.second.withdrawn &&
           now - kNoveltyFor <= one.second.time;
  }));
  thanks_[turn.unit.revision] = thanks;
  turn.outcome.names = {giver, receiver};
  Event event;
  event.type = "thanks";
  event.actor = giver;
  event.recipient = receiver;
  event.occur = now;
  turn.outcome.activity = event;
  return std::nullopt;
}

ModelChampions::Refusal ModelChampions::WithdrawThanks(Turn& turn) {
  const auto found = thanks_.find(turn.order.target);
  const int member = turn.operation.member;
  if (!turn.IsThere(member) || found == thanks_.end() || found->second.giver != member) {
    return Reason::kNotFound;
  }
  if (found->second.withdrawn) {
    return Reason::kIllegalMove;
  }
  found->second.withdrawn = true;
  turn.outcome.names = {member, found->second.receiver};
  std::vector<Move> grants;
  std::ranges::copy_if(turn.books.moves(), std::back_inserter(grants), [&](const Move& move) {
    return move.name.first == turn.order.target && move.kind == MoveKind::kPosted &&
           move.amount > 0;
  });
  for (const Move& grant : grants) {
    const int sides[] = {MemberOf(grant.debit), MemberOf(grant.credit)};
    if (std::ranges::all_of(sides,
                            [&](int side) { return side == kNobody || turn.IsThere(side); })) {
      turn.books.TakeBack(turn.unit, grant.name);
    }
  }
  return std::nullopt;
}

}  // namespace perigee::simulation
