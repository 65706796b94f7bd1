#include "server/domain/champion/nomination.h"

#include <array>

#include "server/core/status_macros.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto Nomination::Fields() {
  return std::tuple(Key(1, "id", &Nomination::id), Owner(2, "member_key", &Nomination::member),
                    Plain(3, "title", &Nomination::title), Plain(4, "state", &Nomination::state),
                    Plain(5, "expire_time", &Nomination::expire_time),
                    Personal(6, "reason", &Nomination::reason),
                    Plain(7, "create_time", &Nomination::create_time),
                    Plain(8, "decide_time", &Nomination::decide_time));
}
template <>
const RecordType& TypeOf<Nomination>() {
  static const RecordTypeFor<Nomination> kType;
  return kType;
}

auto NominationVoice::Fields() {
  return std::tuple(
      Key(1, "id", &NominationVoice::id), Plain(2, "nomination", &NominationVoice::nomination),
      Owner(3, "member_key", &NominationVoice::member),
      Owner(4, "nominator", &NominationVoice::nominator), Plain(5, "kind", &NominationVoice::kind),
      Personal(6, "questions", &NominationVoice::questions),
      Personal(7, "answers", &NominationVoice::answers),
      Plain(8, "create_time", &NominationVoice::create_time),
      Personal(9, "candidate_reason", &NominationVoice::candidate_reason));
}
template <>
const RecordType& TypeOf<NominationVoice>() {
  static const RecordTypeFor<NominationVoice> kType;
  return kType;
}

auto NominationReview::Fields() {
  return std::tuple(Key(1, "id", &NominationReview::id),
                    Plain(2, "nomination", &NominationReview::nomination),
                    Owner(3, "member_key", &NominationReview::member),
                    Owner(4, "reviewer", &NominationReview::reviewer),
                    Plain(5, "verdict", &NominationReview::verdict),
                    Personal(6, "reason", &NominationReview::reason),
                    Plain(7, "create_time", &NominationReview::create_time));
}
template <>
const RecordType& TypeOf<NominationReview>() {
  static const RecordTypeFor<NominationReview> kType;
  return kType;
}
namespace {

using State = NominationState;
using Move = NominationMove;

constexpr auto kMoves = std::to_array<Step<State, Move>>({
    {State::kDraft, Move::kSubmit, State::kSubmitted},
    {State::kDraft, Move::kWithdraw, State::kWithdrawn},
    {State::kSubmitted, Move::kJoin, State::kSubmitted},
    {State::kSubmitted, Move::kStartReview, State::kInReview},
    {State::kSubmitted, Move::kWithdraw, State::kWithdrawn},
    {State::kInReview, Move::kJoin, State::kInReview},
    {State::kInReview, Move::kReview, State::kInReview},
    {State::kInReview, Move::kAccept, State::kAccepted},
    {State::kInReview, Move::kDecline, State::kDeclined},
    {State::kInReview, Move::kWithdraw, State::kWithdrawn},
});

bool IsUndecided(State state) {
  return state == State::kDraft || state == State::kSubmitted || state == State::kInReview;
}

}  // namespace

std::string_view NameOf(NominationState state) {
  constexpr std::array<std::string_view, 7> kNames = {
      "draft", "submitted", "in_review", "accepted", "declined", "withdrawn", "expired"};
  return kNames.at(static_cast<std::size_t>(state) - 1);
}

std::string_view NameOf(NominationMove move) {
  constexpr std::array<std::string_view, 7> kNames = {"submit", "join",    "start_review", "review",
                                                      "accept", "decline", "withdraw"};
  return kNames.at(static_cast<std::size_t>(move) - 1);
}

std::span<const Step<NominationState, NominationMove>> NominationMoves() { return kMoves; }

NominationState StateOf(const Nomination& nomination, Time now) {
  return IsUndecided(nomination.state) && nomination.expire_time <= now ? State::kExpired
                                                                        : nomination.state;
}

bool IsOpen(const Nomination& nomination, Time now) {
  const State state = StateOf(nomination, now);
  return state == State::kSubmitted || state == State::kInReview;
}

absl::Status Make(NominationMove move, Time now, Nomination& nomination) {
  PERIGEE_ASSIGN_OR_RETURN(nomination.state, After(NominationMoves(), StateOf(nomination, now),
                                                   move, "nomination " + nomination.id));
  if (move == Move::kSubmit) {
    nomination.expire_time = now + kNominationOpenFor;
  }
  if (!IsUndecided(nomination.state)) {
    nomination.decide_time = now;
  }
  return absl::OkStatus();
}

}  // namespace perigee::domain
