#include "server/domain/ask/ask_budget.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/domain/program/program.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Ask;
using domain::AskBudget;
using domain::AskLimit;
using domain::Member;
using domain::Program;
using std::chrono::days;

constexpr Time kNow = FromMicros(1'700'000'000'000'000);
constexpr AskLimit kTwoIn90Days{2, days(90)};
constexpr Duration kTick{1};

Ask Reserved(Time at) {
  Ask ask;
  ask.reserve_time = at;
  ask.expire_time = at + days(14);
  return ask;
}
Ask Sent(Time reserved, Time sent) {
  Ask ask = Reserved(reserved);
  ask.send_time = sent;
  ask.expire_time = sent + days(30);
  return ask;
}

TEST(AskBudgetTest, TheLesserLimitCounts) {
  Program program;
  std::vector<Member> person(2);
  EXPECT_EQ(LimitOf(program, person).asks, 3);
  EXPECT_EQ(LimitOf(program, person).window, days(90));
  program.ask_limit = 5;
  program.ask_window_days = 30;
  EXPECT_EQ(LimitOf(program, person).asks, 5);
  EXPECT_EQ(LimitOf(program, person).window, days(30));
  person[0].ask_limit = 9;
  EXPECT_EQ(LimitOf(program, person).asks, 5);
  person[1].ask_limit = 1;
  EXPECT_EQ(LimitOf(program, person).asks, 1);
  person[0].ask_limit = 0;
  EXPECT_EQ(LimitOf(program, person).asks, 0);
}

TEST(AskBudgetTest, PausesSuspensionsAndWishesAreObeyed) {
  std::vector<Member> person(2);
  EXPECT_TRUE(MayBeAsked(person, kNow));
  person[0].pause_time = kNow;
  EXPECT_FALSE(MayBeAsked(person, kNow));
  person[0].pause_end_time = kNow + days(1);
  EXPECT_FALSE(MayBeAsked(person, kNow + days(1) - kTick));
  EXPECT_TRUE(MayBeAsked(person, kNow + days(1)));
  person[0].standing = domain::Standing::kSuspended;
  EXPECT_FALSE(MayBeAsked(person, kNow + days(1)));
  person[0].standing = domain::Standing::kGood;
  person[1].do_not_ask = true;  // Of a merged member.
  EXPECT_FALSE(MayBeAsked(person, kNow + days(1)));
}

TEST(AskBudgetTest, AnAskTakesAPlaceFromItsReservationUntilTheWindowAfterItsSending) {
  Ask proposed;
  proposed.expire_time = kNow + days(180);
  EXPECT_EQ(PlaceUntil(proposed, days(90), kNow), std::nullopt);

  const Ask reserved = Reserved(kNow);
  EXPECT_EQ(PlaceUntil(reserved, days(90), kNow), kNow + days(14));
  EXPECT_EQ(PlaceUntil(reserved, days(90), kNow + days(14) - kTick), kNow + days(14));
  EXPECT_EQ(PlaceUntil(reserved, days(90), kNow + days(14)), std::nullopt);

  Ask sent = Sent(kNow, kNow + days(10));
  EXPECT_EQ(PlaceUntil(sent, days(90), kNow + days(100) - kTick), kNow + days(100));
  EXPECT_EQ(PlaceUntil(sent, days(90), kNow + days(100)), std::nullopt);
  // It took attention, whatever came of it.
  sent.answer_time = kNow + days(11);
  EXPECT_EQ(PlaceUntil(sent, days(90), kNow + days(50)), kNow + days(100));

  Ask cancelled = Reserved(kNow);
  cancelled.cancel_time = kNow;
  EXPECT_EQ(PlaceUntil(cancelled, days(90), kNow), std::nullopt);
}

TEST(AskBudgetTest, ItSaysHowMuchIsLeftAndWhenTheNextIsFree) {
  AskBudget budget = BudgetOf({}, kTwoIn90Days, kNow);
  EXPECT_EQ(budget.used, 0);
  EXPECT_EQ(budget.Free(), 2);
  EXPECT_EQ(budget.next_free_time, std::nullopt);
  EXPECT_THAT(CheckFree(budget), IsOk());

  const std::vector<Ask> asks = {Sent(kNow - days(80), kNow - days(80)), Reserved(kNow - days(1))};
  budget = BudgetOf(asks, kTwoIn90Days, kNow);
  EXPECT_EQ(budget.used, 2);
  EXPECT_EQ(budget.reserved, 1);
  EXPECT_EQ(budget.Free(), 0);
  EXPECT_EQ(budget.next_free_time, kNow + days(10));
  const absl::Status spent = CheckFree(budget);
  EXPECT_THAT(spent, HasReason(Reason::kAskBudgetSpent));
  EXPECT_EQ(MetadataOf(spent), (ErrorMetadata{{"limit", "2"},
                                              {"used", "2"},
                                              {"window_days", "90"},
                                              {"next_free_time", "2023-11-24T22:13:20.000000Z"}}));
  // At that very instant the place is free.
  EXPECT_EQ(BudgetOf(asks, kTwoIn90Days, kNow + days(10)).Free(), 1);

  // Where the limit has become less, as many places must end first.
  budget = BudgetOf(asks, {1, days(90)}, kNow);
  EXPECT_EQ(budget.Free(), 0);
  EXPECT_EQ(budget.next_free_time, kNow + days(13));
  budget = BudgetOf(asks, {0, days(90)}, kNow);
  EXPECT_EQ(budget.next_free_time, std::nullopt);
  EXPECT_FALSE(MetadataOf(CheckFree(budget)).contains("next_free_time"));
}

TEST(AskBudgetTest, AReservationIsSentUnlessSentAsksFillALowerLimit) {
  const std::vector<Ask> reserved = {Reserved(kNow), Reserved(kNow)};
  EXPECT_THAT(CheckSendable(BudgetOf(reserved, kTwoIn90Days, kNow)), IsOk());
  EXPECT_THAT(CheckSendable(BudgetOf(reserved, {1, days(90)}, kNow)), IsOk());
  const std::vector<Ask> one_sent = {Sent(kNow, kNow), Reserved(kNow)};
  EXPECT_THAT(CheckSendable(BudgetOf(one_sent, {1, days(90)}, kNow)),
              HasReason(Reason::kAskBudgetSpent));
  EXPECT_THAT(CheckSendable(BudgetOf(one_sent, {0, days(90)}, kNow)),
              HasReason(Reason::kAskBudgetSpent));
}

// Invariant 23: in no window are more asks reserved that were sent or still may be, and in none are
// more sent, than the budget has.
TEST(AskBudgetTest, NoWindowEverHasMoreThanTheBudget) {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    const AskLimit limit{static_cast<int>(1 + random() % 3), days(1 + random() % 20)};
    std::vector<Ask> asks;
    for (Time now = kNow; now < kNow + days(100); now += std::chrono::hours(1 + random() % 40)) {
      if (CheckFree(BudgetOf(asks, limit, now)).ok()) {
        asks.push_back(Reserved(now));
      }
      Ask& any = asks[random() % asks.size()];
      if (random() % 2 == 0 && CheckMove(any, domain::AskMove::kSend, now).ok() &&
          CheckSendable(BudgetOf(asks, limit, now)).ok()) {
        ASSERT_THAT(Make(domain::AskMove::kSend, "", now, any), IsOk());
      }
      int reserved = 0;
      int sent = 0;
      for (const Ask& ask : asks) {
        const bool counts = ask.send_time.has_value() || now < ask.expire_time;
        reserved += counts && now < *ask.reserve_time + limit.window ? 1 : 0;
        sent += ask.send_time.has_value() && now < *ask.send_time + limit.window ? 1 : 0;
      }
      ASSERT_LE(reserved, limit.asks);
      ASSERT_LE(sent, limit.asks);
    }
    EXPECT_GT(asks.size(), 1U);
  }
}

}  // namespace
}  // namespace perigee::tests
