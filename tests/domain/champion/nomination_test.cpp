#include "server/domain/champion/nomination.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/domain/in_state.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Nomination;
using Move = domain::NominationMove;
using State = domain::NominationState;

constexpr State kStates[] = {State::kDraft,    State::kSubmitted, State::kInReview,
                             State::kAccepted, State::kDeclined,  State::kWithdrawn,
                             State::kExpired};

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
