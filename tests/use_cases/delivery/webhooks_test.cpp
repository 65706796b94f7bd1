#include "server/use_cases/delivery/webhooks.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/journal/event.h"
#include "server/domain/program/program.h"
#include "tests/use_cases/delivery/senders.h"

namespace perigee::tests {
namespace {

using domain::Delivery;
using domain::DeliveryState;
using domain::Webhook;
using std::chrono::hours;
using testing::IsEmpty;
using testing::Not;

class WebhooksTest : public SendersTest {
 protected:
  // At the end of every test the store is right.
  void TearDown() override { EXPECT_THAT(programme.Findings(), IsEmpty()); }

  std::vector<std::string> Secrets() {
    std::vector<std::string> texts;
    programme.Read([&](ports::StoreReader& reader) {
      const auto secrets =
          use_cases::WebhookSecrets(reader, "demo", Stored().webhook, Now()).value();
      for (const WebhookSecret& secret : secrets) {
        texts.push_back(secret.Text());
      }
      return absl::OkStatus();
    });
    return texts;
  }
  absl::StatusOr<use_cases::WebhookWithSecret> Rotate(std::uint8_t fresh, Duration keep) {
    Uuid id;
    id.bytes[0] = fresh;
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::RotateWebhookSecret(reader, unit, "demo", "crm", id, keep);
    });
  }
  // Deliveries as a follower makes them: of each subject the first one is due.
  void Put(domain::Revision event, const std::string& subject, bool due,
           DeliveryState state = DeliveryState::kWaiting) {
    domain::WebhookProgress progress = Stored().progress;
    ++(state == DeliveryState::kWaiting ? progress.waiting : progress.dead);
    ASSERT_THAT(Write([&](auto&, const auto& unit) -> absl::StatusOr<domain::Changes> {
                  Delivery delivery;
                  delivery.webhook = "crm";
                  delivery.event = event;
                  delivery.type = "perigee.member.made";
                  delivery.subject = subject;
                  delivery.state = state;
                  delivery.create_time = unit.now;
                  if (due) {
                    delivery.due_time = unit.now;
                  }
                  delivery.revision = progress.revision = unit.revision;
                  domain::Changes changes;
                  changes.records.Put(std::move(delivery));
                  changes.records.Put(progress);
                  return changes;
                }),
                IsOk());
  }
  // The events of what is due.
  std::vector<domain::Revision> Due() {
    std::vector<domain::Revision> due;
    for (const Delivery& one : All<Delivery>()) {
      if (one.due_time.has_value()) {
        due.push_back(one.event);
      }
    }
    return due;
  }
  absl::StatusOr<Delivery> Redeliver(domain::Revision event) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::RedeliverDelivery(reader, unit, {"demo", "crm", event, 0});
    });
  }
};

TEST_F(WebhooksTest, AWebhookBeginsWhereItIsMade) {
  const auto made = Create(Crm());
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->now.progress.cursor, programme.head);
  EXPECT_EQ(made->now.webhook.create_time, Now());
  EXPECT_THAT(WebhookSecret::Parse(made->secret), IsOk());
  EXPECT_THAT(Secrets(), testing::ElementsAre(made->secret));
  EXPECT_THAT(Create(Crm()), HasReason(Reason::kAlreadyExists));
}

TEST_F(WebhooksTest, OnlyReceiversOnTheInternetAreTaken) {
  for (const char* url :
       {"http://crm.example/hook", "https://10.0.0.1/", "https://user@crm.example/",
        "https://crm.example:9000/", "ftp://crm.example", "https://169.254.169.254/"}) {
    const auto refused = Create(Crm(url));
    EXPECT_THAT(refused, IsInvalidField("webhook.url")) << url;
    EXPECT_THAT(std::string(refused.status().message()), Not(testing::HasSubstr(url)));
  }
  EXPECT_THAT(Create(Crm("https://127.0.0.1:9000/")), IsOk());  // Of this machine: a rule.
}

TEST_F(WebhooksTest, TypesAreThoseThatThereAre) {
  Webhook webhook = Crm();
  webhook.types = {"perigee.member.made", "perigee.secret.made"};
  EXPECT_THAT(Create(webhook), IsInvalidField("webhook.types[1]"));
  webhook.types.pop_back();
  EXPECT_THAT(Create(webhook), IsOk());
}

TEST_F(WebhooksTest, AProgrammeHasAtMostTwenty) {
  Webhook webhook = Crm();
  for (std::size_t i = 0; i < domain::kWebhooksMax; ++i) {
    webhook.id = "hook-" + std::to_string(i);
    ASSERT_THAT(Create(webhook), IsOk());
  }
  EXPECT_THAT(Create(Crm()), HasReason(Reason::kTooManyWebhooks));
}

