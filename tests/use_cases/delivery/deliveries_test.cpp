#include "server/use_cases/delivery/deliveries.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/core/webhook_signature.h"
#include "server/domain/journal/journal.h"
#include "server/ports/journal/journal_reader.h"
#include "tests/use_cases/delivery/senders.h"

namespace perigee::tests {
namespace {

using domain::AttemptFailure;
using domain::AttemptOutcome;
using domain::Delivery;
using domain::DeliveryState;
using domain::Event;
using std::chrono::days;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class DeliveriesTest : public SendersTest {
 protected:
  DeliveriesTest() { EXPECT_THAT(Create(Crm()), IsOk()); }
  void TearDown() override { EXPECT_THAT(programme.Findings(), IsEmpty()); }

  // The events of all entries after the webhook's cursor.
  std::vector<Event> NewEvents() {
    std::vector<Event> events;
    const domain::Revision cursor = Stored().progress.cursor;
    programme.Read([&](ports::StoreReader& reader) {
      const auto entries = reader.journal().Read("demo", cursor, 1000).value();
      for (const domain::JournalEntry& entry : entries) {
        for (Event& event : domain::EventsOf(entry)) {
          events.push_back(std::move(event));
        }
      }
      return absl::OkStatus();
    });
    return events;
  }
  absl::Status Pass(std::optional<domain::Revision> from = {}) {
    const std::vector<Event> events = NewEvents();
    const use_cases::Passed passed{"demo", "crm", from.value_or(Stored().progress.cursor),
                                   programme.head, events};
    return Write([&](auto& reader, const auto& unit) {
      return use_cases::PassEvents(reader, unit, passed);
    });
  }
  void Change(const std::string& member) {
    programme.ChangeMember(member, [](domain::Member& m) { m.display_name += "!"; });
  }
  std::optional<use_cases::PreparedDelivery> Prepare(const Delivery& key) {
    std::optional<use_cases::PreparedDelivery> prepared;
    programme.Read([&](ports::StoreReader& reader) {
      auto found = use_cases::PrepareDelivery(reader, "demo", key, Now());
      EXPECT_THAT(found, IsOk());
      prepared = *std::move(found);
      return absl::OkStatus();
    });
    return prepared;
  }
  absl::Status Note(const Delivery& tried, std::optional<AttemptOutcome> outcome) {
    return Write([&](auto& reader, const auto& unit) {
      return use_cases::NoteAttempt(reader, unit, "demo", tried, outcome);
    });
  }
  absl::Status Arrive(const Delivery& tried) { return Note(tried, AttemptOutcome{Now()}); }
  absl::Status Fail(const Delivery& tried, int status = 500) {
    return Note(tried, AttemptOutcome{Now(), AttemptFailure::kStatus, status, {}});
  }
  // Whether each delivery is due at some time, in the order of their events.
  std::vector<bool> Due() {
    std::vector<bool> due;
    for (const Delivery& one : All<Delivery>()) {
      due.push_back(one.due_time.has_value());
    }
    return due;
  }
};

TEST_F(DeliveriesTest, TheFirstOfEachSubjectIsDueAndTheOthersWait) {
  Change("ada");
  Change("ada");
  Change("bob");
  ASSERT_THAT(Pass(), IsOk());
  EXPECT_THAT(Due(), ElementsAre(true, false, true));
  EXPECT_EQ(Stored().progress.waiting, 3);
  // Events that come later wait as well.
  Change("ada");
  ASSERT_THAT(Pass(), IsOk());
  EXPECT_THAT(Due(), ElementsAre(true, false, true, false));
  ASSERT_THAT(Arrive(All<Delivery>()[0]), IsOk());
  EXPECT_THAT(Due(), ElementsAre(true, true, false));
}

TEST_F(DeliveriesTest, AnEventIsPassedOnce) {
  Change("ada");
  const domain::Revision from = Stored().progress.cursor;
  ASSERT_THAT(Pass(from), IsOk());
  Change("ada");
  // Another server, which does not know yet.
  ASSERT_THAT(Pass(from), IsOk());
  EXPECT_EQ(All<Delivery>().size(), 1U);
}

TEST_F(DeliveriesTest, OnlyWhatTheWebhookWantsIsPassed) {
  ASSERT_THAT(Update([](domain::Webhook& w) { w.types = {"perigee.badge.made"}; }), IsOk());
  Change("ada");
  ASSERT_THAT(Pass(), IsOk());
  EXPECT_THAT(All<Delivery>(), IsEmpty());
  EXPECT_GT(Stored().progress.cursor, 0);
}

TEST_F(DeliveriesTest, APausedWebhookKeepsItsCursor) {
  const domain::Revision cursor = Stored().progress.cursor;
  ASSERT_THAT(Update([](domain::Webhook& w) { w.paused = true; }), IsOk());
  Change("ada");
  ASSERT_THAT(Pass(), IsOk());
  EXPECT_EQ(Stored().progress.cursor, cursor);
  EXPECT_THAT(All<Delivery>(), IsEmpty());
}

TEST_F(DeliveriesTest, AMessageIsSignedAndNamesItsSubject) {
  Change("ada");
  ASSERT_THAT(Pass(), IsOk());
  const auto prepared = Prepare(All<Delivery>()[0]);
  ASSERT_TRUE(prepared.has_value() && prepared->post.has_value());
  const ports::OutgoingPost& post = *prepared->post;
  EXPECT_EQ(post.url, "https://crm.example/hook");
  const auto message = nlohmann::json::parse(post.body);
  EXPECT_EQ(message["type"], "perigee.member.changed");
  EXPECT_EQ(message["data"]["subject"], "programs/demo/members/ada");
  EXPECT_EQ(message["data"]["revision"], prepared->delivery.event);
  EXPECT_EQ(post.body.find("ada!"), std::string::npos);  // The name is not told.
  const auto header = [&](const char* name) { return post.headers.find(name)->second; };
  const WebhookHeaders headers{header("webhook-id"), header("webhook-timestamp"),
                               header("webhook-signature")};
  programme.Read([&](ports::StoreReader& reader) {
    const auto secrets = use_cases::WebhookSecrets(reader, "demo", Stored().webhook, Now()).value();
    EXPECT_THAT(VerifyWebhook(secrets, headers, post.body, Now()), IsOk());
    return absl::OkStatus();
  });
  // Another attempt is the same message at another time.
  ASSERT_THAT(Fail(prepared->delivery), IsOk());
  programme.clock.Advance(minutes(1));
  const auto again = Prepare(All<Delivery>()[0]);
  ASSERT_TRUE(again.has_value() && again->post.has_value());
  EXPECT_EQ(again->post->body, post.body);
  EXPECT_EQ(again->post->headers.find("webhook-id")->second, headers.id);
  EXPECT_NE(again->post->headers.find("webhook-timestamp")->second, headers.timestamp);
}

TEST_F(DeliveriesTest, AnEventIsFoundAlsoAtAnotherPlace) {
  Change("ada");
  ASSERT_THAT(Pass(), IsOk());
  // As an older release placed it, which told of fewer kinds of records.
  Delivery delivery = All<Delivery>()[0];
  ASSERT_THAT(Write([&](auto&, const auto& unit) -> absl::StatusOr<domain::Changes> {
                domain::Changes changes;
                changes.records.Delete(delivery);
                delivery.place = 7;
                delivery.revision = unit.revision;
                changes.records.Put(delivery);
                return changes;
              }),
              IsOk());
  const auto prepared = Prepare(All<Delivery>()[0]);
  ASSERT_TRUE(prepared.has_value() && prepared->post.has_value());
  EXPECT_EQ(nlohmann::json::parse(prepared->post->body)["data"]["subject"],
            "programs/demo/members/ada");
}

TEST_F(DeliveriesTest, NothingIsPreparedBeforeItsTime) {
  Change("ada");
  Change("ada");
  ASSERT_THAT(Pass(), IsOk());
  EXPECT_FALSE(Prepare(All<Delivery>()[1]).has_value());
  ASSERT_THAT(Fail(All<Delivery>()[0]), IsOk());
  EXPECT_FALSE(Prepare(All<Delivery>()[0]).has_value());
  programme.clock.Advance(seconds(5));
  EXPECT_TRUE(Prepare(All<Delivery>()[0]).has_value());
  ASSERT_THAT(Update([](domain::Webhook& w) { w.paused = true; }), IsOk());
  EXPECT_FALSE(Prepare(All<Delivery>()[0]).has_value());
}

TEST_F(DeliveriesTest, AnEventOfAnErasedMemberGoes) {
  Change("ada");
  Change("ada");
  Change("bob");
  ASSERT_THAT(Pass(), IsOk());
  programme.Erase(programme.KeyOf("ada"));
  programme.DoWhatIsDue();
  for (int i = 0; i < 2; ++i) {
    const Delivery first = All<Delivery>()[0];
    const auto prepared = Prepare(first);
    ASSERT_TRUE(prepared.has_value());
    EXPECT_FALSE(prepared->post.has_value());
    ASSERT_THAT(Note(first, std::nullopt), IsOk());
  }
  EXPECT_EQ(All<Delivery>().size(), 1U);
  EXPECT_EQ(Stored().progress.waiting, 1);
}

TEST_F(DeliveriesTest, ADeadLetterBlocksItsSubjectNoMore) {
  Change("ada");
  Change("ada");
  ASSERT_THAT(Pass(), IsOk());
  for (;;) {
    const Delivery first = All<Delivery>()[0];
    if (first.state == DeliveryState::kDead) {
      break;
    }
    EXPECT_THAT(Due(), ElementsAre(true, false));
    programme.clock.Set(*first.due_time);
    ASSERT_THAT(Fail(first), IsOk());
  }
  EXPECT_THAT(Due(), ElementsAre(false, true));
  EXPECT_EQ(Stored().progress.waiting, 1);
  EXPECT_EQ(Stored().progress.dead, 1);
}

TEST_F(DeliveriesTest, AReceiverThatIsGoneIsAskedNoMore) {
  Change("ada");
  Change("bob");
  ASSERT_THAT(Pass(), IsOk());
  ASSERT_THAT(Fail(All<Delivery>()[0], 410), IsOk());
  EXPECT_EQ(Stored().progress.disable_time, Now());
  EXPECT_THAT(Due(), ElementsAre(false, false));
  ASSERT_THAT(Resume(), IsOk());
  EXPECT_THAT(Due(), ElementsAre(true, true));
  EXPECT_FALSE(Stored().progress.failing_since.has_value());
}

TEST_F(DeliveriesTest, AnAttemptIsNotedOnce) {
  Change("ada");
  ASSERT_THAT(Pass(), IsOk());
  const Delivery tried = All<Delivery>()[0];
  ASSERT_THAT(Fail(tried), IsOk());
  ASSERT_THAT(Fail(tried), IsOk());
  EXPECT_EQ(All<Delivery>()[0].attempts, 1);
  ASSERT_THAT(Arrive(All<Delivery>()[0]), IsOk());
  ASSERT_THAT(Arrive(tried), IsOk());
  EXPECT_EQ(Stored().progress.waiting, 0);
}

TEST_F(DeliveriesTest, AReplayMakesADeadLetterAnew) {
  const domain::Revision before = Stored().progress.cursor;
  Change("ada");
  ASSERT_THAT(Pass(), IsOk());
  while (All<Delivery>()[0].state == DeliveryState::kWaiting) {
    programme.clock.Set(*All<Delivery>()[0].due_time);
    ASSERT_THAT(Fail(All<Delivery>()[0]), IsOk());
  }
  ASSERT_THAT(Resume(before), IsOk());
  ASSERT_THAT(Pass(), IsOk());
  EXPECT_EQ(All<Delivery>()[0].state, DeliveryState::kWaiting);
  EXPECT_EQ(All<Delivery>()[0].attempts, 0);
  EXPECT_EQ(Stored().progress.dead, 0);
  EXPECT_EQ(Stored().progress.waiting, 1);
}

TEST_F(DeliveriesTest, TheOldestDeadLetterGoesFirst) {
  domain::WebhookProgress progress = Stored().progress;
  progress.dead = domain::kDeadMax;
  ASSERT_THAT(Write([&](auto&, const auto& unit) -> absl::StatusOr<domain::Changes> {
                domain::Changes changes;
                for (int i = 0; i < domain::kDeadMax; ++i) {
                  Delivery dead;
                  dead.webhook = "crm";
                  dead.event = 1;
                  dead.place = i;
                  dead.type = "perigee.member.made";
                  dead.subject = "a";
                  dead.state = DeliveryState::kDead;
                  dead.create_time = unit.now;
                  dead.revision = unit.revision;
                  changes.records.Put(std::move(dead));
                }
                progress.revision = unit.revision;
                changes.records.Put(progress);
                return changes;
              }),
              IsOk());
  Change("ada");
  ASSERT_THAT(Pass(), IsOk());
  Delivery last = All<Delivery>().back();
  while (last.state == DeliveryState::kWaiting) {
    programme.clock.Set(*last.due_time);
    ASSERT_THAT(Fail(last), IsOk());
    last = All<Delivery>().back();
  }
  EXPECT_EQ(Stored().progress.dead, domain::kDeadMax);
  const std::vector<Delivery> all = All<Delivery>();
  EXPECT_EQ(all.size(), static_cast<std::size_t>(domain::kDeadMax));
  EXPECT_EQ(all[0].place, 1);
}

}  // namespace
}  // namespace perigee::tests
