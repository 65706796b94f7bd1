#include "server/adapters/board/order_statistics.h"

#include <functional>
#include <random>
#include <set>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perigee::adapters {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Numbers = OrderStatistics<int, std::less<>>;

void ExpectAgrees(const Numbers& numbers, const std::set<int>& model) {
  const std::vector<int> expected(model.begin(), model.end());
  ASSERT_EQ(numbers.size(), expected.size());
  ASSERT_EQ(numbers.Slice(0, expected.size()), expected);
  std::vector<int> visited;
  numbers.ForEach([&](int number) { visited.push_back(number); });
  ASSERT_EQ(visited, expected);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(numbers.At(i), expected[i]);
    ASSERT_EQ(numbers.CountBefore(expected[i]), i);
    ASSERT_EQ(numbers.CountBefore(expected[i] + 0.5), i + 1);
  }
}

TEST(OrderStatisticsTest, AnEmptySetHasNothingBeforeAnything) {
  const Numbers numbers;
  EXPECT_EQ(numbers.size(), 0U);
  EXPECT_EQ(numbers.CountBefore(5), 0U);
  EXPECT_THAT(numbers.Slice(0, 10), IsEmpty());
}

TEST(OrderStatisticsTest, ASliceEndsWithTheSet) {
  Numbers numbers;
  numbers.Assign({1, 3, 5});
  EXPECT_THAT(numbers.Slice(1, 10), ElementsAre(3, 5));
  EXPECT_THAT(numbers.Slice(1, 1), ElementsAre(3));
  EXPECT_THAT(numbers.Slice(3, 1), IsEmpty());
  EXPECT_THAT(numbers.Slice(0, 0), IsEmpty());
}

TEST(OrderStatisticsTest, GrowsAndShrinksInOrderFromEitherEnd) {
  constexpr int kCount = 3000;
  Numbers numbers;
  std::set<int> model;
  for (int i = 0; i < kCount; ++i) {
    const int number = i % 2 == 0 ? i : -i;
    numbers.Insert(number);
    model.insert(number);
  }
  ExpectAgrees(numbers, model);
  while (model.size() > 1) {
    const int number = model.size() % 2 == 0 ? *model.begin() : *model.rbegin();
    numbers.Erase(number);
    model.erase(number);
    if (model.size() % 500 == 1) {
      ExpectAgrees(numbers, model);
    }
  }
  numbers.Erase(*model.begin());
  EXPECT_EQ(numbers.size(), 0U);
  numbers.Insert(7);
  ExpectAgrees(numbers, {7});
}

TEST(OrderStatisticsTest, AnyHistoryAgreesWithAPlainSet) {
  std::mt19937 random(3);
  for (const int range : {10, 2000, 1'000'000}) {
    Numbers numbers;
    std::set<int> model;
    for (int start = 0; start < 2000; ++start) {
      model.insert(std::uniform_int_distribution<int>(0, range)(random));
    }
    numbers.Assign({model.begin(), model.end()});
    ExpectAgrees(numbers, model);
    for (int step = 0; step < 20'000; ++step) {
      const int number = std::uniform_int_distribution<int>(0, range)(random);
      if (model.insert(number).second) {
        numbers.Insert(number);
      } else {
        model.erase(number);
        numbers.Erase(number);
      }
      if (!model.empty() && step % 3 == 0 && range > 2000) {
        // Removes the smallest number too, so that chunks become small and are joined.
        const int first = *model.begin();
        numbers.Erase(first);
        model.erase(first);
      }
    }
    ExpectAgrees(numbers, model);
  }
}

}  // namespace
}  // namespace perigee::adapters
