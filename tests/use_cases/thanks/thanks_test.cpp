#include "server/use_cases/thanks/thanks.h"

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/activity/activity.h"
#include "server/domain/program/program.h"
#include "tests/use_cases/thanks/thankful.h"

namespace perigee::tests {
namespace {

using domain::Thanks;
using std::chrono::days;
using testing::IsEmpty;
using testing::SizeIs;

class ThanksUseCaseTest : public ThankfulTest {};

TEST_F(ThanksUseCaseTest, ThanksAreAnActivityAndAnEdgeOfTheSameNumber) {
  const auto thanks = Give("ada", "bob");
  ASSERT_THAT(thanks, IsOk());
  EXPECT_EQ(thanks->giver, programme.KeyOf("ada"));
  EXPECT_EQ(thanks->receiver, programme.KeyOf("bob"));
  EXPECT_EQ(thanks->earlier, 0);
  const auto activities = All<domain::Activity>();
  ASSERT_THAT(activities, SizeIs(1));
  EXPECT_EQ(activities[0].revision, thanks->id);
  EXPECT_EQ(activities[0].type, "thanks");
  EXPECT_EQ(activities[0].actor, thanks->giver);
  EXPECT_EQ(activities[0].recipient, thanks->receiver);
  EXPECT_EQ(activities[0].quantity, 1);
  EXPECT_EQ(activities[0].source, "perigee.thanks");
  const auto edges = All<domain::Edge>();
  ASSERT_THAT(edges, SizeIs(1));
  EXPECT_EQ(edges[0].from, thanks->giver);
  EXPECT_EQ(edges[0].to, thanks->receiver);
}

TEST_F(ThanksUseCaseTest, TheBrandIsASideWithoutAnEdge) {
  const auto to_brand = Give("ada", "");
  ASSERT_THAT(to_brand, IsOk());
  EXPECT_TRUE(to_brand->receiver.IsNil());
  for (int i = 0; i < 5; ++i) {
    const auto by_brand = Give("", "ada");
    ASSERT_THAT(by_brand, IsOk());
    EXPECT_TRUE(by_brand->giver.IsNil());
    EXPECT_EQ(by_brand->earlier, i);
  }
  EXPECT_THAT(All<domain::Edge>(), IsEmpty());
  EXPECT_THAT(All<domain::Activity>(), SizeIs(6));
  EXPECT_EQ(BudgetOf("ada").used, 1);
}

TEST_F(ThanksUseCaseTest, NoveltyCountsLiveThanksOfNinetyDays) {
  Change([](domain::Program& program) { program.thanks_limit = 10; });
  EXPECT_EQ(Give("ada", "bob")->earlier, 0);
  EXPECT_EQ(Give("ada", "cyd")->earlier, 0);
  const auto second = Give("ada", "bob");
  EXPECT_EQ(second->earlier, 1);
  EXPECT_EQ(Give("bob", "ada")->earlier, 0);
  ASSERT_THAT(Withdraw(second->id, "ada"), IsOk());
  EXPECT_EQ(Give("ada", "bob")->earlier, 1);
  programme.clock.Set(Now() + days(90));
  EXPECT_EQ(Give("ada", "bob")->earlier, 2);
  programme.clock.Set(Now() + Duration(1));
  EXPECT_EQ(Give("ada", "bob")->earlier, 1);
}

TEST_F(ThanksUseCaseTest, TheBudgetEndsWithItsPeriod) {
  for (const char* receiver : {"bob", "cyd", ""}) {
    ASSERT_THAT(Give("ada", receiver), IsOk());
  }
  const auto refused = Give("ada", "dan");
  ASSERT_THAT(refused, HasReason(Reason::kThanksBudgetSpent));
  EXPECT_EQ(MetadataOf(refused.status()).at("used"), "3");
  EXPECT_THAT(Give("bob", "ada"), IsOk());
  programme.clock.Set(BudgetOf("ada").period.end);
  EXPECT_EQ(BudgetOf("ada").used, 0);
  EXPECT_THAT(Give("ada", "dan"), IsOk());
}

TEST_F(ThanksUseCaseTest, WithdrawingRestoresTheBudgetOfItsOwnPeriod) {
  const auto early = Give("ada", "bob");
  ASSERT_THAT(early, IsOk());
  programme.clock.Set(BudgetOf("ada").period.end);
  for (int i = 0; i < 3; ++i) {
    ASSERT_THAT(Give("ada", "bob"), IsOk());
  }
  ASSERT_THAT(Withdraw(early->id, "ada"), IsOk());
  EXPECT_THAT(Give("ada", "cyd"), HasReason(Reason::kThanksBudgetSpent));
  const domain::Revision last = All<Thanks>().back().id;
  ASSERT_THAT(Withdraw(last, "ada"), IsOk());
  EXPECT_THAT(Give("ada", "cyd"), IsOk());
  EXPECT_THAT(Give("ada", "cyd"), HasReason(Reason::kThanksBudgetSpent));
}

TEST_F(ThanksUseCaseTest, ChangedSettingsCountAtOnce) {
  programme.clock.Set(*ParseTime("2026-11-27T12:00:00Z"));  // A Friday.
  ASSERT_THAT(Give("ada", "bob"), IsOk());
  programme.clock.Set(*ParseTime("2026-11-30T12:00:00Z"));
  EXPECT_EQ(BudgetOf("ada").used, 0);
  Change([](domain::Program& program) {
    program.thanks_limit = 1;
    program.thanks_period = domain::ThanksPeriod::kMonth;
  });
  EXPECT_EQ(BudgetOf("ada").used, 1);
  EXPECT_THAT(Give("ada", "bob"), HasReason(Reason::kThanksBudgetSpent));
}

TEST_F(ThanksUseCaseTest, NobodyThanksThemselvesByAnyName) {
  EXPECT_THAT(Give("ada", "ada"), IsInvalidField("receiver"));
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  EXPECT_THAT(Give("ada", "bob"), IsInvalidField("receiver"));
  EXPECT_THAT(Give("bob", "ada"), IsInvalidField("receiver"));
}

TEST_F(ThanksUseCaseTest, MergedMembersHaveOneBudgetAndOneNovelty) {
  ASSERT_THAT(Give("ada", "cyd"), IsOk());
  ASSERT_THAT(Give("bob", "cyd"), IsOk());
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  EXPECT_EQ(BudgetOf("ada").used, 2);
  const auto third = Give("bob", "cyd");
  ASSERT_THAT(third, IsOk());
  EXPECT_EQ(third->earlier, 2);
  EXPECT_EQ(third->giver, programme.KeyOf("bob"));
  EXPECT_THAT(Give("ada", "dan"), HasReason(Reason::kThanksBudgetSpent));
  EXPECT_THAT(Withdraw(third->id, "ada"), IsOk());
}

TEST_F(ThanksUseCaseTest, AHiddenReceiverAnswersAsAMissingOne) {
  programme.ChangeMember("bob", [](domain::Member& bob) { bob.board_opt_out = true; });
  programme.ChangeMember("cyd",
                         [](domain::Member& cyd) { cyd.standing = domain::Standing::kSuspended; });
  const auto missing = Give("ada", "eve");
  ASSERT_THAT(missing, HasReason(Reason::kNotFound));
  for (const std::string hidden : {"bob", "cyd"}) {
    const auto refused = Give("ada", hidden);
    ASSERT_THAT(refused, HasReason(Reason::kNotFound));
    std::string message(refused.status().message());
    message.replace(message.find(hidden), 3, "eve");
    EXPECT_EQ(message, missing.status().message());
    auto metadata = MetadataOf(refused.status());
    metadata["resource_name"].replace(metadata["resource_name"].find(hidden), 3, "eve");
    EXPECT_EQ(metadata, MetadataOf(missing.status()));
  }
  EXPECT_THAT(Give("cyd", "ada"), HasReason(Reason::kMemberSuspended));
  // Staff know of suspensions. Who stands on no board can still be thanked in private.
  EXPECT_THAT(Give("", "cyd"), HasReason(Reason::kMemberSuspended));
  EXPECT_THAT(Give("", "bob"), IsOk());
}

TEST_F(ThanksUseCaseTest, OnlyTheGiverWithdrawsAndOnlyOnce) {
  const auto thanks = Give("ada", "bob");
  ASSERT_THAT(thanks, IsOk());
  EXPECT_THAT(Withdraw(thanks->id, "bob"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Withdraw(thanks->id + 100, "ada"), HasReason(Reason::kNotFound));
  ASSERT_THAT(Withdraw(thanks->id, "ada"), IsOk());
  EXPECT_THAT(Withdraw(thanks->id, "ada"), HasReason(Reason::kIllegalMove));
  const auto of_brand = Give("", "ada");
  EXPECT_THAT(Withdraw(of_brand->id, "ada"), HasReason(Reason::kNotFound));
}

TEST_F(ThanksUseCaseTest, WithdrawingTakesBackWhatRulesGave) {
  Reward("reputation", 5);
  const auto thanks = Give("ada", "bob");
  ASSERT_THAT(thanks, IsOk());
  ASSERT_THAT(Give("cyd", "bob"), IsOk());
  EXPECT_EQ(BalanceOf("bob", "reputation"), 10);
  ASSERT_THAT(Withdraw(thanks->id, "ada"), IsOk());
  EXPECT_EQ(BalanceOf("bob", "reputation"), 5);
}

TEST_F(ThanksUseCaseTest, WhatTheReceiverSpentStaysSpent) {
  Reward("access", 5);
  const auto thanks = Give("ada", "bob");
  ASSERT_THAT(thanks, IsOk());
  programme.Send("bob", "cyd", 3, Now(), "access");
  ASSERT_THAT(Withdraw(thanks->id, "ada"), IsOk());
  EXPECT_EQ(BalanceOf("bob", "access"), 0);
  EXPECT_EQ(BalanceOf("cyd", "access"), 3);
  // Nothing at all is left of the next one.
  const auto next = Give("ada", "bob");
  programme.Send("bob", "cyd", 5, Now(), "access");
  ASSERT_THAT(Withdraw(next->id, "ada"), IsOk());
  EXPECT_EQ(BalanceOf("bob", "access"), 0);
}

TEST_F(ThanksUseCaseTest, ThanksToAnErasedReceiverCanBeWithdrawn) {
  Reward("reputation", 5);
  const auto thanks = Give("ada", "bob");
  ASSERT_THAT(thanks, IsOk());
  Erase("bob");
  EXPECT_EQ(BudgetOf("ada").used, 1);
  ASSERT_THAT(Withdraw(thanks->id, "ada"), IsOk());
  EXPECT_EQ(BudgetOf("ada").used, 0);
  EXPECT_EQ(All<Thanks>().front().text, "");
}

}  // namespace
}  // namespace perigee::tests
