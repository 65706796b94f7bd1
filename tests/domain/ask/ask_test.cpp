#include "server/domain/ask/ask.h"

#include <chrono>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Ask;
using Move = domain::AskMove;
using State = domain::AskState;
using std::chrono::days;

constexpr Time kNow = FromMicros(1'700'000'000'000'000);

constexpr State kStates[] = {State::kProposed, State::kReserved, State::kSent,
                             State::kAccepted, State::kDeclined, State::kExpired,
                             State::kDone,     State::kThanked,  State::kCancelled};
constexpr Move kMoves[] = {Move::kReserve,  Move::kSend,  Move::kAccept, Move::kDecline,
                           Move::kComplete, Move::kThank, Move::kCancel};

Ask Proposed() {
  Ask ask;
  ask.id = "7";
  ask.team = "events";
  ask.kind = "talk";
  ask.text = "Speak in May";
  ask.create_time = kNow;
  ask.expire_time = kNow + days(180);
  return ask;
}

// An ask in that state at kNow, by the facts alone.
Ask In(State state) {
  Ask ask = Proposed();
  switch (state) {
    case State::kProposed:
      break;
    case State::kExpired:
      ask.expire_time = kNow;
      break;
    case State::kCancelled:
      ask.cancel_time = kNow;
      break;
    case State::kThanked:
      ask.thank_time = kNow;
      [[fallthrough]];
    case State::kDone:
      ask.done_time = kNow;
      [[fallthrough]];
    case State::kAccepted:
      ask.accepted = true;
      [[fallthrough]];
    case State::kDeclined:
      ask.answer_time = kNow;
      [[fallthrough]];
    case State::kSent:
      ask.send_time = kNow;
      [[fallthrough]];
    case State::kReserved:
      ask.reserve_time = kNow;
      break;
  }
  return ask;
}

// proposed → reserved(budget) → sent → accepted / declined / expired → done → thanked. A team may
// cancel before it is sent. Written by hand, to be compared with the table.
const std::map<std::pair<State, Move>, State> kLegal = {
    {{State::kProposed, Move::kReserve}, State::kReserved},
    {{State::kProposed, Move::kCancel}, State::kCancelled},
    {{State::kReserved, Move::kSend}, State::kSent},
    {{State::kReserved, Move::kCancel}, State::kCancelled},
    {{State::kSent, Move::kAccept}, State::kAccepted},
    {{State::kSent, Move::kDecline}, State::kDeclined},
    {{State::kAccepted, Move::kComplete}, State::kDone},
    {{State::kDone, Move::kThank}, State::kThanked},
};

TEST(AskTest, EveryMoveFromEveryStateIsLegalOrRefusedAsTheListSays) {
  int legal = 0;
  for (const State state : kStates) {
    const Ask ask = In(state);
    ASSERT_EQ(StateOf(ask, kNow), state) << NameOf(state);
    std::set<std::string> open;
    for (const auto& [step, to] : kLegal) {
      if (step.first == state) {
        open.emplace(NameOf(step.second));
      }
    }
    for (const Move move : kMoves) {
      const std::string what = std::string(NameOf(state)) + " " + std::string(NameOf(move));
      Ask moved = ask;
      const absl::Status made = Make(move, "because", kNow, moved);
      const auto expected = kLegal.find({state, move});
      if (expected == kLegal.end()) {
        ASSERT_THAT(made, HasReason(Reason::kIllegalMove)) << what;
        std::istringstream moves(MetadataOf(made).at("open_moves"));
        std::set<std::string> named;
        for (std::string one; std::getline(moves, one, ',');) {
          named.insert(one);
        }
        EXPECT_EQ(named, open) << what;
        EXPECT_EQ(MetadataOf(made).at("state"), NameOf(state));
        EXPECT_EQ(MetadataOf(made).at("move"), NameOf(move));
        EXPECT_EQ(StateOf(moved, kNow), state) << what;
        continue;
      }
      ++legal;
      EXPECT_THAT(made, IsOk()) << what;
      EXPECT_EQ(StateOf(moved, kNow), expected->second) << what;
    }
  }
  EXPECT_EQ(legal, static_cast<int>(kLegal.size()));
  EXPECT_EQ(domain::AskMoves().size(), kLegal.size());
}

TEST(AskTest, TimeAloneExpiresWhatWaits) {
  Ask ask = Proposed();
  EXPECT_EQ(StateOf(ask, kNow + days(180) - Duration(1)), State::kProposed);
  EXPECT_EQ(StateOf(ask, kNow + days(180)), State::kExpired);

  ASSERT_THAT(Make(Move::kReserve, "", kNow + days(10), ask), IsOk());
  EXPECT_EQ(StateOf(ask, kNow + days(24) - Duration(1)), State::kReserved);
  EXPECT_EQ(StateOf(ask, kNow + days(24)), State::kExpired);
  EXPECT_FALSE(IsKnownToMember(ask));

  ASSERT_THAT(Make(Move::kSend, "", kNow + days(20), ask), IsOk());
  EXPECT_TRUE(IsKnownToMember(ask));
  EXPECT_EQ(StateOf(ask, kNow + days(50) - Duration(1)), State::kSent);
  EXPECT_EQ(StateOf(ask, kNow + days(50)), State::kExpired);
  Ask late = ask;
  EXPECT_THAT(Make(Move::kAccept, "", kNow + days(50), late), HasReason(Reason::kIllegalMove));

  ASSERT_THAT(Make(Move::kAccept, "", kNow + days(49), ask), IsOk());
  EXPECT_EQ(StateOf(ask, kNow + days(5000)), State::kAccepted);
  EXPECT_EQ(*ask.answer_time, kNow + days(49));
}

TEST(AskTest, AnAnswerKeepsItsReason) {
  Ask ask = In(State::kSent);
  ASSERT_THAT(Make(Move::kDecline, "No time", kNow, ask), IsOk());
  EXPECT_FALSE(ask.accepted);
  EXPECT_EQ(ask.reason, "No time");
}

TEST(AskTest, TeamKindAndTextHaveLimits) {
  const std::string longest(domain::kAskTextBytesMax, 'a');
  EXPECT_THAT(domain::CheckAsk("events", "talk", longest), IsOk());
  EXPECT_THAT(domain::CheckAsk("Events", "talk", "Speak"), IsInvalidField("team"));
  EXPECT_THAT(domain::CheckAsk("events", "", "Speak"), IsInvalidField("kind"));
  EXPECT_THAT(domain::CheckAsk("events", "talk", ""), IsInvalidField("text"));
  EXPECT_THAT(domain::CheckAsk("events", "talk", longest + "a"), IsInvalidField("text"));
}

}  // namespace
}  // namespace perigee::tests