TEST_F(WebhooksTest, WhileASecretIsReplacedBothAreGood) {
  const std::string first = Create(Crm())->secret;
  const std::string second = Rotate(2, hours(24))->secret;
  EXPECT_NE(first, second);
  EXPECT_THAT(Secrets(), testing::ElementsAre(second, first));
  programme.clock.Advance(hours(24));
  EXPECT_THAT(Secrets(), testing::ElementsAre(second));
  const std::string third = Rotate(3, hours(24))->secret;
  const std::string fourth = Rotate(4, Duration(0))->secret;
  EXPECT_THAT(Secrets(), testing::ElementsAre(fourth));
  EXPECT_NE(third, fourth);
}

TEST_F(WebhooksTest, AnotherWebhookOfTheSameIdHasAnotherSecret) {
  const std::string first = Create(Crm())->secret;
  ASSERT_THAT(
      Do([](auto& reader, const auto&) { return use_cases::DeleteWebhook(reader, "demo", "crm"); }),
      IsOk());
  Webhook again = Crm();
  again.secret.bytes[0] = 9;
  EXPECT_NE(Create(again)->secret, first);
}

TEST_F(WebhooksTest, AnUpdateKeepsWhatItDoesNotName) {
  const auto made = Create(Crm());
  ASSERT_THAT(made, IsOk());
  const std::string etag = domain::Etag(made->now.webhook.edit_revision);
  ASSERT_THAT(Update([](Webhook& w) { w.display_name = "CRM"; }, etag), IsOk());
  EXPECT_EQ(Stored().webhook.url, "https://crm.example/hook");
  EXPECT_THAT(Update([](Webhook& w) { w.display_name = "Other"; }, etag),
              HasReason(Reason::kEtagMismatch));
  EXPECT_THAT(Update([](Webhook& w) { w.url = "https://10.0.0.1/"; }),
              IsInvalidField("webhook.url"));
}

TEST_F(WebhooksTest, APauseHoldsWhatIsDueAndAnEndReleasesTheFirstOfEachSubject) {
  ASSERT_THAT(Create(Crm()), IsOk());
  Put(1, "a", true);
  Put(2, "a", false);
  Put(3, "b", true);
  ASSERT_THAT(Update([](Webhook& w) { w.paused = true; }), IsOk());
  EXPECT_THAT(Due(), IsEmpty());
  ASSERT_THAT(Update([](Webhook& w) { w.paused = false; }), IsOk());
  EXPECT_THAT(Due(), testing::ElementsAre(1, 3));
}

TEST_F(WebhooksTest, AReplayDropsWhatComesAgain) {
  ASSERT_THAT(Create(Crm()), IsOk());
  Put(1, "a", true);
  Put(2, "a", false);
  Put(3, "b", true);
  Put(4, "c", false, DeliveryState::kDead);
  const auto resumed = Resume(1);
  ASSERT_THAT(resumed, IsOk());
  EXPECT_EQ(resumed->progress.cursor, 1);
  EXPECT_EQ(resumed->progress.waiting, 1);
  EXPECT_EQ(resumed->progress.dead, 1);
  EXPECT_THAT(Due(), testing::ElementsAre(1));
  EXPECT_THAT(Resume(-1), IsInvalidField("after_revision"));
  EXPECT_THAT(Resume(programme.head + 1), IsInvalidField("after_revision"));
}

TEST_F(WebhooksTest, ATestIsSentUnlessNothingIs) {
  ASSERT_THAT(Create(Crm()), IsOk());
  const auto send = [](auto& reader, const auto& unit) {
    return use_cases::SendTestEvent(reader, unit, "demo", "crm");
  };
  const auto sent = Do(send);
  ASSERT_THAT(sent, IsOk());
  EXPECT_EQ(sent->type, domain::kTestEventType);
  EXPECT_EQ(sent->due_time, Now());
  EXPECT_EQ(Stored().progress.waiting, 1);
  ASSERT_THAT(Update([](Webhook& w) { w.paused = true; }), IsOk());
  EXPECT_THAT(Do(send), HasReason(Reason::kWebhookNotSending));
}

TEST_F(WebhooksTest, ADeadLetterIsTriedAnew) {
  ASSERT_THAT(Create(Crm()), IsOk());
  Put(1, "a", false, DeliveryState::kDead);
  const auto again = Redeliver(1);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->state, DeliveryState::kWaiting);
  EXPECT_EQ(again->attempts, 0);
  EXPECT_EQ(Stored().progress.dead, 0);
  EXPECT_EQ(Stored().progress.waiting, 1);
  EXPECT_THAT(Due(), testing::ElementsAre(1));
  EXPECT_THAT(Redeliver(2), HasReason(Reason::kNotFound));
}

TEST_F(WebhooksTest, DeliveriesGoWithTheirWebhook) {
  ASSERT_THAT(Create(Crm()), IsOk());
  Put(1, "a", true);
  Put(2, "b", false, DeliveryState::kDead);
  ASSERT_THAT(
      Do([](auto& reader, const auto&) { return use_cases::DeleteWebhook(reader, "demo", "crm"); }),
      IsOk());
  EXPECT_THAT(All<Delivery>(), IsEmpty());
  EXPECT_THAT(All<domain::WebhookProgress>(), IsEmpty());
  EXPECT_THAT(All<Webhook>(), IsEmpty());
}

}  // namespace
}  // namespace perigee::tests
