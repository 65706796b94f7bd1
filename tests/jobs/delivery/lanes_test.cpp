#include "server/jobs/delivery/lanes.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perigee::tests {
namespace {

using jobs::Lanes;
using jobs::SendingJob;
using std::chrono::hours;
using std::chrono::seconds;
using testing::IsEmpty;
using testing::SizeIs;

const Time kNow = *ParseTime("2026-11-21T12:00:00Z");

class LanesTest : public testing::Test {
 protected:
  static SendingJob Job(const std::string& receiver, int number, bool is_push = false) {
    ports::Due due;
    due.program = "demo";
    due.key = receiver + std::to_string(number);
    return {due, receiver, is_push};
  }
  void TakeMany(const std::string& receiver, int jobs, Time now = kNow) {
    for (int i = 0; i < jobs; ++i) {
      lanes.Take(Job(receiver, i), now);
    }
  }
  // Makes one attempt, which takes so long.
  void Attempt(const std::string& receiver, Duration waited, Time now = kNow) {
    lanes.Take(Job(receiver, 1000), now);
    for (const std::string& lane : lanes.Employ(now)) {
      while (const std::optional<SendingJob> job = lanes.Next(lane)) {
        lanes.End(*job, waited, now);
      }
      lanes.Leave(lane);
    }
  }

  Lanes lanes;
};

TEST_F(LanesTest, AWebhookHasAFewWorkers) {
  TakeMany("crm", 10);
  TakeMany("shop", 2);
  EXPECT_THAT(lanes.Employ(kNow), SizeIs(Lanes::kWebhookWorkersMax + 2));
  EXPECT_THAT(lanes.Employ(kNow), IsEmpty());
  EXPECT_EQ(lanes.workers(), Lanes::kWebhookWorkersMax + 2);
}

TEST_F(LanesTest, AllDevicesShareALane) {
  for (int i = 0; i < 20; ++i) {
    lanes.Take(Job("phone " + std::to_string(i), 0, true), kNow);
  }
  EXPECT_THAT(lanes.Employ(kNow), SizeIs(Lanes::kPushWorkersMax));
}

TEST_F(LanesTest, AnAttemptIsMadeByOneWorker) {
  lanes.Take(Job("crm", 1), kNow);
  lanes.Take(Job("crm", 1), kNow);
  const std::vector<std::string> employed = lanes.Employ(kNow);
  ASSERT_THAT(employed, SizeIs(1));
  const auto job = lanes.Next(employed[0]);
  ASSERT_TRUE(job.has_value());
  EXPECT_FALSE(lanes.Next(employed[0]).has_value());
  lanes.Take(*job, kNow);
  EXPECT_FALSE(lanes.Next(employed[0]).has_value());
  EXPECT_FALSE(lanes.Claim(job->due));
  lanes.End(*job, seconds(1), kNow);
  EXPECT_TRUE(lanes.Claim(job->due));
}

TEST_F(LanesTest, WhatRestsIsNotTaken) {
  const SendingJob job = Job("crm", 1);
  lanes.Rest(job.due, kNow + seconds(10));
  lanes.Take(job, kNow);
  EXPECT_THAT(lanes.Employ(kNow), IsEmpty());
  lanes.Take(job, kNow + seconds(10));
  EXPECT_THAT(lanes.Employ(kNow + seconds(10)), SizeIs(1));
}

TEST_F(LanesTest, ALaneHoldsSoMany) {
  TakeMany("crm", 1000);
  const std::vector<std::string> employed = lanes.Employ(kNow);
  std::size_t held = 0;
  while (lanes.Next(employed[0]).has_value()) {
    ++held;
  }
  EXPECT_EQ(held, Lanes::kLaneMax);
}

TEST_F(LanesTest, SlowReceiversHaveOnePlaceEachInOneLane) {
  for (int i = 0; i < 10; ++i) {
    Attempt("slow " + std::to_string(i), seconds(3));
  }
  for (int i = 0; i < 10; ++i) {
    TakeMany("slow " + std::to_string(i), 5);
  }
  const std::vector<std::string> employed = lanes.Employ(kNow);
  ASSERT_THAT(employed, SizeIs(Lanes::kSlowWorkersMax));
  int places = 0;
  while (lanes.Next(employed[0]).has_value()) {
    ++places;
  }
  EXPECT_EQ(places, 10);
}

TEST_F(LanesTest, AReceiverThatBecomesSlowLeavesItsLane) {
  TakeMany("crm", 10);
  const std::vector<std::string> employed = lanes.Employ(kNow);
  const auto job = lanes.Next(employed[0]);
  ASSERT_TRUE(job.has_value());
  lanes.End(*job, seconds(3), kNow);
  EXPECT_TRUE(lanes.IsSlow("crm"));
  EXPECT_FALSE(lanes.Next(employed[0]).has_value());
  for (const std::string& lane : employed) {
    lanes.Leave(lane);
  }
  TakeMany("crm", 10);
  EXPECT_THAT(lanes.Employ(kNow), SizeIs(1));
}

TEST_F(LanesTest, AQuickAttemptEndsTheSlowness) {
  Attempt("crm", seconds(3));
  EXPECT_TRUE(lanes.IsSlow("crm"));
  Attempt("crm", seconds(1));
  EXPECT_FALSE(lanes.IsSlow("crm"));
  Attempt("crm", seconds(3));
  lanes.Employ(kNow + hours(1));
  EXPECT_FALSE(lanes.IsSlow("crm"));
}

TEST_F(LanesTest, WhatSentNothingGivesItsPlaceBack) {
  Attempt("crm", seconds(3));
  lanes.Take(Job("crm", 1), kNow);
  std::vector<std::string> employed = lanes.Employ(kNow);
  ASSERT_THAT(employed, SizeIs(1));
  const auto job = lanes.Next(employed[0]);
  ASSERT_TRUE(job.has_value());
  lanes.End(*job, std::nullopt, kNow);
  lanes.Leave(employed[0]);
  EXPECT_TRUE(lanes.IsSlow("crm"));
  lanes.Take(Job("crm", 2), kNow);
  EXPECT_THAT(lanes.Employ(kNow), SizeIs(1));
}

}  // namespace
}  // namespace perigee::tests
