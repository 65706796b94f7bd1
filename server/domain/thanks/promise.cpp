#include "server/domain/thanks/promise.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto Promise::Fields() {
  return std::tuple(
      Key(1, "id", &Promise::id), Owner(2, "member_key", &Promise::member),
      Plain(3, "kind", &Promise::kind), Personal(4, "text", &Promise::text),
      Plain(5, "due_time", &Promise::due_time), Plain(6, "made_by", &Promise::made_by),
      Plain(7, "create_time", &Promise::create_time), Plain(8, "state", &Promise::state),
      Plain(9, "end_time", &Promise::end_time), Plain(10, "thanks", &Promise::thanks));
}
template <>
const RecordType& TypeOf<Promise>() {
  static const RecordTypeFor<Promise> kType;
  return kType;
}
namespace {

using State = PromiseState;
using Move = PromiseMove;

constexpr auto kMoves = std::to_array<Step<State, Move>>({
    {State::kOpen, Move::kKeep, State::kKept},
    {State::kOpen, Move::kCancel, State::kCancelled},
    {State::kOverdue, Move::kKeep, State::kKept},
    {State::kOverdue, Move::kCancel, State::kCancelled},
});

}  // namespace

std::string_view NameOf(PromiseState state) {
  constexpr std::array<std::string_view, 4> kNames = {"open", "overdue", "kept", "cancelled"};
  return kNames.at(static_cast<std::size_t>(state) - 1);
}

std::string_view NameOf(PromiseMove move) { return move == Move::kKeep ? "keep" : "cancel"; }

absl::Status CheckPromise(const Promise& promise, Time now) {
  PERIGEE_RETURN_IF_ERROR(CheckText("text", promise.text, 1, kPromiseTextBytesMax));
  return promise.due_time > now ? absl::OkStatus()
                                : InvalidField("due_time", "must be in the future");
}

std::span<const Step<PromiseState, PromiseMove>> PromiseMoves() { return kMoves; }

PromiseState StateOf(const Promise& promise, Time now) {
  return promise.state == State::kOpen && promise.due_time <= now ? State::kOverdue : promise.state;
}

absl::Status Make(PromiseMove move, Time now, Promise& promise) {
  PERIGEE_ASSIGN_OR_RETURN(promise.state, After(PromiseMoves(), StateOf(promise, now), move,
                                                absl::StrCat("promise ", promise.id)));
  promise.end_time = now;
  return absl::OkStatus();
}

}  // namespace perigee::domain
