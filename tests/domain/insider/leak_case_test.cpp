#include "server/domain/insider/leak_case.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/domain/in_state.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::LeakCase;
using State = domain::LeakCaseState;

TEST(LeakCaseTest, ASuspectIsNamedForAReasonAndMayBeTakenBack) {
  LeakCase leak = In(State::kTriage);
  EXPECT_THAT(NameSuspect(Key(1), "", Key(2), leak), IsInvalidField("reason"));
  EXPECT_TRUE(leak.suspect.IsNil());
  ASSERT_THAT(NameSuspect(Key(1), "The marks agree, and he said so", Key(2), leak), IsOk());
  EXPECT_EQ(leak.suspect, Key(1));
  EXPECT_EQ(leak.named_by, Key(2));
  ASSERT_THAT(NameSuspect(Key(3), "It was her device", Key(4), leak), IsOk());
  EXPECT_EQ(leak.suspect, Key(3));
  EXPECT_EQ(leak.named_by, Key(4));
  ASSERT_THAT(NameSuspect({}, "", Key(4), leak), IsOk());
  EXPECT_TRUE(leak.suspect.IsNil());
  EXPECT_TRUE(leak.named_by.IsNil());
  EXPECT_EQ(leak.suspect_reason, "");
}

TEST(LeakCaseTest, ADecisionHasAReasonAPersonAndATime) {
  for (const bool confirm : {true, false}) {
    LeakCase leak = In(State::kTriage);
    ASSERT_THAT(NameSuspect(Key(1), "because", Key(2), leak), IsOk());
    EXPECT_THAT(Decide(confirm, "", Key(5), kNow, leak), IsInvalidField("reason"));
    EXPECT_THAT(Decide(confirm, std::string(2001, 'a'), Key(5), kNow, leak),
                IsInvalidField("reason"));
    EXPECT_EQ(leak.state, State::kTriage);
    ASSERT_THAT(Decide(confirm, "We talked", Key(5), kNow, leak), IsOk());
    EXPECT_EQ(leak.judged_by, Key(5));
    EXPECT_EQ(leak.decide_time, kNow);
    EXPECT_EQ(leak.reason, "We talked");
    // Nobody stays named in what was nothing.
    EXPECT_EQ(leak.suspect.IsNil(), !confirm);
    EXPECT_EQ(leak.suspect_reason.empty(), !confirm);
  }
}

TEST(LeakCaseTest, ATriageNeedsNoReason) {
  LeakCase leak = In(State::kReported);
  EXPECT_THAT(StartTriage(std::string(2001, 'a'), leak), IsInvalidField("reason"));
  EXPECT_THAT(StartTriage("", leak), IsOk());
}

TEST(LeakCaseTest, ASummaryHasLines) {
  EXPECT_THAT(domain::CheckLeakSummary("On a forum.\nSeen on Monday."), IsOk());
  EXPECT_THAT(domain::CheckLeakSummary(""), IsInvalidField("summary"));
  EXPECT_THAT(domain::CheckLeakSummary(std::string(4001, 'a')), IsInvalidField("summary"));
}

}  // namespace
}  // namespace perigee::tests
