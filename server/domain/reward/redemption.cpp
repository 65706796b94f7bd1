#include "server/domain/reward/redemption.h"

#include <array>

#include "server/core/status_macros.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto Redemption::Fields() {
  return std::tuple(
      Key(1, "id", &Redemption::id), Owner(2, "member_key", &Redemption::member),
      Plain(3, "reward", &Redemption::reward), Plain(4, "asset", &Redemption::asset),
      Plain(5, "price", &Redemption::price), Plain(6, "state", &Redemption::state),
      Plain(7, "needs_approval", &Redemption::needs_approval),
      Plain(8, "four_eyes", &Redemption::four_eyes), Plain(9, "hold", &Redemption::hold),
      Plain(10, "capture", &Redemption::capture), Plain(11, "voiding", &Redemption::voiding),
      Plain(12, "reversal", &Redemption::reversal), Plain(13, "approver", &Redemption::approver),
      Personal(14, "reason", &Redemption::reason),
      Plain(15, "create_time", &Redemption::create_time),
      Plain(16, "expire_time", &Redemption::expire_time),
      Plain(17, "approve_time", &Redemption::approve_time),
      Plain(18, "end_time", &Redemption::end_time),
      Plain(19, "return_time", &Redemption::return_time),
      Due(20, "due_time", &Redemption::due_time));
}
template <>
const RecordType& TypeOf<Redemption>() {
  static const RecordTypeFor<Redemption> kType;
  return kType;
}
namespace {

using State = RedemptionState;
using Move = RedemptionMove;

constexpr auto kMoves = std::to_array<Step<State, Move>>({
    {State::kRequested, Move::kHold, State::kHeld},
    {State::kHeld, Move::kApprove, State::kApproved},
    {State::kHeld, Move::kReject, State::kRejected},
    {State::kHeld, Move::kCancel, State::kCancelled},
    {State::kApproved, Move::kFulfil, State::kFulfilled},
    {State::kApproved, Move::kReject, State::kRejected},
    {State::kFulfilled, Move::kReturn, State::kReturned},
});

}  // namespace

std::string_view NameOf(RedemptionState state) {
  constexpr std::array<std::string_view, 8> kNames = {
      "requested", "held", "approved", "fulfilled", "rejected", "cancelled", "returned", "expired"};
  return kNames.at(static_cast<std::size_t>(state) - 1);
}

std::string_view NameOf(RedemptionMove move) {
  constexpr std::array<std::string_view, 6> kNames = {"hold",   "approve", "fulfil",
                                                      "reject", "cancel",  "return"};
  return kNames.at(static_cast<std::size_t>(move) - 1);
}

std::span<const Step<RedemptionState, RedemptionMove>> RedemptionMoves() { return kMoves; }

bool IsOpen(RedemptionState state) { return state == State::kHeld || state == State::kApproved; }

bool TakesStock(RedemptionState state) { return IsOpen(state) || state == State::kFulfilled; }

RedemptionState StateOf(const Redemption& redemption, Time now) {
  return IsOpen(redemption.state) && redemption.expire_time <= now ? State::kExpired
                                                                   : redemption.state;
}

absl::Status Make(RedemptionMove move, Time now, Redemption& redemption) {
  PERIGEE_ASSIGN_OR_RETURN(redemption.state, After(RedemptionMoves(), StateOf(redemption, now),
                                                   move, "redemption " + redemption.id));
  if (move == Move::kApprove) {
    redemption.approve_time = now;
  } else if (move == Move::kReturn) {
    redemption.return_time = now;
  } else if (move != Move::kHold) {
    redemption.end_time = now;
  }
  redemption.due_time.reset();
  if (IsOpen(redemption.state)) {
    redemption.due_time = redemption.expire_time;
  }
  return absl::OkStatus();
}

void Expire(Redemption& redemption) {
  redemption.state = State::kExpired;
  redemption.end_time = redemption.expire_time;
  redemption.due_time.reset();
}

void EndForErased(Time now, Redemption& redemption) {
  redemption.state = State::kCancelled;
  redemption.end_time = now;
  redemption.due_time.reset();
}

}  // namespace perigee::domain
