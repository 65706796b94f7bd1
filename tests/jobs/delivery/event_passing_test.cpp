#include "server/jobs/delivery/event_passing.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/use_cases/delivery/deliveries.h"
#include "tests/jobs/delivery/following.h"

namespace perigee::tests {
namespace {

using domain::Delivery;
using testing::IsEmpty;

class EventPassingTest : public FollowingTest {
 protected:
  std::vector<std::string> Types() {
    std::vector<std::string> types;
    for (const Delivery& one : All<Delivery>()) {
      types.push_back(one.type);
    }
    return types;
  }
};

TEST_F(EventPassingTest, EventsComeFromTheMakingOfTheWebhookOn) {
  Change("ada");
  const auto passing = Follow();
  ASSERT_THAT(Create(Crm()), IsOk());
  Change("ada");
  programme.AddMember("cyd");
  CatchUp();
  EXPECT_THAT(Types(), testing::ElementsAre("perigee.member.changed", "perigee.member.made"));
}

TEST_F(EventPassingTest, AFollowerGoesOnWhereAnotherEnded) {
  ASSERT_THAT(Create(Crm()), IsOk());
  {
    const auto passing = Follow();
    Change("ada");
    CatchUp();
  }
  Change("bob");
  const auto passing = Follow();
  CatchUp();
  EXPECT_EQ(All<Delivery>().size(), 2U);
}

TEST_F(EventPassingTest, TwoFollowersPassEachEventOnce) {
  ASSERT_THAT(Create(Crm()), IsOk());
  const auto one = Follow();
  const auto other = Follow();
  for (int i = 0; i < 20; ++i) {
    Change(i % 2 == 0 ? "ada" : "bob");
  }
  CatchUp();
  EXPECT_TRUE(programme.Eventually([&] { return All<Delivery>().size() == 20; }));
  EXPECT_EQ(Stored().progress.waiting, 20);
}

TEST_F(EventPassingTest, WhatHappensInAPauseComesAfterwards) {
  ASSERT_THAT(Create(Crm()), IsOk());
  const auto passing = Follow();
  ASSERT_THAT(Update([](domain::Webhook& w) { w.paused = true; }), IsOk());
  Change("ada");
  CatchUp();
  EXPECT_THAT(All<Delivery>(), IsEmpty());
  ASSERT_THAT(Update([](domain::Webhook& w) { w.paused = false; }), IsOk());
  CatchUp();
  EXPECT_EQ(All<Delivery>().size(), 1U);
}

TEST_F(EventPassingTest, AReplayPassesEventsAgain) {
  ASSERT_THAT(Create(Crm()), IsOk());
  const auto passing = Follow();
  Change("ada");
  Change("bob");
  CatchUp();
  ASSERT_EQ(All<Delivery>().size(), 2U);
  const domain::Revision first = All<Delivery>()[0].event;
  for (const Delivery& one : All<Delivery>()) {
    ASSERT_THAT(Write([&](auto& reader, const auto& unit) {
                  return use_cases::NoteAttempt(reader, unit, "demo", one,
                                                domain::AttemptOutcome{Now()});
                }),
                IsOk());
  }
  EXPECT_THAT(All<Delivery>(), IsEmpty());
  ASSERT_THAT(Resume(first), IsOk());
  CatchUp();
  ASSERT_EQ(All<Delivery>().size(), 1U);
  EXPECT_GT(All<Delivery>()[0].event, first);
}

TEST_F(EventPassingTest, AFullWebhookLeavesTheRestInTheJournal) {
  ASSERT_THAT(Create(Crm()), IsOk());
  ASSERT_THAT(Update([](domain::Webhook& w) { w.paused = true; }), IsOk());
  for (int i = 0; i < domain::kWaitingMax + 300; ++i) {
    Change("ada");
  }
  const auto passing = Follow();
  ASSERT_THAT(Update([](domain::Webhook& w) { w.paused = false; }), IsOk());
  EXPECT_TRUE(
      programme.Eventually([&] { return Stored().progress.waiting >= domain::kWaitingMax; }));
  EXPECT_LT(Stored().progress.waiting, domain::kWaitingMax + 300);
  // As they arrive, others come.
  while (Stored().progress.waiting > 0) {
    const std::vector<Delivery> all = All<Delivery>();
    for (const Delivery& one : all) {
      ASSERT_THAT(Write([&](auto& reader, const auto& unit) {
                    return use_cases::NoteAttempt(reader, unit, "demo", one,
                                                  domain::AttemptOutcome{Now()});
                  }),
                  IsOk());
    }
    CatchUp();
  }
  EXPECT_THAT(All<Delivery>(), IsEmpty());
}

TEST_F(EventPassingTest, ADeletedWebhookGetsNothing) {
  ASSERT_THAT(Create(Crm()), IsOk());
  const auto passing = Follow();
  CatchUp();
  ASSERT_THAT(
      Do([](auto& reader, const auto&) { return use_cases::DeleteWebhook(reader, "demo", "crm"); }),
      IsOk());
  Change("ada");
  CatchUp();
  EXPECT_THAT(All<Delivery>(), IsEmpty());
}

}  // namespace
}  // namespace perigee::tests
