#include "server/domain/champion/nomination.h"

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

using domain::Nomination;
using Move = domain::NominationMove;
using State = domain::NominationState;

constexpr Time kNow = FromMicros(1'000);
constexpr Time kLater = FromMicros(2'000);

constexpr State kStates[] = {State::kDraft,    State::kSubmitted, State::kInReview,
                             State::kAccepted, State::kDeclined,  State::kWithdrawn,
                             State::kExpired};
constexpr Move kMoves[] = {Move::kSubmit, Move::kJoin,    Move::kStartReview, Move::kReview,
                           Move::kAccept, Move::kDecline, Move::kWithdraw};

Nomination In(State state) {
  Nomination nomination;
  nomination.id = "n1";
  nomination.state = state == State::kExpired ? State::kInReview : state;
  nomination.expire_time = state == State::kExpired ? kNow : kLater;
  return nomination;
}

// draft → submitted → in_review → accepted / declined / withdrawn / expired. A second nomination
// joins an open one. Written by hand, to be compared with the table.
const std::map<std::pair<State, Move>, State> kLegal = {
    {{State::kDraft, Move::kSubmit}, State::kSubmitted},
    {{State::kDraft, Move::kWithdraw}, State::kWithdrawn},
    {{State::kSubmitted, Move::kJoin}, State::kSubmitted},
    {{State::kSubmitted, Move::kStartReview}, State::kInReview},
    {{State::kSubmitted, Move::kWithdraw}, State::kWithdrawn},
    {{State::kInReview, Move::kJoin}, State::kInReview},
    {{State::kInReview, Move::kReview}, State::kInReview},
    {{State::kInReview, Move::kAccept}, State::kAccepted},
    {{State::kInReview, Move::kDecline}, State::kDeclined},
    {{State::kInReview, Move::kWithdraw}, State::kWithdrawn},
};

TEST(NominationTest, EveryMoveFromEveryStateIsLegalOrRefusedAsTheListSays) {
  int legal = 0;
  for (const State state : kStates) {
    std::set<std::string> open;
    for (const auto& [step, to] : kLegal) {
      if (step.first == state) {
        open.emplace(NameOf(step.second));
      }
    }
    for (const Move move : kMoves) {
      Nomination nomination = In(state);
      ASSERT_EQ(StateOf(nomination, kNow), state);
      const absl::Status made = Make(move, kNow, nomination);
      const std::string what = std::string(NameOf(state)) + " " + std::string(NameOf(move));
      const auto expected = kLegal.find({state, move});
      if (expected != kLegal.end()) {
        ++legal;
        EXPECT_THAT(made, IsOk()) << what;
        EXPECT_EQ(StateOf(nomination, kNow), expected->second) << what;
        continue;
      }
      ASSERT_THAT(made, HasReason(Reason::kIllegalMove)) << what;
      EXPECT_EQ(StateOf(nomination, kNow), state) << what;
      const ErrorMetadata metadata = MetadataOf(made);
      EXPECT_EQ(metadata.at("state"), NameOf(state));
      EXPECT_EQ(metadata.at("move"), NameOf(move));
      std::istringstream moves(metadata.at("open_moves"));
      std::set<std::string> named;
      for (std::string one; std::getline(moves, one, ',');) {
        named.insert(one);
      }
      EXPECT_EQ(named, open) << what;
      EXPECT_NE(made.message().find(std::string(NameOf(state))), absl::string_view::npos);
    }
  }
  EXPECT_EQ(legal, static_cast<int>(kLegal.size()));
  EXPECT_EQ(domain::NominationMoves().size(), kLegal.size());
}

TEST(NominationTest, TimeAloneExpiresWhatNobodyDecided) {
  for (const State state : kStates) {
    const Nomination nomination = In(state);
    const bool waits = state == State::kDraft || state == State::kSubmitted ||
                       state == State::kInReview || state == State::kExpired;
    EXPECT_EQ(StateOf(nomination, kLater), waits ? State::kExpired : state);
    EXPECT_EQ(IsOpen(nomination, kNow), state == State::kSubmitted || state == State::kInReview);
    EXPECT_FALSE(IsOpen(nomination, kLater));
  }
}

TEST(NominationTest, ADecisionNotesItsTimeAndASubmissionBeginsTheWait) {
  Nomination nomination = In(State::kDraft);
  ASSERT_THAT(Make(Move::kSubmit, kNow, nomination), IsOk());
  EXPECT_EQ(nomination.expire_time, kNow + domain::kNominationOpenFor);
  EXPECT_FALSE(nomination.decide_time.has_value());
  ASSERT_THAT(Make(Move::kStartReview, kNow, nomination), IsOk());
  ASSERT_THAT(Make(Move::kDecline, kNow, nomination), IsOk());
  EXPECT_EQ(nomination.decide_time, kNow);
}

}  // namespace
}  // namespace perigee::tests
