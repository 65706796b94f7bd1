#include "server/domain/delivery/retry.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perigee::tests {
namespace {

using domain::FailedAttempt;
using domain::kPushRetries;
using domain::kWebhookRetries;
using domain::NextAttempt;
using domain::RetryRule;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Time kNow = FromMicros(1'700'000'000'000'000);
constexpr RetryRule kRule{seconds(10), 3, minutes(2), 6, hours(1)};

FailedAttempt Failed(int number, std::uint8_t delivery = 1) {
  FailedAttempt failed;
  failed.delivery.bytes[0] = delivery;
  failed.number = number;
  failed.first_time = kNow;
  failed.time = kNow;
  return failed;
}

TEST(RetryTest, WaitsGrowUpToTheLongest) {
  const Duration waits[] = {seconds(10), seconds(30), seconds(90), minutes(2), minutes(2)};
  for (int number = 1; number <= 5; ++number) {
    const Duration wait = waits[number - 1];
    Duration shortest = Duration::max();
    Duration longest{};
    for (int delivery = 0; delivery < 256; ++delivery) {
      const auto next = NextAttempt(kRule, Failed(number, static_cast<std::uint8_t>(delivery)));
      ASSERT_TRUE(next.has_value());
      shortest = std::min(shortest, *next - kNow);
      longest = std::max(longest, *next - kNow);
    }
    // The jitter is bounded, and uses what it may.
    EXPECT_GT(shortest, wait / 2);
    EXPECT_LT(shortest, wait * 55 / 100);
    EXPECT_LE(longest, wait);
    EXPECT_GT(longest, wait * 95 / 100);
  }
}

TEST(RetryTest, DeliveriesThatFailTogetherComeBackApart) {
  std::set<Time> times;
  for (int delivery = 0; delivery < 256; ++delivery) {
    times.insert(*NextAttempt(kRule, Failed(3, static_cast<std::uint8_t>(delivery))));
  }
  EXPECT_GT(times.size(), 250U);
  EXPECT_EQ(NextAttempt(kRule, Failed(3)), NextAttempt(kRule, Failed(3)));
  EXPECT_NE(NextAttempt(kRule, Failed(4)), NextAttempt(kRule, Failed(5)));
}

TEST(RetryTest, AWaitBeginsWhenTheAttemptHasFailed) {
  FailedAttempt failed = Failed(2);
  const Duration wait = *NextAttempt(kRule, failed) - kNow;
  failed.time = kNow + minutes(7);
  EXPECT_EQ(NextAttempt(kRule, failed), failed.time + wait);
}

TEST(RetryTest, AReceiverMayAskForMoreTime) {
  FailedAttempt failed = Failed(2);
  const auto usual = NextAttempt(kRule, failed);
  const Duration wait = *usual - kNow;
  failed.not_before = kNow + minutes(30);
  EXPECT_EQ(NextAttempt(kRule, failed), *failed.not_before + wait);
  failed.not_before = kNow - minutes(30);
  EXPECT_EQ(NextAttempt(kRule, failed), usual);
  for (const Time never : {kNow + hours(1), kNow + days(10'000), kEndOfTime}) {
    failed.not_before = never;
    EXPECT_EQ(NextAttempt(kRule, failed), std::nullopt);
  }
}

TEST(RetryTest, AMessageIsGivenUpAfterItsAttempts) {
  EXPECT_NE(NextAttempt(kRule, Failed(5)), std::nullopt);
  EXPECT_EQ(NextAttempt(kRule, Failed(6)), std::nullopt);
  EXPECT_EQ(NextAttempt(kRule, Failed(7)), std::nullopt);
  EXPECT_EQ(NextAttempt(RetryRule{}, Failed(1)), std::nullopt);
}

TEST(RetryTest, AMessageIsGivenUpAfterItsTime) {
  FailedAttempt failed = Failed(2);
  const Duration wait = *NextAttempt(kRule, failed) - kNow;
  failed.time = kNow + hours(1) - wait;
  EXPECT_EQ(NextAttempt(kRule, failed), kNow + hours(1));
  failed.time += Duration(1);
  EXPECT_EQ(NextAttempt(kRule, failed), std::nullopt);
}

// How often and how long a message is tried if every attempt fails at once.
struct Life {
  int attempts = 1;
  Duration time{};
};
Life LifeOf(const RetryRule& rule, std::uint8_t delivery) {
  Life life;
  FailedAttempt failed = Failed(1, delivery);
  while (const auto next = NextAttempt(rule, failed)) {
    life = {++failed.number, *next - kNow};
    failed.time = *next;
  }
  return life;
}

TEST(RetryTest, WebhooksAreTriedForDaysAndPushesForMinutes) {
  for (int delivery = 0; delivery < 256; ++delivery) {
    const Life webhook = LifeOf(kWebhookRetries, static_cast<std::uint8_t>(delivery));
    EXPECT_GE(webhook.attempts, 11);
    EXPECT_LE(webhook.attempts, 12);
    EXPECT_GT(webhook.time, days(1));
    EXPECT_LE(webhook.time, days(3));
    const Life push = LifeOf(kPushRetries, static_cast<std::uint8_t>(delivery));
    EXPECT_EQ(push.attempts, 5);
    EXPECT_GT(push.time, minutes(10));
    EXPECT_LT(push.time, minutes(22));
  }
}

}  // namespace
}  // namespace perigee::tests
