// Tests how a debit of one account of a person takes what the person's other accounts have. Members
// 2 and 3 are merged into member 1; member 4 is somebody else.

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/domain/ledger/ledger.h"
#include "tests/matchers/status.h"
#include "tests/support/ledger_desk.h"

namespace perigee::tests {
namespace {

using domain::TransferKind;
using std::chrono::days;

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

class PoolingTest : public testing::Test {
 protected:
  PoolingTest() {
    Merge(2);
    Merge(3);
  }
  void Merge(std::uint8_t member) { desk_.books.merged.Set(Key(member), Key(1)); }
  void Part(std::uint8_t member) { desk_.books.merged.Set(Key(member), {}); }

  // The transfers of the last unit, such as `pooling 2>1 5`.
  std::string LastUnit() {
    std::string told;
    for (const auto& [id, transfer] : desk_.books.transfers()) {
      if (id.revision == desk_.head) {
        absl::StrAppend(&told, transfer.kind == TransferKind::kPooling ? "pooling " : "",
                        NameOf(transfer.debit), ">", NameOf(transfer.credit), " ", transfer.amount,
                        " ");
      }
    }
    return told;
  }
  static std::string NameOf(const domain::AccountRef& ref) {
    return ref.IsMember() ? std::to_string(ref.member.bytes[15]) : ref.account;
  }
  // The open lots, such as `5@02-10`.
  std::string OpenLots(std::uint8_t member) {
    std::string told;
    const std::vector<domain::Lot> lots =
        desk_.books.OpenLots(Of("access", member), {}, 1000).value();
    for (const domain::Lot& lot : lots) {
      absl::StrAppend(&told, lot.remaining, "@", FormatTime(lot.expire_time).substr(5, 5), " ");
    }
    return told;
  }
  // Issues `access` that expires that many days after the first lot that may be issued.
  void IssueLot(std::uint8_t member, std::int64_t amount, int day) {
    ASSERT_THAT(desk_.Post({.debit = Own("access", "issued"),
                            .credit = Of("access", member),
                            .amount = amount,
                            .effective_time = At("2026-01-01T00:00:00Z") + days{day}}),
                IsOk());
  }

