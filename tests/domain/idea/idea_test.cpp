#include "server/domain/idea/idea.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/domain/in_state.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Idea;
using Move = domain::IdeaMove;
using State = domain::IdeaState;

TEST(IdeaTest, AnIdeaHasATitleAndMayHaveLines) {
  Idea idea = In(State::kNew);
  idea.text = "It glows.\n\n- all night";
  EXPECT_THAT(domain::CheckIdea(idea), IsOk());
  idea.text = std::string(domain::kIdeaTextBytesMax + 1, 'a');
  EXPECT_THAT(domain::CheckIdea(idea), IsInvalidField("idea.text"));
  idea.text = "";
  EXPECT_THAT(domain::CheckIdea(idea), IsOk());
  for (const std::string& title : {std::string(), std::string("two\nlines"),
                                   std::string(domain::kIdeaTitleBytesMax + 1, 'a')}) {
    idea.title = title;
    EXPECT_THAT(domain::CheckIdea(idea), IsInvalidField("idea.title"));
  }
}

TEST(IdeaTest, OnlyADeclineNeedsAReason) {
  Idea idea = In(State::kNew);
  EXPECT_THAT(Make(Move::kDecline, "", kNow, idea), IsInvalidField("reason"));
  EXPECT_EQ(idea.state, State::kNew);
  EXPECT_THAT(Make(Move::kConsider, std::string(domain::kIdeaReasonBytesMax + 1, 'a'), kNow, idea),
              IsInvalidField("reason"));
  ASSERT_THAT(Make(Move::kConsider, "", kNow, idea), IsOk());
  ASSERT_THAT(Make(Move::kDecline, "Too loud", kNow, idea), IsOk());
  EXPECT_EQ(idea.reason, "Too loud");
}

TEST(IdeaTest, ADecisionHasATime) {
  Idea idea = In(State::kNew);
  for (const Move move : {Move::kConsider, Move::kPlan}) {
    ASSERT_THAT(Make(move, "", kNow, idea), IsOk());
    EXPECT_FALSE(domain::IsDecided(idea));
    EXPECT_FALSE(idea.decide_time.has_value());
  }
  ASSERT_THAT(Make(Move::kShip, "", kNow, idea), IsOk());
  EXPECT_TRUE(domain::IsDecided(idea));
  EXPECT_EQ(idea.decide_time, kNow);
}

TEST(IdeaTest, OthersVoteUntilItIsDecided) {
  for (const State state : {State::kNew, State::kConsidered, State::kPlanned}) {
    EXPECT_THAT(domain::CheckVote(In(state), false), IsOk());
    EXPECT_THAT(domain::CheckVote(In(state), true), HasReason(Reason::kOwnIdea));
  }
  for (const State state : {State::kShipped, State::kDeclined}) {
    EXPECT_THAT(domain::CheckVote(In(state), false), HasReason(Reason::kIdeaDecided));
    EXPECT_THAT(domain::CheckVote(In(state), true), HasReason(Reason::kIdeaDecided));
  }
}

TEST(IdeaTest, WhatIsOwedTellsNothingOfItems) {
  Idea idea = In(State::kShipped);
  EXPECT_EQ(domain::ThanksOwedFor(idea), "Your idea shipped: A bell for the night");
  idea.item = "preview";
  EXPECT_EQ(domain::ThanksOwedFor(idea), "Your idea shipped: number 7");
}

}  // namespace
}  // namespace perigee::tests
