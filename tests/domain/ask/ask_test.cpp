#include "server/domain/ask/ask.h"

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "tests/domain/in_state.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Ask;
using Move = domain::AskMove;
using State = domain::AskState;
using std::chrono::days;

TEST(AskTest, TimeAloneExpiresWhatWaits) {
  Ask ask = In(State::kProposed);
  EXPECT_EQ(StateOf(ask, kLater - Duration(1)), State::kProposed);
  EXPECT_EQ(StateOf(ask, kLater), State::kExpired);

  ASSERT_THAT(Make(Move::kReserve, "", kNow, ask), IsOk());
  EXPECT_EQ(StateOf(ask, kNow + days(14) - Duration(1)), State::kReserved);
  EXPECT_EQ(StateOf(ask, kNow + days(14)), State::kExpired);
  EXPECT_FALSE(IsKnownToMember(ask));

  ASSERT_THAT(Make(Move::kSend, "", kNow + days(10), ask), IsOk());
  EXPECT_TRUE(IsKnownToMember(ask));
  EXPECT_EQ(StateOf(ask, kNow + days(40) - Duration(1)), State::kSent);
  EXPECT_EQ(StateOf(ask, kNow + days(40)), State::kExpired);
  Ask late = ask;
  EXPECT_THAT(Make(Move::kAccept, "", kNow + days(40), late), HasReason(Reason::kIllegalMove));

  ASSERT_THAT(Make(Move::kAccept, "", kNow + days(39), ask), IsOk());
  EXPECT_EQ(StateOf(ask, kNow + days(5000)), State::kAccepted);
  EXPECT_EQ(*ask.answer_time, kNow + days(39));
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
