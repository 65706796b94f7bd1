#include "server/domain/idea/idea.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/record/describe.h"
#include "server/domain/thanks/promise.h"

namespace perigee::domain {

auto Idea::Fields() {
  return std::tuple(
      Key(1, "id", &Idea::id), Owner(2, "member_key", &Idea::member), Plain(3, "item", &Idea::item),
      Plain(4, "state", &Idea::state), Personal(5, "title", &Idea::title),
      Personal(6, "text", &Idea::text), Personal(7, "reason", &Idea::reason),
      Plain(8, "create_time", &Idea::create_time), Plain(9, "decide_time", &Idea::decide_time),
      Plain(10, "promise", &Idea::promise));
}
template <>
const RecordType& TypeOf<Idea>() {
  static const RecordTypeFor<Idea> kType;
  return kType;
}

auto IdeaVote::Fields() {
  return std::tuple(OwnerKey(1, "member_key", &IdeaVote::member), Key(2, "idea", &IdeaVote::idea),
                    Plain(3, "create_time", &IdeaVote::create_time));
}
template <>
const RecordType& TypeOf<IdeaVote>() {
  static const RecordTypeFor<IdeaVote> kType;
  return kType;
}
namespace {

using State = IdeaState;
using Move = IdeaMove;

constexpr auto kMoves = std::to_array<Step<State, Move>>({
    {State::kNew, Move::kConsider, State::kConsidered},
    {State::kNew, Move::kDecline, State::kDeclined},
    {State::kConsidered, Move::kPlan, State::kPlanned},
    {State::kConsidered, Move::kDecline, State::kDeclined},
    {State::kPlanned, Move::kShip, State::kShipped},
    {State::kPlanned, Move::kDecline, State::kDeclined},
});

constexpr std::string_view kOwed = "Your idea shipped: ";
static_assert(kOwed.size() + kIdeaTitleBytesMax <= kPromiseTextBytesMax);

std::string NameOfIdea(const Idea& idea) { return absl::StrCat("idea ", idea.id); }

}  // namespace

std::string_view NameOf(IdeaState state) {
  constexpr std::array<std::string_view, 5> kNames = {"new", "considered", "planned", "shipped",
                                                      "declined"};
  return kNames.at(static_cast<std::size_t>(state) - 1);
}

std::string_view NameOf(IdeaMove move) {
  constexpr std::array<std::string_view, 4> kNames = {"consider", "plan", "ship", "decline"};
  return kNames.at(static_cast<std::size_t>(move) - 1);
}

absl::Status CheckIdea(const Idea& idea) {
  PERIGEE_RETURN_IF_ERROR(CheckText("idea.title", idea.title, 1, kIdeaTitleBytesMax));
  return CheckLines("idea.text", idea.text, 0, kIdeaTextBytesMax);
}

std::span<const Step<IdeaState, IdeaMove>> IdeaMoves() { return kMoves; }

bool IsDecided(const Idea& idea) {
  return idea.state == State::kShipped || idea.state == State::kDeclined;
}

absl::Status Make(IdeaMove move, const std::string& reason, Time now, Idea& idea) {
  PERIGEE_RETURN_IF_ERROR(
      CheckText("reason", reason, move == Move::kDecline ? 1 : 0, kIdeaReasonBytesMax));
  PERIGEE_ASSIGN_OR_RETURN(idea.state, After(IdeaMoves(), idea.state, move, NameOfIdea(idea)));
  idea.reason = reason;
  if (IsDecided(idea)) {
    idea.decide_time = now;
  }
  return absl::OkStatus();
}

absl::Status CheckVote(const Idea& idea, bool is_author) {
  if (IsDecided(idea)) {
    const std::string state(NameOf(idea.state));
    return Error(Reason::kIdeaDecided,
                 absl::StrCat(NameOfIdea(idea), " is ", state, ", so its votes stay as they are"),
                 {{"idea", absl::StrCat(idea.id)}, {"state", state}});
  }
  if (is_author) {
    return Error(Reason::kOwnIdea, absl::StrCat(NameOfIdea(idea), " is the member's own"),
                 {{"idea", absl::StrCat(idea.id)}});
  }
  return absl::OkStatus();
}

std::string ThanksOwedFor(const Idea& idea) {
  return absl::StrCat(std::string(kOwed),
                      idea.item.empty() ? idea.title : absl::StrCat("number ", idea.id));
}

}  // namespace perigee::domain
