#include "server/domain/ask/ask.h"

#include <array>

#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto Ask::Fields() {
  return std::tuple(
      Key(1, "id", &Ask::id), Owner(2, "member_key", &Ask::member), Plain(3, "team", &Ask::team),
      Plain(4, "kind", &Ask::kind), Personal(5, "text", &Ask::text),
      Plain(6, "expire_time", &Ask::expire_time), Plain(7, "reserve_time", &Ask::reserve_time),
      Plain(8, "send_time", &Ask::send_time), Plain(9, "answer_time", &Ask::answer_time),
      Plain(10, "accepted", &Ask::accepted), Personal(11, "reason", &Ask::reason),
      Plain(12, "done_time", &Ask::done_time), Plain(13, "thank_time", &Ask::thank_time),
      Plain(14, "cancel_time", &Ask::cancel_time), Plain(15, "create_time", &Ask::create_time));
}
template <>
const RecordType& TypeOf<Ask>() {
  static const RecordTypeFor<Ask> kType;
  return kType;
}
namespace {

using State = AskState;
using Move = AskMove;

constexpr auto kMoves = std::to_array<Step<State, Move>>({
    {State::kProposed, Move::kReserve, State::kReserved},
    {State::kProposed, Move::kCancel, State::kCancelled},
    {State::kReserved, Move::kSend, State::kSent},
    {State::kReserved, Move::kCancel, State::kCancelled},
    {State::kSent, Move::kAccept, State::kAccepted},
    {State::kSent, Move::kDecline, State::kDeclined},
    {State::kAccepted, Move::kComplete, State::kDone},
    {State::kDone, Move::kThank, State::kThanked},
});

}  // namespace

std::string_view NameOf(AskState state) {
  constexpr std::array<std::string_view, 9> kNames = {"proposed", "reserved", "sent",
                                                      "accepted", "declined", "expired",
                                                      "done",     "thanked",  "cancelled"};
  return kNames.at(static_cast<std::size_t>(state) - 1);
}

std::string_view NameOf(AskMove move) {
  constexpr std::array<std::string_view, 7> kNames = {"reserve",  "send",  "accept", "decline",
                                                      "complete", "thank", "cancel"};
  return kNames.at(static_cast<std::size_t>(move) - 1);
}

std::span<const Step<AskState, AskMove>> AskMoves() { return kMoves; }

AskState StateOf(const Ask& ask, Time now) {
  if (ask.cancel_time.has_value()) {
    return State::kCancelled;
  }
  if (ask.thank_time.has_value()) {
    return State::kThanked;
  }
  if (ask.done_time.has_value()) {
    return State::kDone;
  }
  if (ask.answer_time.has_value()) {
    return ask.accepted ? State::kAccepted : State::kDeclined;
  }
  if (ask.expire_time <= now) {
    return State::kExpired;
  }
  if (ask.send_time.has_value()) {
    return State::kSent;
  }
  return ask.reserve_time.has_value() ? State::kReserved : State::kProposed;
}

bool IsKnownToMember(const Ask& ask) { return ask.send_time.has_value(); }

absl::Status CheckAsk(std::string_view team, std::string_view kind, std::string_view text) {
  PERIGEE_RETURN_IF_ERROR(CheckId("team", team));
  PERIGEE_RETURN_IF_ERROR(CheckId("kind", kind));
  return CheckText("text", text, 1, kAskTextBytesMax);
}

absl::Status CheckMove(const Ask& ask, AskMove move, Time now) {
  return After(AskMoves(), StateOf(ask, now), move, "ask " + ask.id).status();
}

absl::Status Make(AskMove move, std::string_view reason, Time now, Ask& ask) {
  PERIGEE_RETURN_IF_ERROR(CheckMove(ask, move, now));
  switch (move) {
    case Move::kReserve:
      ask.reserve_time = now;
      ask.expire_time = now + kAskReservedFor;
      break;
    case Move::kSend:
      ask.send_time = now;
      ask.expire_time = now + kAskAnsweredWithin;
      break;
    case Move::kAccept:
    case Move::kDecline:
      ask.answer_time = now;
      ask.accepted = move == Move::kAccept;
      ask.reason = reason;
      break;
    case Move::kComplete:
      ask.done_time = now;
      break;
    case Move::kThank:
      ask.thank_time = now;
      break;
    case Move::kCancel:
      ask.cancel_time = now;
      break;
  }
  return absl::OkStatus();
}

}  // namespace perigee::domain
