#include "server/domain/explain/explanation.h"

#include <cstdint>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "absl/numeric/int128.h"

namespace perigee::domain {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

absl::int128 SumOf(const Explanation& explanation) {
  absl::int128 sum = explanation.left_out_amount;
  for (const ExplanationPart& part : explanation.parts) {
    sum += part.amount;
  }
  return sum;
}

Explanation Shown(std::int64_t value, const std::vector<std::int64_t>& amounts) {
  std::vector<ExplanationPart> parts;
  for (const std::int64_t amount : amounts) {
    parts.push_back({amount, "", "", {}});
  }
  Explanation explanation;
  explanation.value = value;
  ShowParts(std::move(parts), explanation);
  return explanation;
}

TEST(ExplanationTest, AllPartsAreShownIfThereIsRoom) {
  const Explanation explanation = Shown(5, {2, -4, 7});
  EXPECT_EQ(explanation.parts.size(), 3U);
  EXPECT_EQ(explanation.left_out, 0U);
  EXPECT_EQ(explanation.left_out_amount, 0);
}

TEST(ExplanationTest, TheRestIsSummed) {
  const Explanation explanation = Shown(150, std::vector<std::int64_t>(150, 1));
  EXPECT_EQ(explanation.parts.size(), kExplanationPartsMax);
  EXPECT_EQ(explanation.left_out, 50U);
  EXPECT_EQ(explanation.left_out_amount, 50);
}

TEST(ExplanationTest, PartsThatWereNotReadAreLeftOutToo) {
  const Explanation explanation = Shown(10, {3});
  EXPECT_EQ(explanation.left_out, 0U);
  EXPECT_EQ(explanation.left_out_amount, 7);
}

TEST(ExplanationTest, AnAmountThatWouldPassSixtyFourBitsIsNotShown) {
  const Explanation explanation = Shown(kMost, {-1, 1});
  EXPECT_TRUE(explanation.parts.empty());
  EXPECT_EQ(explanation.left_out, 2U);
  EXPECT_EQ(explanation.left_out_amount, kMost);
}

TEST(ExplanationTest, PartsAndRestSumToTheValue) {
  std::mt19937_64 random(1);
  for (int run = 0; run < 1000; ++run) {
    const bool large = run % 4 == 0;
    std::uniform_int_distribution<std::int64_t> amount(large ? kLeast : -1000,
                                                       large ? kMost : 1000);
    std::vector<std::int64_t> amounts(random() % 300);
    for (std::int64_t& one : amounts) {
      one = amount(random);
    }
    const Explanation explanation = Shown(amount(random), amounts);
    EXPECT_EQ(SumOf(explanation), explanation.value);
    EXPECT_EQ(explanation.parts.size() + explanation.left_out, amounts.size());
    EXPECT_LE(explanation.parts.size(), kExplanationPartsMax);
  }
}

}  // namespace
}  // namespace perigee::domain
