#include "server/domain/reward/redemption.h"

#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/domain/in_state.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Redemption;
using Move = domain::RedemptionMove;
using State = domain::RedemptionState;

constexpr State kStates[] = {State::kRequested, State::kHeld,     State::kApproved,
                             State::kFulfilled, State::kRejected, State::kCancelled,
                             State::kReturned,  State::kExpired};

TEST(RedemptionTest, TimeAloneExpiresWhatIsOpenAndFreesItsStock) {
  for (const State state : kStates) {
    const Redemption redemption = In(state);
    const bool is_open = state == State::kHeld || state == State::kApproved;
    EXPECT_EQ(domain::IsOpen(state), is_open);
    EXPECT_EQ(domain::TakesStock(state), is_open || state == State::kFulfilled);
    EXPECT_EQ(StateOf(redemption, kLater), is_open ? State::kExpired : state);
  }
}

TEST(RedemptionTest, AMoveNotesItsTimeAndAnOpenOneFallsDue) {
  Redemption redemption = In(State::kRequested);
  ASSERT_THAT(Make(Move::kHold, kNow, redemption), IsOk());
  EXPECT_EQ(redemption.due_time, kLater);
  EXPECT_EQ(redemption.end_time, std::nullopt);
  ASSERT_THAT(Make(Move::kApprove, kNow, redemption), IsOk());
  EXPECT_EQ(redemption.approve_time, kNow);
  EXPECT_EQ(redemption.due_time, kLater);
  ASSERT_THAT(Make(Move::kFulfil, kNow, redemption), IsOk());
  EXPECT_EQ(redemption.end_time, kNow);
  EXPECT_EQ(redemption.due_time, std::nullopt);
  ASSERT_THAT(Make(Move::kReturn, kLater, redemption), IsOk());
  EXPECT_EQ(redemption.return_time, kLater);
  EXPECT_EQ(redemption.end_time, kNow);
}

TEST(RedemptionTest, TimeAndErasureEndItWithoutAMove) {
  Redemption redemption = In(State::kHeld);
  redemption.due_time = kLater;
  Redemption erased = redemption;
  domain::Expire(redemption);
  EXPECT_EQ(redemption.state, State::kExpired);
  EXPECT_EQ(redemption.end_time, kLater);
  EXPECT_EQ(redemption.due_time, std::nullopt);
  domain::EndForErased(kNow, erased);
  EXPECT_EQ(erased.state, State::kCancelled);
  EXPECT_EQ(erased.end_time, kNow);
  EXPECT_EQ(erased.due_time, std::nullopt);
}

}  // namespace
}  // namespace perigee::tests
