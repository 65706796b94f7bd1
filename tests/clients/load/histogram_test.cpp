#include "clients/load/histogram.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perigee::load {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

nanoseconds ExactQuantile(const std::vector<nanoseconds>& ascending, double part) {
  const double place = std::ceil(part * static_cast<double>(ascending.size()));
  return ascending[static_cast<std::size_t>(std::max(place, 1.0)) - 1];
}

// Durations of every size, from nanoseconds to hours.
std::vector<nanoseconds> AnyValues(std::mt19937_64& random, int count) {
  std::uniform_real_distribution<double> exponent(0, std::log(1e13));
  std::vector<nanoseconds> values;
  values.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    values.emplace_back(std::llround(std::exp(exponent(random))));
  }
  return values;
}

TEST(Histogram, AnyQuantileIsWithinOneIn256OfTheExactOne) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    std::vector<nanoseconds> values = AnyValues(random, static_cast<int>(1 + random() % 3000));
    Histogram histogram;
    for (const nanoseconds value : values) {
      histogram.Record(value);
    }
    std::sort(values.begin(), values.end());
    for (const double part : {0.0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0}) {
      const auto exact = static_cast<double>(ExactQuantile(values, part).count());
      EXPECT_NEAR(static_cast<double>(histogram.Quantile(part).count()), exact, exact / 256 + 0.5)
          << part;
    }
  }
}

TEST(Histogram, ShortValuesAreExact) {
  for (int value = 0; value < 256; ++value) {
    Histogram histogram;
    histogram.Record(nanoseconds(value));
    histogram.Record(seconds(1));
    EXPECT_EQ(histogram.Quantile(0.5), nanoseconds(value));
  }
}

TEST(Histogram, CountMeanAndLargestAreExact) {
  Histogram histogram;
  histogram.Record(nanoseconds(1'000'003));
  histogram.Record(nanoseconds(3'000'001), 3);
  EXPECT_EQ(histogram.count(), 4);
  EXPECT_EQ(histogram.Mean(), nanoseconds((1'000'003 + 3 * 3'000'001 + 2) / 4));
  EXPECT_EQ(histogram.max(), nanoseconds(3'000'001));
  EXPECT_EQ(histogram.Quantile(1), nanoseconds(3'000'001));
}

TEST(Histogram, TheSumOfTwoIsAsIfAllHadBeenRecordedInOne) {
  std::mt19937_64 random(7);
  Histogram one;
  Histogram other;
  Histogram both;
  for (const nanoseconds value : AnyValues(random, 1000)) {
    (random() % 3 == 0 ? one : other).Record(value);
    both.Record(value);
  }
  one.Add(other);
  EXPECT_EQ(one.count(), both.count());
  EXPECT_EQ(one.Mean(), both.Mean());
  EXPECT_EQ(one.max(), both.max());
  for (const double part : {0.1, 0.5, 0.9, 0.999}) {
    EXPECT_EQ(one.Quantile(part), both.Quantile(part)) << part;
  }
}

TEST(Histogram, TheLongestAndNegativeDurationsHaveAPlace) {
  Histogram histogram;
  histogram.Record(nanoseconds(-5));
  histogram.Record(nanoseconds::max());
  EXPECT_EQ(histogram.Quantile(0.5), nanoseconds(0));
  EXPECT_EQ(histogram.max(), nanoseconds::max());
}

TEST(Histogram, AnEmptyOneAnswersZero) {
  const Histogram histogram;
  EXPECT_EQ(histogram.Quantile(0.99), nanoseconds(0));
  EXPECT_EQ(histogram.Mean(), nanoseconds(0));
}

}  // namespace
}  // namespace perigee::load
