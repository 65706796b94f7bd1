#include "server/services/measurements.h"

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "server/core/error.h"
#include "tests/fakes/fake_clock.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using services::Measurements;

class MeasurementsTest : public testing::Test {
 protected:
  // Makes the answer and waits for it.
  void Make(const std::string& name, const Measurements::Measure& measure) {
    std::promise<void> made;
    measurements.Make(name, measure, [&] { made.set_value(); });
    made.get_future().wait();
  }
  static Measurements::Measure Answer(const std::string& bytes) {
    return [bytes](Time, const auto&) { return absl::StatusOr<std::string>(bytes); };
  }

  FakeClock clock{*ParseTime("2026-11-21T12:00:00Z")};
  Measurements measurements{clock};
};

TEST_F(MeasurementsTest, AnAnswerIsFreshForAMinute) {
  EXPECT_TRUE(IsWouldBlock(measurements.Find("map", clock.Now(), true).status()));
  Make("map", Answer("one"));
  EXPECT_EQ(*measurements.Find("map", clock.Now(), true), "one");
  EXPECT_EQ(*measurements.Find("map", clock.Now() + std::chrono::minutes(1), true), "one");
  const Time later = clock.Now() + std::chrono::seconds(61);
  EXPECT_TRUE(IsWouldBlock(measurements.Find("map", later, true).status()));
  EXPECT_THAT(measurements.Find("map", later, false), HasReason(Reason::kOverloaded));
  EXPECT_TRUE(IsWouldBlock(measurements.Find("other", clock.Now(), true).status()));
}

TEST_F(MeasurementsTest, TheMinuteBeginsWhenTheAnswerIsMade) {
  Make("map", [this](Time, const auto&) {
    clock.Advance(std::chrono::seconds(90));
    return absl::StatusOr<std::string>("one");
  });
  EXPECT_EQ(*measurements.Find("map", clock.Now() + std::chrono::minutes(1), true), "one");
}

TEST_F(MeasurementsTest, ARefusalIsForThoseWhoWait) {
  Make("map",
       [](Time, const auto&) -> absl::StatusOr<std::string> { return NotFound("programs/none"); });
  EXPECT_THAT(measurements.Find("map", clock.Now(), false), HasReason(Reason::kNotFound));
  EXPECT_TRUE(
      IsWouldBlock(measurements.Find("map", clock.Now() + std::chrono::seconds(1), true).status()));
}

TEST_F(MeasurementsTest, AllWhoAskMeanwhileShareOneWork) {
  std::promise<void> go;
  const std::shared_future<void> gate = go.get_future().share();
  std::atomic<int> runs{0};
  std::vector<std::promise<void>> made(3);
  for (std::promise<void>& one : made) {
    measurements.Make(
        "map",
        [&, gate](Time, const auto&) {
          gate.wait();
          ++runs;
          return absl::StatusOr<std::string>("one");
        },
        [&one] { one.set_value(); });
  }
  go.set_value();
  for (std::promise<void>& one : made) {
    one.get_future().wait();
  }
  EXPECT_EQ(runs, 1);
}

TEST_F(MeasurementsTest, OnlyAFewMayWait) {
  std::promise<void> go;
  const std::shared_future<void> gate = go.get_future().share();
  const auto measure = [gate](Time, const auto&) {
    gate.wait();
    return absl::StatusOr<std::string>("one");
  };
  for (int i = 0; i < 8; ++i) {
    measurements.Make(std::to_string(i), measure, [] {});
  }
  bool turned_away = false;
  measurements.Make("one too many", measure, [&] { turned_away = true; });
  EXPECT_TRUE(turned_away);
  EXPECT_THAT(measurements.Find("one too many", clock.Now(), false),
              HasReason(Reason::kOverloaded));
  go.set_value();
}

TEST_F(MeasurementsTest, StopEndsTheWork) {
  std::promise<void> started;
  std::promise<void> made;
  measurements.Make(
      "map",
      [&](Time, const auto& goes_on) -> absl::StatusOr<std::string> {
        started.set_value();
        absl::Status status = absl::OkStatus();
        while (status.ok()) {
          status = goes_on();
        }
        return status;
      },
      [&] { made.set_value(); });
  started.get_future().wait();
  measurements.Stop();
  made.get_future().wait();
  EXPECT_THAT(measurements.Find("map", clock.Now(), false), HasReason(Reason::kShuttingDown));
  bool refused = false;
  measurements.Make("other", Answer("late"), [&] { refused = true; });
  EXPECT_TRUE(refused);
  EXPECT_THAT(measurements.Find("other", clock.Now(), false), HasReason(Reason::kShuttingDown));
}

}  // namespace
}  // namespace perigee::tests
