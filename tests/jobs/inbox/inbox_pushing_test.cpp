#include "server/jobs/inbox/inbox_pushing.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/core/vapid.h"
#include "server/domain/delivery/webhook.h"
#include "server/use_cases/inbox/inbox_pushes.h"
#include "tests/use_cases/delivery/senders.h"
#include "tests/use_cases/inbox/inboxes.h"

namespace perigee::tests {
namespace {

using domain::InboxTopic;
using jobs::InboxPushing;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::IsEmpty;

// What a browser shows.
struct Shown {
  std::string device;
  std::string notification;
  std::string topic;
  std::string text;
};

// The job, and a push service that hands on all that is due.
class InboxPushingTest : public InboxesTest {
 protected:
  void TearDown() override { EXPECT_THAT(programme.Findings(), IsEmpty()); }

  domain::Device Register(const std::string& member, const std::string& browser = "phone") {
    domain::Device device;
    device.endpoint = "https://push.example/" + member + "-" + browser;
    device.p256dh = absl::WebSafeBase64Escape(PointOf(kBrowserNumber));
    device.auth = absl::WebSafeBase64Escape(kBrowserAuth);
    const absl::StatusOr<domain::Device> made = Do([&](auto& reader, const auto& unit) {
      return use_cases::RegisterDevice(reader, unit, "demo", member, device, OutgoingRules{true});
    });
    EXPECT_THAT(made, IsOk());
    return made.value_or(device);
  }
  std::unique_ptr<InboxPushing> MakePushing() {
    return std::make_unique<InboxPushing>(
        InboxPushing::Parts{programme.store(), programme.clock, programme.leases()});
  }
  // The store tells of a unit after its answer, but before it begins another one.
  void AwaitTelling() {
    EXPECT_FALSE(Do([](auto&, const auto&) -> absl::StatusOr<use_cases::Decided<bool>> {
                   return absl::CancelledError("nothing to write");
                 }).ok());
  }
  // Runs the job until nothing is left to do.
  void Run() {
    AwaitTelling();
    do {
      ASSERT_THAT(pushing->RunOnce(), IsOk());
    } while (pushing->Rest() == milliseconds(0));
  }
  bool IsStillNews(const domain::PushDelivery& push) {
    bool is_news = false;
    programme.Read([&](ports::StoreReader& reader) {
      is_news = use_cases::IsStillNews(reader, "demo", push, Now()).value();
      return absl::OkStatus();
    });
    return is_news;
  }
  // Runs the job, and hands its notices to the browsers.
  std::vector<Shown> Push() {
    Run();
    return Deliver();
  }
  std::vector<Shown> Deliver() {
    std::vector<Shown> shown;
    for (const domain::PushDelivery& due : All<domain::PushDelivery>()) {
      EXPECT_TRUE(IsStillNews(due)) << due.notification;
      std::optional<use_cases::PreparedPush> prepared;
      programme.Read([&](ports::StoreReader& reader) {
        prepared = use_cases::PreparePush(reader, "demo", due, &vapid_, Now()).value();
        return absl::OkStatus();
      });
      if (!prepared.has_value() || !prepared->post.has_value()) {
        ADD_FAILURE() << "a notice cannot be sent";
        continue;
      }
      const auto message =
          nlohmann::json::parse(*OpenPush(kBrowserNumber, kBrowserAuth, prepared->post->body));
      EXPECT_EQ(message.size(), 3U);
      shown.push_back({due.device, message["notification"].get<std::string>(),
                       message["topic"].get<std::string>(), message["text"].get<std::string>()});
      domain::AttemptOutcome arrived;
      arrived.time = Now();
      arrived.status = 201;
      EXPECT_THAT(
          Do([&](auto& reader, const auto& unit) -> absl::StatusOr<use_cases::Decided<bool>> {
            auto changes = use_cases::NotePush(reader, unit, "demo", prepared->push, arrived);
            return use_cases::Decided<bool>{true, *std::move(changes)};
          }),
          IsOk());
    }
    return shown;
  }
  std::vector<std::string> Texts() {
    std::vector<std::string> texts;
    for (Shown& one : Push()) {
      texts.push_back(std::move(one.text));
    }
    return texts;
  }
  static std::string SentenceOf(InboxTopic topic) { return std::string(domain::SentenceOf(topic)); }
  template <class R>
  std::vector<R> All() {
    std::vector<R> all;
    programme.Read([&](ports::StoreReader& reader) {
      all = reader.records().List<R>("demo", {}, nullptr, 2000).value();
      return absl::OkStatus();
    });
    return all;
  }

