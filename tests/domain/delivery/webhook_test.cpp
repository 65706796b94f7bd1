#include "server/domain/delivery/webhook.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::AttemptFailure;
using domain::AttemptOutcome;
using domain::Delivery;
using domain::DeliveryState;
using domain::Webhook;
using domain::WebhookProgress;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

const Time kNow = *ParseTime("2026-11-21T12:00:00Z");

Webhook Crm() {
  Webhook webhook;
  webhook.id = "crm";
  webhook.url = "https://crm.example/hook";
  return webhook;
}

TEST(WebhookTest, FieldsHaveLimits) {
  EXPECT_THAT(domain::CheckWebhook(Crm()), IsOk());
  Webhook webhook = Crm();
  webhook.id = "Crm";
  EXPECT_THAT(domain::CheckWebhook(webhook), IsInvalidField("webhook_id"));
  webhook = Crm();
  webhook.display_name.assign(201, 'x');
  EXPECT_THAT(domain::CheckWebhook(webhook), IsInvalidField("webhook.display_name"));
  webhook = Crm();
  webhook.url.clear();
  EXPECT_THAT(domain::CheckWebhook(webhook), IsInvalidField("webhook.url"));
  webhook.url.assign(domain::kWebhookUrlBytesMax + 1, 'x');
  EXPECT_THAT(domain::CheckWebhook(webhook), IsInvalidField("webhook.url"));
  webhook = Crm();
  webhook.types.assign(domain::kWebhookTypesMax + 1, "perigee.member.made");
  EXPECT_THAT(domain::CheckWebhook(webhook), IsInvalidField("webhook.types"));
}

TEST(WebhookTest, WithoutTypesItWantsAll) {
  Webhook webhook = Crm();
  EXPECT_TRUE(domain::Wants(webhook, "perigee.member.made"));
  webhook.types = {"perigee.badge.made"};
  EXPECT_FALSE(domain::Wants(webhook, "perigee.member.made"));
  EXPECT_TRUE(domain::Wants(webhook, "perigee.badge.made"));
}

// Fails attempts of a delivery at the instants that the rule gives.
class FailingTest : public testing::Test {
 protected:
  FailingTest() { progress.waiting = 1; }

  // When the attempts are made, from the first one on.
  std::vector<Duration> Fail(int status = 500) {
    std::vector<Duration> times;
    std::optional<Time> at = kNow;
    while (at.has_value()) {
      times.push_back(*at - kNow);
      domain::NoteFailure(delivery, progress, {*at, AttemptFailure::kStatus, status, {}});
      at = delivery.due_time;
    }
    return times;
  }

  Delivery delivery;
  WebhookProgress progress;
};

TEST_F(FailingTest, ItIsTriedForThreeDaysAndThenDead) {
  // The waits follow from the delivery. Eleven of them take 73 hours without jitter.
  const std::vector<Duration> times = Fail();
  EXPECT_EQ(times.size(), 12U);
  for (std::size_t i = 1; i < times.size(); ++i) {
    EXPECT_GT(times[i], times[i - 1]);
  }
  EXPECT_GE(times[1], Duration(seconds(2)));
  EXPECT_LE(times[1], Duration(seconds(5)));
  EXPECT_LE(times.back(), Duration(days(3)));
  EXPECT_EQ(delivery.state, DeliveryState::kDead);
  EXPECT_EQ(delivery.attempts, 12);
  EXPECT_EQ(delivery.first_attempt_time, kNow);
  EXPECT_EQ(delivery.status, 500);
  EXPECT_EQ(progress.waiting, 0);
  EXPECT_EQ(progress.dead, 1);
  EXPECT_EQ(progress.failing_since, kNow);
  EXPECT_FALSE(progress.disable_time.has_value());
}

TEST_F(FailingTest, DeliveriesThatFailedTogetherDoNotComeBackTogether) {
  Delivery other;
  other.event = 2;
  WebhookProgress any;
  domain::NoteFailure(delivery, progress, {kNow, AttemptFailure::kTimeout, 0, {}});
  domain::NoteFailure(other, any, {kNow, AttemptFailure::kTimeout, 0, {}});
  EXPECT_NE(delivery.due_time, other.due_time);
}

TEST_F(FailingTest, AReceiverThatAsksForTimeGetsIt) {
  domain::NoteFailure(delivery, progress, {kNow, AttemptFailure::kStatus, 429, kNow + hours(1)});
  EXPECT_GE(delivery.due_time, kNow + hours(1));
}

TEST_F(FailingTest, AReceiverThatIsGoneIsDisabledAtOnce) {
  domain::NoteFailure(delivery, progress, {kNow, AttemptFailure::kStatus, 410, {}});
  EXPECT_EQ(progress.disable_time, kNow);
  EXPECT_FALSE(domain::IsSending(Crm(), progress));
}

TEST_F(FailingTest, AReceiverThatFailsForDaysIsDisabled) {
  progress.failing_since = kNow - domain::kDisableAfter + seconds(1);
  domain::NoteFailure(delivery, progress, {kNow, AttemptFailure::kConnection, 0, {}});
  EXPECT_FALSE(progress.disable_time.has_value());
  domain::NoteFailure(delivery, progress, {kNow + seconds(1), AttemptFailure::kConnection, 0, {}});
  EXPECT_EQ(progress.disable_time, kNow + seconds(1));
}

TEST_F(FailingTest, AnArrivalEndsTheFailing) {
  domain::NoteFailure(delivery, progress, {kNow, AttemptFailure::kTls, 0, {}});
  domain::NoteArrival(progress, kNow + seconds(9));
  EXPECT_FALSE(progress.failing_since.has_value());
  EXPECT_EQ(progress.arrive_time, kNow + seconds(9));
  EXPECT_EQ(progress.waiting, 0);
}

TEST(WebhookTest, APausedOrDisabledOneSendsNothing) {
  Webhook webhook = Crm();
  WebhookProgress progress;
  EXPECT_TRUE(domain::IsSending(webhook, progress));
  webhook.paused = true;
  EXPECT_FALSE(domain::IsSending(webhook, progress));
  webhook.paused = false;
  progress.disable_time = kNow;
  EXPECT_FALSE(domain::IsSending(webhook, progress));
}

}  // namespace
}  // namespace perigee::tests