  LedgerDesk desk_;
};

TEST_F(PoolingTest, OthersGiveWhatTheDebitedAccountLacks) {
  ASSERT_THAT(desk_.Issue(Of("points", 1), 4), IsOk());
  ASSERT_THAT(desk_.Issue(Of("points", 2), 3), IsOk());
  ASSERT_THAT(desk_.Issue(Of("points", 3), 9), IsOk());
  ASSERT_THAT(desk_.Spend(Of("points", 2), 10), IsOk());
  EXPECT_EQ(LastUnit(), "pooling 1>2 4 pooling 3>2 3 2>spent 10 ");
  EXPECT_EQ(desk_.Balance(Of("points", 1)), 0);
  EXPECT_EQ(desk_.Balance(Of("points", 2)), 0);
  EXPECT_EQ(desk_.Balance(Of("points", 3)), 6);
}

TEST_F(PoolingTest, AnAccountThatHasEnoughTakesNothingOfOthers) {
  ASSERT_THAT(desk_.Issue(Of("points", 1), 10), IsOk());
  ASSERT_THAT(desk_.Issue(Of("points", 2), 10), IsOk());
  ASSERT_THAT(desk_.Spend(Of("points", 1), 10), IsOk());
  EXPECT_EQ(LastUnit(), "1>spent 10 ");
}

TEST_F(PoolingTest, SomebodyElseGivesNothing) {
  ASSERT_THAT(desk_.Issue(Of("points", 4), 10), IsOk());
  EXPECT_THAT(desk_.Spend(Of("points", 1), 1), HasReason(Reason::kInsufficientFunds));
}

TEST_F(PoolingTest, LotsAreTakenByExpiryOverAllAccounts) {
  IssueLot(1, 5, 3);
  IssueLot(2, 5, 1);
  IssueLot(2, 5, 4);
  IssueLot(3, 5, 2);
  ASSERT_THAT(desk_.Move(Of("access", 1), Of("access", 4), 12), IsOk());
  EXPECT_EQ(LastUnit(), "pooling 2>1 5 pooling 3>1 5 1>4 12 ");
  EXPECT_EQ(OpenLots(1), "3@02-04 ");
  EXPECT_EQ(OpenLots(2), "5@02-05 ");
  EXPECT_EQ(OpenLots(3), "");
  EXPECT_EQ(OpenLots(4), "5@02-02 5@02-03 2@02-04 ");
}

TEST_F(PoolingTest, OfLotsThatExpireTogetherTheDebitedAccountGivesItsOwn) {
  IssueLot(2, 5, 1);
  IssueLot(1, 5, 1);
  ASSERT_THAT(desk_.Spend(Of("access", 1), 7), IsOk());
  EXPECT_EQ(LastUnit(), "pooling 2>1 2 1>spent 7 ");
  EXPECT_EQ(OpenLots(1), "");
  EXPECT_EQ(OpenLots(2), "3@02-02 ");
}

TEST_F(PoolingTest, ARefusalTellsWhatAllAccountsHave) {
  for (const std::string asset : {"points", "access"}) {
    ASSERT_THAT(desk_.Issue(Of(asset, 1), 4), IsOk());
    ASSERT_THAT(desk_.Issue(Of(asset, 2), 3), IsOk());
    domain::LedgerUnit unit = desk_.Unit();
    const auto refused =
        unit.Post({.debit = Of(asset, 1), .credit = Own(asset, "spent"), .amount = 8});
    ASSERT_THAT(refused, HasReason(Reason::kInsufficientFunds));
    EXPECT_EQ(MetadataOf(refused.status()).at("available"), "7");
    EXPECT_EQ(unit.changes(), domain::LedgerChanges());
    ASSERT_THAT(unit.Post({.debit = Of(asset, 1), .credit = Own(asset, "spent"), .amount = 7}),
                IsOk());
  }
}

TEST_F(PoolingTest, ARefusedDebitLeavesNothingOfItsPoolingBehind) {
  IssueLot(1, 4, 1);
  IssueLot(2, 3, 1);
  desk_.books.AddAccount({.ref = Of("access", 4), .balance = kMax - 3});
  domain::LedgerUnit unit = desk_.Unit();
  for (const std::int64_t amount : {5, 9}) {
    EXPECT_THAT(unit.Post({.debit = Of("access", 1), .credit = Of("access", 4), .amount = amount}),
                HasReason(Reason::kAmountOverflow));
    EXPECT_EQ(unit.changes(), domain::LedgerChanges());
  }
}

TEST_F(PoolingTest, AHoldTakesWhatAllAccountsHaveAndGivesItBack) {
  IssueLot(1, 4, 2);
  IssueLot(2, 6, 1);
  const auto hold = desk_.Hold(Of("access", 1), Own("access", "spent"), 8);
  ASSERT_THAT(hold, IsOk());
  EXPECT_THAT(desk_.Spend(Of("access", 2), 3), HasReason(Reason::kInsufficientFunds))
      << "what is held is not pooled";
  ASSERT_THAT(desk_.Void(*hold), IsOk());
  EXPECT_EQ(OpenLots(1), "6@02-02 4@02-03 ");
  EXPECT_EQ(OpenLots(2), "");
  ASSERT_THAT(desk_.Spend(Of("access", 2), 3), IsOk());
  EXPECT_EQ(LastUnit(), "pooling 1>2 3 2>spent 3 ");
}

TEST_F(PoolingTest, ACaptureNeedsNoPooling) {
  ASSERT_THAT(desk_.Issue(Of("points", 2), 6), IsOk());
  const auto hold = desk_.Hold(Of("points", 1), Own("points", "spent"), 6);
  ASSERT_THAT(hold, IsOk());
  ASSERT_THAT(desk_.Capture(*hold), IsOk());
  EXPECT_EQ(LastUnit(), "1>spent 6 ");
}

TEST_F(PoolingTest, ExpiredHoldsAndLotsOfOtherAccountsEndFirst) {
  for (const std::string asset : {"points", "access"}) {
    ASSERT_THAT(desk_.Issue(Of(asset, 2), 5), IsOk());
    ASSERT_THAT(desk_.Hold(Of(asset, 2), Own(asset, "spent"), 5), IsOk());
  }
  IssueLot(3, 5, 0);
  desk_.now += days{25};  // The lot of member 3 has expired, that of member 2 has not.
  EXPECT_THAT(desk_.Spend(Of("access", 1), 6), HasReason(Reason::kInsufficientFunds));
  ASSERT_THAT(desk_.Spend(Of("access", 1), 5), IsOk());
  EXPECT_EQ(LastUnit(), "2>spent 5 3>expired 5 pooling 2>1 5 1>spent 5 ");
  ASSERT_THAT(desk_.Spend(Of("points", 1), 5), IsOk());
}

TEST_F(PoolingTest, AnAccountThatMayGoBelowZeroTakesNothingOfOthers) {
  const domain::Asset credit{.id = "credit", .spendable = true, .overdraft = true};
  desk_.books.AddAsset(credit);
  ASSERT_THAT(desk_.Issue(Of("credit", 2), 5), IsOk());
  ASSERT_THAT(desk_.Spend(Of("credit", 1), 5), IsOk());
  EXPECT_EQ(desk_.Balance(Of("credit", 1)), -5);
}

TEST_F(PoolingTest, APoolingCannotBeReversedAndCountsOnNoBoard) {
  ASSERT_THAT(desk_.Issue(Of("points", 2), 5), IsOk());
  ASSERT_THAT(desk_.Spend(Of("points", 1), 5), IsOk());
  const domain::TransferId pooling{desk_.head, 0};
  ASSERT_EQ(desk_.Transfer(pooling).kind, TransferKind::kPooling);
  EXPECT_THAT(desk_.Reverse(pooling), HasReason(Reason::kNotReversible));
  EXPECT_TRUE(domain::ScoreEffects(desk_.Transfer(pooling)).empty());
}

TEST_F(PoolingTest, AReversalGivesPooledCapitalBackToTheDebitedAccount) {
  IssueLot(2, 5, 1);
  const auto spent = desk_.Spend(Of("access", 1), 5);
  ASSERT_THAT(spent, IsOk());
  ASSERT_THAT(desk_.Reverse(*spent, 2), IsOk());
  EXPECT_EQ(OpenLots(1), "2@02-02 ");
  EXPECT_EQ(OpenLots(2), "");
}

TEST_F(PoolingTest, AReversalTakesTheGrantsOwnLotsAndThenWhatAllAccountsHave) {
  IssueLot(2, 5, 1);
  const auto granted = desk_.Issue(Of("access", 1), 5);
  ASSERT_THAT(granted, IsOk());
  ASSERT_THAT(desk_.Spend(Of("access", 2), 8), IsOk());  // Takes 3 of the grant.
  IssueLot(3, 3, 2);
  ASSERT_THAT(desk_.Reverse(*granted), IsOk());
  EXPECT_EQ(LastUnit(), "pooling 3>1 3 1>issued 5 ");
  EXPECT_EQ(OpenLots(1) + OpenLots(2) + OpenLots(3), "");
}

TEST_F(PoolingTest, AmountsNearTheLimitOf64BitsArePooledIfTheyFit) {
  ASSERT_THAT(desk_.Issue(Of("points", 1), kMax), IsOk());
  ASSERT_THAT(desk_.Issue(Of("points", 2), 0), IsOk());
  ASSERT_THAT(desk_.Spend(Of("points", 2), kMax), IsOk());

  // The sooner lots of member 2 do not fit into the full account, which has enough itself.
  LedgerDesk rich;
  rich.books.merged = desk_.books.merged;
  ASSERT_THAT(rich.Issue(Of("access", 1), kMax), IsOk());
  rich.books.AddAccount({.ref = Own("access", "issued"), .overdraft = true});
  ASSERT_THAT(rich.Post({.debit = Own("access", "issued"),
                         .credit = Of("access", 2),
                         .amount = 5,
                         .effective_time = At("2026-01-01T00:00:00Z")}),
              IsOk());
  ASSERT_THAT(rich.Spend(Of("access", 1), 7), IsOk());
  EXPECT_EQ(rich.Balance(Of("access", 1)), kMax - 7);
  EXPECT_EQ(rich.Balance(Of("access", 2)), 5);
}

TEST_F(PoolingTest, ACapCountsWhatThePersonEarned) {
  const auto grant = [&](std::uint8_t member, std::int64_t amount) {
    const auto id = desk_.Grant(
        {.member = Of("honour", member),
         .amount = amount,
         .cap = domain::CapKey{Key(member), "honour", "daily", At("2026-01-10T00:00:00Z")},
         .cap_limit = 10,
         .cap_is_net = true,
         .activity = 7,
         .rule = "answer"});
    return id.ok() ? desk_.Transfer(*id).amount : -1;
  };
  EXPECT_EQ(grant(1, 7), 7);
  EXPECT_EQ(grant(2, 7), 3);
  EXPECT_EQ(grant(3, 7), 0);
  EXPECT_EQ(grant(4, 7), 7);
  EXPECT_EQ(desk_.books.caps().at({Key(2), "honour", "daily", At("2026-01-10T00:00:00Z")}), 3);
  EXPECT_EQ(grant(2, -2), 2);
  EXPECT_EQ(grant(1, 7), 2);
  Part(2);
  EXPECT_EQ(grant(2, 10), 9);
}

TEST_F(PoolingTest, WhatGoesBackIsWhatIsAvailable) {
  IssueLot(1, 5, 1);
  ASSERT_THAT(desk_.Hold(Of("access", 1), Own("access", "spent"), 2), IsOk());
  const auto moved = desk_.Run([&](domain::LedgerUnit& unit) {
    return unit.ReturnPooled(Of("access", 1), Of("access", 2), 10);
  });
  ASSERT_THAT(moved, IsOk());
  EXPECT_EQ(*moved, 3);
  EXPECT_EQ(LastUnit(), "pooling 1>2 3 ");
  EXPECT_EQ(OpenLots(2), "3@02-02 ");
  const auto nothing = desk_.Run([&](domain::LedgerUnit& unit) {
    return unit.ReturnPooled(Of("access", 1), Of("access", 2), 7);
  });
  EXPECT_EQ(*nothing, 0);
  EXPECT_EQ(LastUnit(), "");
}

TEST_F(PoolingTest, AsManyLotsArePooledAsOneUnitTakes) {
  constexpr int kLots = static_cast<int>(domain::kLotUsesMax) + 10;
  for (int i = 0; i < kLots; ++i) {
    ASSERT_THAT(desk_.Issue(Of("access", static_cast<std::uint8_t>(2 + i % 2)), 1), IsOk());
  }
  EXPECT_THAT(desk_.Spend(Of("access", 1), kLots + 1), HasReason(Reason::kTooManyLots));
  EXPECT_THAT(desk_.Spend(Of("access", 1), kLots), HasReason(Reason::kTooManyLots));
  const auto spent = desk_.Spend(Of("access", 1), domain::kLotUsesMax);
  ASSERT_THAT(spent, IsOk());
  ASSERT_THAT(desk_.Reverse(*spent), IsOk());
}

}  // namespace
}  // namespace perigee::tests