  std::unique_ptr<InboxPushing> pushing = MakePushing();

 private:
  const VapidKey vapid_ = *VapidKey::Parse(PemOf(kBrowserNumber), "mailto:ops@brand.example");
};

TEST_F(InboxPushingTest, NewsReachesEachDeviceOnce) {
  Register("ada", "phone");
  Register("ada", "laptop");
  EXPECT_THAT(Push(), IsEmpty());
  Thank("ada");
  Thank("bob");  // Has no device.
  EXPECT_THAT(Texts(),
              ElementsAre(SentenceOf(InboxTopic::kThanks), SentenceOf(InboxTopic::kThanks)));
  EXPECT_THAT(Push(), IsEmpty());
  // A server that takes over knows it too.
  pushing = MakePushing();
  EXPECT_THAT(Push(), IsEmpty());
}

TEST_F(InboxPushingTest, ManyNewsOfATopicAreOneNotice) {
  Register("ada");
  Push();
  for (int i = 0; i < 70; ++i) {
    Thank("ada");
  }
  const std::vector<Shown> shown = Push();
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_EQ(shown[0].topic, "thanks");
  EXPECT_EQ(shown[0].notification, domain::FormatInboxId(List("ada").notices.front().notice.place));
}

TEST_F(InboxPushingTest, WhatCameBeforeADeviceIsNotPushed) {
  Thank("ada");
  WriteItem(MakeItem("roadmap"));
  Wait(hours(1));
  Register("ada");
  EXPECT_THAT(Push(), IsEmpty());
  // What came while no server pushed is not lost.
  pushing.reset();
  Thank("ada");
  pushing = MakePushing();
  EXPECT_THAT(Texts(), ElementsAre(SentenceOf(InboxTopic::kThanks)));
}

TEST_F(InboxPushingTest, AnEmbargoLiftsAtItsInstantAndTheTextSaysNothing) {
  Register("ada");
  domain::InsiderItem item = MakeItem("roadmap", days(10));
  item.audience = "title:mvp";  // So that ada sees it released only.
  WriteItem(item);
  EXPECT_THAT(Push(), IsEmpty());
  programme.clock.Set(item.releases[0].time - Duration(1));
  EXPECT_THAT(Push(), IsEmpty());
  EXPECT_GT(pushing->Rest(), milliseconds(0));
  programme.clock.Set(item.releases[0].time);
  EXPECT_EQ(pushing->Rest(), milliseconds(0));
  const std::vector<Shown> shown = Push();
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_EQ(shown[0].text, SentenceOf(InboxTopic::kInsider));
  for (const std::string& part : {shown[0].text, shown[0].notification, shown[0].topic}) {
    EXPECT_EQ(part.find("roadmap"), std::string::npos);
  }
}

TEST_F(InboxPushingTest, AnItemThatIsWithdrawnInTimeIsNotPushed) {
  Register("ada");
  Push();
  Wait(minutes(1));  // What is open when the device comes is not new to it.
  domain::InsiderItem item = WriteItem(MakeItem("roadmap"));
  item.withdraw_time = Now();
  WriteItem(item);
  EXPECT_THAT(Push(), IsEmpty());
}

TEST_F(InboxPushingTest, ANoticeThatWaitsIsNoNewsOnceItsItemIsWithdrawn) {
  Register("ada");
  Push();
  Wait(minutes(1));  // What is open when the device comes is not new to it.
  domain::InsiderItem item = WriteItem(MakeItem("roadmap"));
  Run();
  ASSERT_EQ(All<domain::PushDelivery>().size(), 1U);
  EXPECT_TRUE(IsStillNews(All<domain::PushDelivery>()[0]));
  item.withdraw_time = Now();
  WriteItem(item);
  EXPECT_FALSE(IsStillNews(All<domain::PushDelivery>()[0]));
}

TEST_F(InboxPushingTest, QuietHoursAndDigestsWait) {
  ASSERT_THAT(Set("ada",
                  [](auto& settings) {
                    settings.quiet_begin = 22 * 60;
                    settings.quiet_end = 7 * 60;
                    settings.time_zone = "Europe/Vienna";
                  }),
              IsOk());
  ASSERT_THAT(Set("bob", [](auto& settings) { settings.digest = domain::InboxDigest::kDaily; }),
              IsOk());
  const std::string of_ada = Register("ada").id;
  const std::string of_bob = Register("bob").id;
  Push();
  programme.clock.Set(*ParseTime("2026-11-21T21:00:00Z"));
  Thank("ada");
  Thank("bob");
  EXPECT_THAT(Push(), IsEmpty());
  programme.clock.Set(*ParseTime("2026-11-22T00:00:00Z"));
  std::vector<Shown> shown = Push();
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_EQ(shown[0].device, of_bob);
  programme.clock.Set(*ParseTime("2026-11-22T06:00:00Z"));
  shown = Push();
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_EQ(shown[0].device, of_ada);
}

TEST_F(InboxPushingTest, MutedAndReadNewsAreNotPushed) {
  ASSERT_THAT(Set("ada", [](auto& settings) { settings.muted = {InboxTopic::kThanks}; }), IsOk());
  Register("ada");
  Register("bob");
  Push();
  Thank("ada");
  Thank("bob");
  ASSERT_THAT(Read("bob", {List("bob").notices.front().notice.place}), IsOk());
  EXPECT_THAT(Push(), IsEmpty());
}

TEST_F(InboxPushingTest, AMergedMemberIsPushedToAsThePersonItIs) {
  const std::string device = Register("bob").id;
  Thank("bob");
  ASSERT_EQ(Push().size(), 1U);
  programme.SetHead("bob", "ada");
  EXPECT_THAT(Push(), IsEmpty());
  Thank("ada");
  const std::vector<Shown> shown = Push();
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_EQ(shown[0].device, device);
}

TEST_F(InboxPushingTest, AServerWithoutTheLeasePushesNothing) {
  Register("ada");
  Push();
  Thank("ada");
  ASSERT_THAT(programme.leases().GiveUp(), IsOk());
  EXPECT_THAT(Push(), IsEmpty());
}

TEST_F(InboxPushingTest, AnErasedMemberIsForgotten) {
  Register("ada");
  Push();
  Thank("ada");
  programme.Erase(programme.KeyOf("ada"));
  EXPECT_THAT(Push(), IsEmpty());
}

// Facts change at random, the clock moves on, and servers take turns. Each notice comes once to
// each browser, and of each topic the newest notification comes to all of them.
TEST_F(InboxPushingTest, NothingIsPushedTwiceAndNothingIsLeftOut) {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    std::mt19937 random(seed);
    std::set<std::pair<std::string, std::string>> seen;
    std::map<std::string, domain::Device> phones;
    for (const char* member : {"ada", "bob"}) {
      phones[member] = Register(member, std::to_string(seed));
    }
    const auto push = [&] {
      for (const Shown& one : Push()) {
        EXPECT_TRUE(seen.emplace(one.device, one.notification).second)
            << "pushed twice with seed " << seed;
      }
    };
    for (int step = 0; step < 40; ++step) {
      Wait(minutes(1 + random() % 300));
      const std::string id = std::to_string(seed) + "-" + std::to_string(step);
      switch (random() % 5) {
        case 0:
          Thank(random() % 2 == 0 ? "ada" : "bob");
          break;
        case 1: {
          domain::InsiderItem item = MakeItem(id, hours(10 + random() % 50));
          item.open_time = Now() + hours(random() % 10);
          item.audience = random() % 2 == 0 ? "" : "title:mvp";
          WriteItem(item);
          break;
        }
        case 2:
          static_cast<void>(Appoint(random() % 2 == 0 ? "ada" : "bob"));
          break;
        case 3:
          pushing = MakePushing();
          break;
        default:
          push();
      }
    }
    push();
    for (const auto& [member, device] : phones) {
      std::set<InboxTopic> topics;
      for (const auto& one : List(member).notices) {
        const InboxTopic topic = domain::TopicOf(one.notice.kind);
        if (one.notice.place.time > device.create_time && topics.insert(topic).second) {
          EXPECT_TRUE(seen.contains({device.id, domain::FormatInboxId(one.notice.place)}))
              << domain::NameOf(topic) << " never pushed to " << member << " with seed " << seed;
        }
      }
    }
  }
}

}  // namespace
}  // namespace perigee::tests
