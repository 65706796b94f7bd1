// Tests how all that is left of a member's account goes to `forfeited`.

#include <chrono>
#include <cstdint>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/ledger/ledger.h"
#include "tests/matchers/status.h"
#include "tests/support/ledger_desk.h"

namespace perigee::tests {
namespace {

using std::chrono::days;

class ForfeitTest : public testing::Test {
 protected:
  // Whether nothing is left.
  absl::StatusOr<bool> Forfeit(const domain::AccountRef& account) {
    return desk_.Run([&](domain::LedgerUnit& unit) { return unit.Forfeit(account); });
  }
  // The sum over all accounts of an asset, which is always 0.
  std::int64_t Sum(const std::string& asset) {
    std::int64_t sum = 0;
    for (const auto& [ref, account] : desk_.books.accounts()) {
      sum += ref.asset == asset ? account.balance : 0;
    }
    return sum;
  }
  std::int64_t OpenLots(const domain::AccountRef& account) {
    std::int64_t left = 0;
    for (const auto& [key, lot] : desk_.books.lots()) {
      left += lot.account == account ? lot.remaining : 0;
    }
    return left;
  }

  LedgerDesk desk_;
};

TEST_F(ForfeitTest, EarnedCapitalGoesAlthoughItCannotBeSpent) {
  ASSERT_THAT(desk_.Issue(Of("honour", 1), 70), IsOk());
  ASSERT_THAT(desk_.Issue(Of("honour", 2), 5), IsOk());
  EXPECT_EQ(Forfeit(Of("honour", 1)).value(), true);
  EXPECT_EQ(desk_.Balance(Of("honour", 1)), 0);
  EXPECT_EQ(desk_.Balance(Own("honour", domain::kForfeitedAccount)), 70);
  EXPECT_EQ(desk_.Balance(Of("honour", 2)), 5);
  EXPECT_EQ(Sum("honour"), 0);
}

TEST_F(ForfeitTest, ADebtIsWrittenOffFromIssued) {
  ASSERT_THAT(desk_.Grant({.member = Of("karma", 1), .amount = -30}), IsOk());
  ASSERT_EQ(desk_.Balance(Of("karma", 1)), -30);
  EXPECT_EQ(Forfeit(Of("karma", 1)).value(), true);
  EXPECT_EQ(desk_.Balance(Of("karma", 1)), 0);
  EXPECT_EQ(desk_.Balance(Own("karma", domain::kForfeitedAccount)), 0);
  EXPECT_EQ(Sum("karma"), 0);
}

TEST_F(ForfeitTest, LotsAreUsedUpAndExpiredOnesExpire) {
  ASSERT_THAT(desk_.Issue(Of("access", 1), 10), IsOk());
  desk_.now += days{20};
  ASSERT_THAT(desk_.Issue(Of("access", 1), 7), IsOk());
  desk_.now += days{20};
  EXPECT_EQ(Forfeit(Of("access", 1)).value(), true);
  EXPECT_EQ(OpenLots(Of("access", 1)), 0);
  EXPECT_EQ(desk_.Balance(Of("access", 1)), 0);
  EXPECT_EQ(desk_.Balance(Own("access", domain::kExpiredAccount)), 10);
  EXPECT_EQ(desk_.Balance(Own("access", domain::kForfeitedAccount)), 7);
  EXPECT_EQ(Sum("access"), 0);
}

TEST_F(ForfeitTest, AUnitEndsSoManyExpiredLots) {
  for (int i = 0; i < 2 * domain::kEndedMax + 5; ++i) {
    ASSERT_THAT(desk_.Issue(Of("access", 1), 1), IsOk());
  }
  desk_.now += days{60};
  EXPECT_EQ(Forfeit(Of("access", 1)).value(), false);
  EXPECT_GE(desk_.Balance(Own("access", domain::kExpiredAccount)), domain::kEndedMax);
  EXPECT_EQ(Forfeit(Of("access", 1)).value(), true);
  EXPECT_EQ(desk_.Balance(Own("access", domain::kExpiredAccount)), 2 * domain::kEndedMax + 5);
  EXPECT_EQ(desk_.Balance(Own("access", domain::kForfeitedAccount)), 0);
}

TEST_F(ForfeitTest, AUnitSaysThatItCannotTakeMoreLots) {
  constexpr int kLots = 2 * static_cast<int>(domain::kLotUsesMax) + 300;
  for (int i = 0; i < kLots; ++i) {
    ASSERT_THAT(desk_.Issue(Of("access", 1), 1), IsOk());
  }
  int units = 0;
  bool is_empty = false;
  while (!is_empty) {
    ASSERT_LT(++units, 5);
    const auto forfeited = Forfeit(Of("access", 1));
    ASSERT_THAT(forfeited, IsOk());
    is_empty = *forfeited;
    EXPECT_EQ(desk_.Balance(Of("access", 1)), OpenLots(Of("access", 1)));
  }
  EXPECT_EQ(units, 3);
  EXPECT_EQ(desk_.Balance(Own("access", domain::kForfeitedAccount)), kLots);
  EXPECT_EQ(Sum("access"), 0);
}

TEST_F(ForfeitTest, AnEmptyAccountNeedsNoTransfer) {
  domain::LedgerUnit unit = desk_.Unit();
  EXPECT_EQ(unit.Forfeit(Of("points", 1)).value(), true);
  EXPECT_TRUE(unit.changes().transfers.empty());
}

TEST_F(ForfeitTest, AHoldMustHaveEnded) {
  ASSERT_THAT(desk_.Issue(Of("points", 1), 10), IsOk());
  const auto hold = desk_.Hold(Of("points", 1), Own("points", domain::kSpentAccount), 4);
  ASSERT_THAT(hold, IsOk());
  EXPECT_THAT(Forfeit(Of("points", 1)), HasReason(Reason::kInternal));
  EXPECT_TRUE(desk_
                  .Run([&](domain::LedgerUnit& unit) -> absl::StatusOr<bool> {
                    EXPECT_THAT(unit.Void(*hold), IsOk());
                    return unit.Forfeit(Of("points", 1));
                  })
                  .value());
  EXPECT_EQ(desk_.Balance(Own("points", domain::kForfeitedAccount)), 10);
}

TEST_F(ForfeitTest, NoScoreChanges) {
  ASSERT_THAT(desk_.Issue(Of("honour", 1), 70), IsOk());
  domain::LedgerUnit unit = desk_.Unit();
  ASSERT_THAT(unit.Forfeit(Of("honour", 1)), IsOk());
  ASSERT_EQ(unit.changes().transfers.size(), 1U);
  EXPECT_THAT(domain::ScoreEffects(unit.changes().transfers[0]), testing::IsEmpty());
}

}  // namespace
}  // namespace perigee::tests
