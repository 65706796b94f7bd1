#include "clients/load/schedule.h"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perigee::load {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;

std::vector<nanoseconds> All(Schedule schedule) {
  std::vector<nanoseconds> all;
  while (const auto next = schedule.Next()) {
    all.push_back(*next);
  }
  return all;
}

std::int64_t CountBetween(const std::vector<nanoseconds>& times, nanoseconds begin,
                          nanoseconds end) {
  std::int64_t count = 0;
  for (const nanoseconds time : times) {
    count += time >= begin && time < end ? 1 : 0;
  }
  return count;
}

TEST(Schedule, ConstantArrivalsKeepTheirDistance) {
  EXPECT_THAT(
      All(Schedule({4}, seconds(1), Schedule::Arrivals::kConstant)),
      ElementsAre(milliseconds(0), milliseconds(250), milliseconds(500), milliseconds(750)));
}

TEST(Schedule, ADistanceMaySpanPartsOfDifferentRates) {
  // Two calls a second, then none, then half a call. The first call of the fourth part completes
  // that half.
  EXPECT_THAT(
      All(Schedule({2, 0, 0.5, 4}, seconds(4), Schedule::Arrivals::kConstant)),
      ElementsAre(milliseconds(0), milliseconds(500), milliseconds(2000), milliseconds(3125),
                  milliseconds(3375), milliseconds(3625), milliseconds(3875)));
}

TEST(Schedule, PoissonArrivalsHaveTheirRateAndSpread) {
  constexpr int kRuns = 200;
  double sum = 0;
  double squares = 0;
  double late = 0;
  for (std::uint64_t seed = 0; seed < kRuns; ++seed) {
    const auto all = All(Schedule({100, 300}, seconds(2), Schedule::Arrivals::kPoisson, seed));
    const auto early = static_cast<double>(CountBetween(all, seconds(0), seconds(1)));
    sum += early;
    squares += early * early;
    late += static_cast<double>(CountBetween(all, seconds(1), seconds(2)));
  }
  const double mean = sum / kRuns;
  EXPECT_NEAR(mean, 100, 3);
  EXPECT_NEAR(late / kRuns, 300, 5);
  // The variance of a Poisson count is its mean; with equal distances it would be 0.
  EXPECT_NEAR(squares / kRuns - mean * mean, 100, 40);
}

TEST(Schedule, TheSameSeedGivesTheSameTimes) {
  const auto times = [](std::uint64_t seed) {
    return All(Schedule({50}, seconds(2), Schedule::Arrivals::kPoisson, seed));
  };
  EXPECT_EQ(times(3), times(3));
  EXPECT_NE(times(3), times(4));
}

TEST(Schedule, SaysHowManyCallsTheRatesMake) {
  EXPECT_DOUBLE_EQ(Schedule({2, 4}, seconds(10), Schedule::Arrivals::kConstant).Expected(), 30);
}

TEST(Schedule, NothingIsSentAtNoRate) {
  EXPECT_THAT(All(Schedule({0, 0}, seconds(1), Schedule::Arrivals::kPoisson)), ElementsAre());
}

}  // namespace
}  // namespace perigee::load
