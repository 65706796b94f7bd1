#include "server/jobs/delivery/sending.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/core/vapid.h"
#include "server/ports/delivery/outgoing.h"
#include "server/ports/executor.h"
#include "tests/fakes/failing_store.h"
#include "tests/jobs/delivery/following.h"

namespace perigee::tests {
namespace {

using domain::AttemptFailure;
using domain::Delivery;
using domain::DeliveryState;
using jobs::Sending;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

// Runs what it is given at once, one after the other.
class PromptExecutor final : public ports::Executor {
 public:
  absl::Status Submit(std::function<void()> work) override {
    waiting_.push_back(std::move(work));
    if (!running_) {
      running_ = true;
      while (!waiting_.empty()) {
        const auto next = std::move(waiting_.front());
        waiting_.pop_front();
        next();
      }
      running_ = false;
    }
    return absl::OkStatus();
  }
  void After(std::chrono::milliseconds, std::function<void()>) override {}

 private:
  std::deque<std::function<void()>> waiting_;
  bool running_ = false;
};

// Gives each work a thread of its own.
class CrowdedExecutor final : public ports::Executor {
 public:
  absl::Status Submit(std::function<void()> work) override {
    const std::lock_guard lock(mutex_);
    threads_.emplace_back(std::move(work));
    return absl::OkStatus();
  }
  void After(std::chrono::milliseconds, std::function<void()>) override {}

 private:
  std::mutex mutex_;
  std::vector<std::jthread> threads_;
};

ports::OutgoingAnswer Ok() { return {.status = 204}; }
ports::OutgoingAnswer Failed(int status = 503) {
  return {.failure = AttemptFailure::kStatus, .status = status};
}

// Keeps what it is sent, and answers as the test says. Safe from many threads.
class Receivers final : public ports::Outgoing {
 public:
  ports::OutgoingAnswer Post(const ports::OutgoingPost& post) override {
    const std::lock_guard lock(mutex_);
    posts.push_back(post);
    return answer(post);
  }
  void Stop() override {}

  // What arrived of a subject: the revisions, in order.
  std::vector<domain::Revision> Of(const std::string& subject) const {
    std::vector<domain::Revision> revisions;
    for (const ports::OutgoingPost& post : posts) {
      const auto message = nlohmann::json::parse(post.body);
      if (message["data"]["subject"] == subject) {
        revisions.push_back(message["data"]["revision"].get<domain::Revision>());
      }
    }
    return revisions;
  }

  std::function<ports::OutgoingAnswer(const ports::OutgoingPost&)> answer =
      [](const ports::OutgoingPost&) { return Ok(); };
  std::vector<ports::OutgoingPost> posts;

 private:
  std::mutex mutex_;
};

class SendingTest : public FollowingTest {
 protected:
  SendingTest() {
    EXPECT_THAT(Create(Crm()), IsOk());
    passing_ = Follow();
  }

  std::unique_ptr<Sending> MakeSending(ports::Executor& work) {
    return MakeSending(work, programme.store());
  }
  std::unique_ptr<Sending> MakeSending(ports::Executor& work, ports::Store& store) {
    return std::make_unique<Sending>(Sending::Parts{store, programme.clock, programme.leases(),
                                                    work, receivers, &vapid, programme.telemetry});
  }
  // Sends what is due at the moment.
  void Send() {
    CatchUp();
    ASSERT_THAT(sending->RunOnce(), IsOk());
    CatchUp();
  }
  // Moves on to the next attempt. False if there is none.
  bool GoOn() {
    std::optional<Time> next;
    for (const Delivery& one : All<Delivery>()) {
      if (one.due_time.has_value() && (!next.has_value() || *one.due_time < *next)) {
        next = one.due_time;
      }
    }
    if (next.has_value()) {
      programme.clock.Set(std::max(*next, Now()));
      Send();
    }
    return next.has_value();
  }

  const VapidKey vapid = *VapidKey::Parse(PemOf(kBrowserNumber), "mailto:ops@brand.example");
  Receivers receivers;
  PromptExecutor executor;
  std::unique_ptr<Sending> sending = MakeSending(executor);

