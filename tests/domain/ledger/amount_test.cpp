// Tests decimals, splits and the names of transfers.

#include <cstdint>
#include <limits>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/numeric/int128.h"
#include "server/domain/ledger/ledger.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

std::vector<std::int64_t> Split(std::int64_t budget, std::vector<absl::uint128> weights) {
  return domain::SplitBudget(budget, weights);
}

TEST(SplitBudgetTest, SharesAreTheGoldenOnes) {
  EXPECT_THAT(Split(100, {1, 1, 1}), ElementsAre(34, 33, 33));
  EXPECT_THAT(Split(10, {5, 3, 1}), ElementsAre(6, 3, 1));
}

TEST(SplitBudgetTest, ZeroWeightsAndZeroBudgetsGetNothing) {
  EXPECT_THAT(Split(7, {0, 1, 0}), ElementsAre(0, 7, 0));
  EXPECT_THAT(Split(0, {3, 1}), ElementsAre(0, 0));
  EXPECT_THAT(Split(1, {0, 1, 1}), ElementsAre(0, 1, 0));
}

TEST(SplitBudgetTest, TheLargestRemainderGoesFirstAndTiesToTheLowest) {
  EXPECT_THAT(Split(2, {1, 2, 2}), ElementsAre(0, 1, 1));
  EXPECT_THAT(Split(3, {1, 1, 1, 1}), ElementsAre(1, 1, 1, 0));
}

TEST(SplitBudgetTest, WeightsOf125BitsAreSplitExactly) {
  const absl::uint128 huge = absl::uint128(1) << 124;
  EXPECT_THAT(Split(kMax, {huge, huge}), ElementsAre(kMax / 2 + 1, kMax / 2));
  EXPECT_THAT(Split(3, {huge, huge + 1, huge - 1}), ElementsAre(1, 1, 1));
}

TEST(SplitBudgetTest, SharesAddUpAndAreOffByLessThanOne) {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const auto budget = static_cast<std::int64_t>(random() >> (1 + random() % 60));
    std::vector<absl::uint128> weights(1 + random() % 40);
    for (absl::uint128& weight : weights) {
      weight = random() >> (2 + random() % 60);
    }
    weights[0] += 1;
    const std::vector<std::int64_t> shares = domain::SplitBudget(budget, weights);
    const absl::uint128 total = std::accumulate(weights.begin(), weights.end(), absl::uint128(0));
    ASSERT_EQ(std::accumulate(shares.begin(), shares.end(), std::int64_t{0}), budget);
    for (std::size_t i = 0; i < shares.size(); ++i) {
      // |share × total − budget × weight| < total
      const absl::int128 off = absl::int128(absl::uint128(shares[i]) * total) -
                               absl::int128(absl::uint128(budget) * weights[i]);
      ASSERT_LT(off < 0 ? -off : off, absl::int128(total));
    }
  }
}

struct AmountRow {
  std::string text;
  int decimals;
  std::int64_t amount;
};

TEST(AmountTest, DecimalsAreReadAndWrittenExactly) {
  const AmountRow rows[] = {
      {"0", 0, 0},
      {"150", 0, 150},
      {"1.50", 2, 150},
      {"-1.50", 2, -150},
      {"-0.05", 2, -5},
      {"0.000000000000000001", 18, 1},
      {"9223372036854775807", 0, kMax},
      {"-9223372036854775808", 0, kMin},
      {"9.223372036854775807", 18, kMax},
      {"-9.223372036854775808", 18, kMin},
  };
  for (const AmountRow& row : rows) {
    const auto parsed = domain::ParseAmount("amount", row.text, row.decimals);
    ASSERT_THAT(parsed, IsOk()) << row.text;
    EXPECT_EQ(*parsed, row.amount) << row.text;
    EXPECT_EQ(domain::FormatAmount(row.amount, row.decimals), row.text);
  }
}

TEST(AmountTest, MissingDigitsBehindThePointAreZeros) {
  EXPECT_EQ(domain::ParseAmount("amount", "12.5", 2).value(), 1250);
  EXPECT_EQ(domain::ParseAmount("amount", "12", 2).value(), 1200);
  EXPECT_EQ(domain::ParseAmount("amount", "007", 0).value(), 7);
  EXPECT_EQ(domain::ParseAmount("amount", "-0", 0).value(), 0);
}

TEST(AmountTest, TextThatIsNoAmountIsRefused) {
  for (const std::string text : {"", "-", "+1", ".5", "5.", "1e3", " 1", "1 ", "1,5", "--1", "0x1",
                                 "1.2.3", "1.-2", "NaN"}) {
    EXPECT_THAT(domain::ParseAmount("amount", text, 2), IsInvalidField("amount")) << text;
  }
  EXPECT_THAT(domain::ParseAmount("price", "1.234", 2), IsInvalidField("price"));
  EXPECT_THAT(domain::ParseAmount("price", "1.0", 0), IsInvalidField("price"));
  EXPECT_THAT(domain::ParseAmount("price", "9223372036854775808", 0), IsInvalidField("price"));
  EXPECT_THAT(domain::ParseAmount("price", "-9223372036854775809", 0), IsInvalidField("price"));
  EXPECT_THAT(domain::ParseAmount("price", "10", 18), IsInvalidField("price"));
}

TEST(TransferIdTest, HasOneSpelling) {
  EXPECT_EQ(domain::FormatTransferId({1042, 0}), "1042-0");
  EXPECT_EQ(domain::ParseTransferId("name", "1042-0").value(), (domain::TransferId{1042, 0}));
  EXPECT_EQ(domain::ParseTransferId("name", "9223372036854775807-2147483647").value(),
            (domain::TransferId{kMax, std::numeric_limits<std::int32_t>::max()}));
  for (const std::string text :
       {"", "-", "1042", "1042-", "-0", "01-0", "1-00", "0-1", "1--1", "1-0x", " 1-0", "1-0 ",
        "9223372036854775808-0", "1-2147483648", "a-b"}) {
    EXPECT_THAT(domain::ParseTransferId("name", text), IsInvalidField("name")) << text;
  }
}

}  // namespace
}  // namespace perigee::tests