 private:
  std::unique_ptr<jobs::EventPassing> passing_;
};

constexpr char kAda[] = "programs/demo/members/ada";
constexpr char kBob[] = "programs/demo/members/bob";

TEST_F(SendingTest, WhatArrivesGoes) {
  Change("ada");
  Change("bob");
  Send();
  EXPECT_EQ(receivers.Of(kAda).size(), 1U);
  EXPECT_EQ(receivers.Of(kBob).size(), 1U);
  EXPECT_THAT(All<Delivery>(), IsEmpty());
  EXPECT_EQ(Stored().progress.arrive_time, Now());
  EXPECT_EQ(programme.telemetry.delivered("webhook arrived"), 2);
}

TEST_F(SendingTest, ASubjectThatFailsHoldsUpNoOther) {
  bool is_up = false;
  receivers.answer = [&](const ports::OutgoingPost& post) {
    return is_up || post.body.find(kAda) == std::string::npos ? Ok() : Failed();
  };
  Change("ada");
  Change("ada");
  Change("bob");
  Change("bob");
  Send();
  EXPECT_EQ(receivers.Of(kBob).size(), 2U);
  EXPECT_EQ(receivers.Of(kAda).size(), 1U);  // The second one waits.
  Change("ada");
  Change("bob");
  Send();
  EXPECT_EQ(receivers.Of(kBob).size(), 3U);
  EXPECT_EQ(receivers.Of(kAda).size(), 1U);
  is_up = true;
  ASSERT_TRUE(GoOn());
  const std::vector<domain::Revision> revisions = receivers.Of(kAda);
  ASSERT_EQ(revisions.size(), 4U);
  EXPECT_EQ(revisions[0], revisions[1]);
  EXPECT_LT(revisions[1], revisions[2]);
  EXPECT_LT(revisions[2], revisions[3]);
  EXPECT_THAT(All<Delivery>(), IsEmpty());
}

TEST_F(SendingTest, ADeliveryIsTriedForThreeDaysAndThenDead) {
  receivers.answer = [](const ports::OutgoingPost&) { return Failed(); };
  const Time first = Now();
  Change("ada");
  Send();
  while (GoOn()) {
  }
  // The waits follow from the delivery, so they are the same in each run. Eleven of them take 73
  // hours at most: only without nearly all jitter would there be one attempt less.
  EXPECT_EQ(receivers.posts.size(), 12U);
  EXPECT_LE(Now(), first + days(3));
  EXPECT_GT(Now(), first + days(1));
  ASSERT_EQ(All<Delivery>().size(), 1U);
  EXPECT_EQ(All<Delivery>()[0].state, DeliveryState::kDead);
  EXPECT_EQ(programme.telemetry.delivered("webhook failed"), 11);
  EXPECT_EQ(programme.telemetry.delivered("webhook dead"), 1);
  // The messages have one id, so that a receiver knows them.
  EXPECT_EQ(receivers.posts.front().headers.find("webhook-id")->second,
            receivers.posts.back().headers.find("webhook-id")->second);
}

TEST_F(SendingTest, AReceiverThatAsksForTimeGetsIt) {
  receivers.answer = [](const ports::OutgoingPost&) {
    ports::OutgoingAnswer answer = Failed(429);
    answer.retry_after = "3600";
    return answer;
  };
  Change("ada");
  Send();
  EXPECT_GE(All<Delivery>()[0].due_time, Now() + hours(1));
}

TEST_F(SendingTest, AWebhookThatFailsForDaysIsDisabledAndComesBackByAReplay) {
  receivers.answer = [](const ports::OutgoingPost&) {
    return ports::OutgoingAnswer{.failure = AttemptFailure::kConnection};
  };
  const domain::Revision before = programme.head;
  while (!Stored().progress.disable_time.has_value()) {
    Change("ada");
    Send();
    programme.clock.Advance(hours(12));
  }
  const std::size_t tried = receivers.posts.size();
  Change("bob");
  Send();
  EXPECT_EQ(receivers.posts.size(), tried);
  receivers.answer = [](const ports::OutgoingPost&) { return Ok(); };
  receivers.posts.clear();
  ASSERT_THAT(Resume(before), IsOk());
  Send();
  EXPECT_EQ(receivers.Of(kBob).size(), 1U);
  EXPECT_GT(receivers.Of(kAda).size(), 8U);
  EXPECT_THAT(receivers.Of(kAda), testing::WhenSorted(receivers.Of(kAda)));
}

TEST_F(SendingTest, OnlyTheServerWithTheLeaseSends) {
  ASSERT_THAT(programme.leases().GiveUp(), IsOk());
  Change("ada");
  Send();
  EXPECT_THAT(receivers.posts, IsEmpty());
  EXPECT_EQ(All<Delivery>().size(), 1U);
}

TEST_F(SendingTest, WhatCouldNotBeNotedIsSentAgain) {
  FailingStore failing(programme.store());
  const auto unlucky = MakeSending(executor, failing);
  Change("ada");
  CatchUp();
  failing.FailWrite(1);
  EXPECT_THAT(unlucky->RunOnce(), IsOk());
  EXPECT_EQ(receivers.posts.size(), 1U);
  EXPECT_EQ(All<Delivery>().size(), 1U);
  // Not at once.
  EXPECT_THAT(unlucky->RunOnce(), IsOk());
  EXPECT_EQ(receivers.posts.size(), 1U);
  programme.clock.Advance(seconds(10));
  EXPECT_THAT(unlucky->RunOnce(), IsOk());
  EXPECT_EQ(receivers.posts.size(), 2U);
  EXPECT_THAT(All<Delivery>(), IsEmpty());
}

TEST_F(SendingTest, AStoppedSenderLeavesWhatItHas) {
  receivers.answer = [](const ports::OutgoingPost&) {
    return ports::OutgoingAnswer{.was_stopped = true};
  };
  Change("ada");
  Send();
  ASSERT_EQ(All<Delivery>().size(), 1U);
  EXPECT_EQ(All<Delivery>()[0].attempts, 0);
  sending->Stop();
  EXPECT_THAT(sending->RunOnce(), IsOk());
  EXPECT_EQ(receivers.posts.size(), 1U);
}

TEST_F(SendingTest, ManyThreadsKeepTheOrderOfASubject) {
  CrowdedExecutor crowd;
  const auto crowded = MakeSending(crowd);
  for (int i = 0; i < 30; ++i) {
    Change("ada");
    Change("bob");
  }
  CatchUp();
  ASSERT_TRUE(programme.Eventually([&] {
    EXPECT_THAT(crowded->RunOnce(), IsOk());
    return Stored().progress.waiting == 0;
  }));
  crowded->Stop();
  for (const char* subject : {kAda, kBob}) {
    const std::vector<domain::Revision> revisions = receivers.Of(subject);
    EXPECT_EQ(revisions.size(), 30U);
    EXPECT_THAT(revisions, testing::WhenSorted(revisions));
  }
}

TEST_F(SendingTest, AReceiverThatHangsGetsOneAtATime) {
  receivers.answer = [&](const ports::OutgoingPost&) {
    programme.clock.Advance(seconds(10));
    return ports::OutgoingAnswer{.failure = AttemptFailure::kTimeout};
  };
  programme.AddMember("cyd");
  programme.AddMember("dan");
  Change("ada");
  Change("bob");
  Send();
  EXPECT_EQ(receivers.posts.size(), 1U);
  Send();
  EXPECT_EQ(receivers.posts.size(), 2U);
  receivers.answer = [](const ports::OutgoingPost&) { return Ok(); };
  programme.clock.Advance(seconds(10));
  Send();
  EXPECT_EQ(receivers.posts.size(), 3U);
  Send();
  EXPECT_EQ(receivers.posts.size(), 6U);
  EXPECT_THAT(All<Delivery>(), IsEmpty());
}

TEST_F(SendingTest, WithoutAKeyNoticesAreDropped) {
  ASSERT_THAT(Register("ada", "https://push.example/phone"), IsOk());
  ASSERT_THAT(Push("ada", "n1"), IsOk());
  Sending without({programme.store(), programme.clock, programme.leases(), executor, receivers,
                   nullptr, programme.telemetry});
  EXPECT_THAT(without.RunOnce(), IsOk());
  EXPECT_THAT(receivers.posts, IsEmpty());
  EXPECT_THAT(All<domain::PushDelivery>(), IsEmpty());
  EXPECT_EQ(programme.telemetry.delivered("push dropped"), 1);
}

TEST_F(SendingTest, ANoticeReachesTheBrowserAlone) {
  ASSERT_THAT(Register("ada", "https://push.example/phone"), IsOk());
  ASSERT_THAT(Push("ada", "n1"), IsOk());
  ASSERT_THAT(Update([](domain::Webhook& w) { w.paused = true; }), IsOk());
  Send();
  ASSERT_EQ(receivers.posts.size(), 1U);
  const auto text = OpenPush(kBrowserNumber, kBrowserAuth, receivers.posts[0].body);
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(nlohmann::json::parse(*text)["text"], "There is news for you");
  EXPECT_EQ(programme.telemetry.delivered("push arrived"), 1);
  EXPECT_THAT(All<domain::PushDelivery>(), IsEmpty());
}

TEST_F(SendingTest, ANoticeOfWhatIsHiddenMeanwhileIsDropped) {
  ASSERT_THAT(Update([](domain::Webhook& w) { w.paused = true; }), IsOk());
  ASSERT_THAT(Register("ada", "https://push.example/phone"), IsOk());
  // Of nothing that is in the inbox.
  ASSERT_THAT(Push("ada", "s0123456789abcdef-1"), IsOk());
  Send();
  EXPECT_THAT(receivers.posts, IsEmpty());
  EXPECT_THAT(All<domain::PushDelivery>(), IsEmpty());
  EXPECT_EQ(programme.telemetry.delivered("push dropped"), 1);
}

TEST_F(SendingTest, ADeviceThatIsGoneIsRemoved) {
  receivers.answer = [](const ports::OutgoingPost&) { return Failed(410); };
  ASSERT_THAT(Update([](domain::Webhook& w) { w.paused = true; }), IsOk());
  ASSERT_THAT(Register("ada", "https://push.example/phone"), IsOk());
  ASSERT_THAT(Push("ada", "n1"), IsOk());
  Send();
  EXPECT_EQ(programme.telemetry.delivered("push gone"), 1);
  EXPECT_THAT(All<domain::Device>(), IsEmpty());
  EXPECT_THAT(All<domain::PushDelivery>(), IsEmpty());
}

}  // namespace
}  // namespace perigee::tests
