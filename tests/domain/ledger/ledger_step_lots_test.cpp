// Tests lots: how they expire, how they are used up, and how amounts come back to them.

#include <cstdint>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/ledger/ledger.h"
#include "tests/matchers/status.h"
#include "tests/support/ledger_desk.h"

namespace perigee::tests {
namespace {

using std::chrono::days;

// The open lots as `remaining/amount@day`, the soonest to expire first.
std::string OpenLots(LedgerDesk& desk, const domain::AccountRef& account) {
  std::string text;
  const std::vector<domain::Lot> lots = desk.books.OpenLots(account, {}, 1000).value();
  for (const domain::Lot& lot : lots) {
    text += std::to_string(lot.remaining) + "/" + std::to_string(lot.amount) + "@" +
            FormatTime(lot.expire_time).substr(5, 5) + " ";
  }
  return text;
}

class LotsTest : public testing::Test {
 protected:
  // One lot of 10 expires on 10 February, and one of 20 on 12 February.
  void SetUp() override {
    first_ = desk_.Issue(mine_, 10).value();
    desk_.now += days{2};
    second_ = desk_.Issue(mine_, 20).value();
  }

  LedgerDesk desk_;
  const domain::AccountRef mine_ = Of("access", 1);
  const domain::AccountRef theirs_ = Of("access", 2);
  const domain::AccountRef expired_ = Own("access", "expired");
  domain::TransferId first_;
  domain::TransferId second_;
};

TEST_F(LotsTest, EachCreditMakesALotThatLivesForTheAssetsMonths) {
  EXPECT_EQ(OpenLots(desk_, mine_), "10/10@02-10 20/20@02-12 ");
}

TEST_F(LotsTest, ALotsMonthsAreCountedInTheProgrammesZone) {
  LedgerDesk desk;
  desk.zone = Zone::Load("Europe/Berlin").value();
  desk.now = At("2026-01-30T23:30:00Z");  // In Berlin it is 31 January, 00:30.
  ASSERT_THAT(desk.Issue(mine_, 1), IsOk());
  EXPECT_EQ(desk.books.lots().begin()->second.expire_time, At("2026-02-27T23:30:00Z"));
}

TEST_F(LotsTest, SpendingEatsTheLotThatExpiresFirst) {
  const auto spent = desk_.Spend(mine_, 13);
  ASSERT_THAT(spent, IsOk());
  EXPECT_EQ(OpenLots(desk_, mine_), "17/20@02-12 ");
  const auto uses = desk_.books.LotUses(*spent).value();
  ASSERT_EQ(uses.size(), 2);
  EXPECT_EQ(uses[0], (domain::LotUse{*spent, first_, 0, 10}));
  EXPECT_EQ(uses[1], (domain::LotUse{*spent, second_, 0, 3}));
}

TEST_F(LotsTest, MovingToAnotherMemberDoesNotProlongLots) {
  desk_.now += days{5};
  ASSERT_THAT(desk_.Move(mine_, theirs_, 13), IsOk());
  EXPECT_EQ(OpenLots(desk_, theirs_), "10/10@02-10 3/3@02-12 ");
  ASSERT_THAT(desk_.Move(theirs_, mine_, 13), IsOk());
  EXPECT_EQ(OpenLots(desk_, mine_), "10/10@02-10 17/20@02-12 3/3@02-12 ");
}

TEST_F(LotsTest, ABudgetKeepsNoLots) {
  desk_.books.AddAccount({.ref = Own("access", "campaign")});
  ASSERT_THAT(desk_.Move(mine_, Own("access", "campaign"), 30), IsOk());
  EXPECT_EQ(desk_.books.lots().size(), 2);
  ASSERT_THAT(desk_.Move(Own("access", "campaign"), mine_, 30), IsOk());
  EXPECT_EQ(OpenLots(desk_, mine_), "30/30@02-12 ");
}

TEST_F(LotsTest, AtItsVeryInstantALotIsGoneThoughNoJobHasRun) {
  desk_.now = At("2026-02-10T12:00:00Z") - Duration{1};
  ASSERT_THAT(desk_.Spend(mine_, 1), IsOk());
  desk_.now += Duration{1};
  EXPECT_THAT(desk_.Spend(mine_, 21), HasReason(Reason::kInsufficientFunds));
  EXPECT_EQ(desk_.Balance(mine_), 29) << "a refusal takes nothing out";
  ASSERT_THAT(desk_.Spend(mine_, 20), IsOk());
  EXPECT_EQ(desk_.Balance(mine_), 0);
  EXPECT_EQ(desk_.Balance(expired_), 9);
}

TEST_F(LotsTest, AnExpiryTakesTheUnspentRestAtItsDueTime) {
  ASSERT_THAT(desk_.Spend(mine_, 4), IsOk());
  desk_.now = At("2026-02-11T00:00:00Z");
  ASSERT_THAT(desk_.ExpireLots(mine_), IsOk());
  EXPECT_EQ(desk_.Balance(mine_), 20);
  EXPECT_EQ(desk_.Balance(expired_), 6);
  const domain::Transfer expiry = desk_.books.transfers().rbegin()->second;
  EXPECT_EQ(expiry.kind, domain::TransferKind::kLotExpiry);
  EXPECT_EQ(expiry.effective_time, At("2026-02-10T12:00:00Z"));
  EXPECT_EQ(expiry.record_time, desk_.now);
  EXPECT_TRUE(domain::ScoreEffects(expiry).empty());
  EXPECT_THAT(desk_.Reverse(expiry.id), HasReason(Reason::kNotReversible));
  const std::size_t transfers = desk_.books.transfers().size();
  ASSERT_THAT(desk_.ExpireLots(mine_), IsOk());
  EXPECT_EQ(desk_.books.transfers().size(), transfers) << "a second run finds nothing";
}

TEST_F(LotsTest, ExpiryWithNothingDueOpensNoAccount) {
  ASSERT_THAT(desk_.ExpireLots(theirs_), IsOk());
  EXPECT_FALSE(desk_.books.accounts().contains(theirs_));
  EXPECT_FALSE(desk_.books.accounts().contains(expired_));
}

TEST_F(LotsTest, AHoldKeepsItsLotsThroughTheirExpiry) {
  const auto held = desk_.Hold(mine_, theirs_, 15, days{60});
  ASSERT_THAT(held, IsOk());
  EXPECT_EQ(OpenLots(desk_, mine_), "15/20@02-12 ");
  desk_.now = At("2026-02-11T00:00:00Z");
  ASSERT_THAT(desk_.ExpireLots(mine_), IsOk());
  EXPECT_EQ(desk_.Balance(expired_), 0);
  // The capture takes 12 of 15: all 10 of the first lot, and 2 of the 5 from the second.
  ASSERT_THAT(desk_.Capture(*held, 12), IsOk());
  EXPECT_EQ(OpenLots(desk_, mine_), "18/20@02-12 ");
  EXPECT_EQ(OpenLots(desk_, theirs_), "10/10@02-10 2/2@02-12 ");
  // The captured amounts keep their age.
  EXPECT_THAT(desk_.Spend(theirs_, 3), HasReason(Reason::kInsufficientFunds));
  EXPECT_THAT(desk_.Spend(theirs_, 2), IsOk());
}

TEST_F(LotsTest, AVoidedHoldGivesBackToExpiredLotsToo) {
  const auto held = desk_.Hold(mine_, theirs_, 15, days{60});
  ASSERT_THAT(held, IsOk());
  desk_.now = At("2026-02-11T00:00:00Z");
  ASSERT_THAT(desk_.Void(*held), IsOk());
  EXPECT_EQ(desk_.Available(mine_), 30);
  EXPECT_THAT(desk_.Spend(mine_, 21), HasReason(Reason::kInsufficientFunds));
  ASSERT_THAT(desk_.Spend(mine_, 20), IsOk());
  EXPECT_EQ(desk_.Balance(expired_), 10);
}

TEST_F(LotsTest, ATimedOutHoldGivesBackToo) {
  const auto held = desk_.Hold(mine_, Own("access", "spent"), 15, days{1});
  ASSERT_THAT(held, IsOk());
  desk_.now += days{1};
  ASSERT_THAT(desk_.TimeOut(*held), IsOk());
  EXPECT_EQ(OpenLots(desk_, mine_), "10/10@02-10 20/20@02-12 ");
}

TEST_F(LotsTest, AReversedGrantTakesItsOwnLotThenTheSoonest) {
  ASSERT_THAT(desk_.Reverse(second_, 5), IsOk());
  EXPECT_EQ(OpenLots(desk_, mine_), "10/10@02-10 15/20@02-12 ");
  ASSERT_THAT(desk_.Spend(mine_, 12), IsOk());
  EXPECT_EQ(OpenLots(desk_, mine_), "13/20@02-12 ");
  ASSERT_THAT(desk_.Reverse(first_, 10), IsOk());
  EXPECT_EQ(OpenLots(desk_, mine_), "3/20@02-12 ");
  EXPECT_THAT(desk_.Reverse(second_), HasReason(Reason::kInsufficientFunds));
}

TEST_F(LotsTest, AnExpiredLotPaysForNoReversal) {
  desk_.now = At("2026-02-10T12:00:00Z");
  ASSERT_THAT(desk_.Spend(mine_, 20), IsOk());
  EXPECT_THAT(desk_.Reverse(first_), HasReason(Reason::kInsufficientFunds));
}

TEST_F(LotsTest, AReversedSpendGivesBackTheLastTakenFirst) {
  const auto spent = desk_.Spend(mine_, 15);
  ASSERT_THAT(spent, IsOk());
  ASSERT_THAT(desk_.Reverse(*spent, 7), IsOk());
  EXPECT_EQ(OpenLots(desk_, mine_), "2/10@02-10 20/20@02-12 ");
  ASSERT_THAT(desk_.Reverse(*spent), IsOk());
  EXPECT_EQ(OpenLots(desk_, mine_), "10/10@02-10 20/20@02-12 ");
}

TEST_F(LotsTest, AReversedSpendGivesBackToAnExpiredLot) {
  const auto spent = desk_.Spend(mine_, 10);
  ASSERT_THAT(spent, IsOk());
  desk_.now = At("2026-02-11T00:00:00Z");
  ASSERT_THAT(desk_.Reverse(*spent), IsOk());
  EXPECT_EQ(OpenLots(desk_, mine_), "10/10@02-10 20/20@02-12 ");
  ASSERT_THAT(desk_.ExpireLots(mine_), IsOk());
  EXPECT_EQ(OpenLots(desk_, mine_), "20/20@02-12 ");
  EXPECT_EQ(desk_.Balance(expired_), 10);
}

TEST_F(LotsTest, AReversedGiftReturnsToTheLotsItCameFrom) {
  const auto gift = desk_.Move(mine_, theirs_, 15);
  ASSERT_THAT(gift, IsOk());
  ASSERT_THAT(desk_.Issue(theirs_, 1), IsOk());
  ASSERT_THAT(desk_.Reverse(*gift, 6), IsOk());
  EXPECT_EQ(OpenLots(desk_, mine_), "1/10@02-10 20/20@02-12 ");
  ASSERT_THAT(desk_.Reverse(*gift), IsOk());
  EXPECT_EQ(OpenLots(desk_, mine_), "10/10@02-10 20/20@02-12 ");
  EXPECT_EQ(OpenLots(desk_, theirs_), "1/1@02-12 ");
}

TEST_F(LotsTest, AReversedCaptureReturnsItsAmount) {
  const auto held = desk_.Hold(mine_, theirs_, 15);
  ASSERT_THAT(held, IsOk());
  const auto captured = desk_.Capture(*held, 12);
  ASSERT_THAT(captured, IsOk());
  ASSERT_THAT(desk_.Reverse(*captured, 1), IsOk());
  EXPECT_EQ(OpenLots(desk_, mine_), "19/20@02-12 ");
  ASSERT_THAT(desk_.Reverse(*captured), IsOk());
  EXPECT_EQ(OpenLots(desk_, mine_), "10/10@02-10 20/20@02-12 ");
  EXPECT_EQ(OpenLots(desk_, theirs_), "");
}

TEST_F(LotsTest, LotsMadeAndEatenInOneUnitAreSeen) {
  domain::LedgerUnit unit = desk_.Unit();
  ASSERT_THAT(unit.Post({.debit = Own("access", "issued"), .credit = theirs_, .amount = 5}),
              IsOk());
  const auto back = unit.Post({.debit = theirs_, .credit = mine_, .amount = 5});
  ASSERT_THAT(back, IsOk());
  ASSERT_THAT(unit.Reverse(*back, 2, ""), IsOk());
  desk_.Keep(unit);
  EXPECT_EQ(OpenLots(desk_, theirs_), "2/5@02-12 ");
  EXPECT_EQ(OpenLots(desk_, mine_), "10/10@02-10 20/20@02-12 3/5@02-12 ");
}

TEST_F(LotsTest, AUnitCanSpendTheAmountItGaveBack) {
  const auto spent = desk_.Spend(mine_, 15);
  ASSERT_THAT(spent, IsOk());
  domain::LedgerUnit unit = desk_.Unit();
  ASSERT_THAT(unit.Reverse(*spent, 0, ""), IsOk());
  ASSERT_THAT(unit.Post({.debit = mine_, .credit = Own("access", "spent"), .amount = 12}), IsOk());
  desk_.Keep(unit);
  EXPECT_EQ(OpenLots(desk_, mine_), "18/20@02-12 ");
}

TEST_F(LotsTest, APenaltyTakesExpiredLotsOutFirst) {
  desk_.now = At("2026-02-10T12:00:00Z");
  const auto penalty = desk_.Grant({.member = mine_, .amount = -25});
  ASSERT_THAT(penalty, IsOk());
  EXPECT_EQ(desk_.Transfer(*penalty).amount, 20);
  EXPECT_EQ(desk_.Transfer(*penalty).cut_amount, -5);
  EXPECT_EQ(OpenLots(desk_, mine_), "");
}

// As many lots as a member gets in years of daily points, and then some.
class ManyLotsTest : public testing::Test {
 protected:
  static constexpr int kLots = static_cast<int>(domain::kLotUsesMax) + 100;

  void SetUp() override {
    for (int i = 0; i < kLots; ++i) {
      ASSERT_THAT(desk_.Issue(mine_, 1), IsOk());
    }
  }

  LedgerDesk desk_;
  const domain::AccountRef mine_ = Of("access", 1);
};

TEST_F(ManyLotsTest, ASpendReadsOnlyTheLotsThatItNeeds) {
  const int before = desk_.books.lots_read();
  ASSERT_THAT(desk_.Spend(mine_, 3), IsOk());
  EXPECT_LT(desk_.books.lots_read() - before, 100);
}

TEST_F(ManyLotsTest, ASpendOfTooManyLotsIsRefused) {
  EXPECT_THAT(desk_.Spend(mine_, domain::kLotUsesMax + 1), HasReason(Reason::kTooManyLots));
  EXPECT_THAT(desk_.Spend(mine_, domain::kLotUsesMax), IsOk());
  EXPECT_EQ(desk_.Available(mine_), 100);
}

TEST_F(ManyLotsTest, APenaltyTakesAsManyLotsAsAUnitMay) {
  const auto id = desk_.Grant({.member = mine_,
                               .amount = -kLots,
                               .effective_time = desk_.now,
                               .activity = 1,
                               .rule = "penalty"});
  ASSERT_THAT(id, IsOk());
  EXPECT_EQ(desk_.Transfer(*id).amount, static_cast<std::int64_t>(domain::kLotUsesMax));
  EXPECT_EQ(desk_.Transfer(*id).cut_amount, -100);
}

TEST_F(ManyLotsTest, AnAmountBehindManyLotsIsReversedWhole) {
  desk_.now += days{2};
  const auto large = desk_.Issue(mine_, 10'000);
  ASSERT_THAT(large, IsOk());
  EXPECT_THAT(desk_.Reverse(*large), IsOk());
  EXPECT_EQ(desk_.Available(mine_), kLots);
}

TEST_F(ManyLotsTest, AMoveOfManyLotsIsReversedWhole) {
  const domain::AccountRef theirs = Of("access", 2);
  const auto moved = desk_.Move(mine_, theirs, domain::kLotUsesMax);
  ASSERT_THAT(moved, IsOk());
  EXPECT_THAT(desk_.Reverse(*moved), IsOk());
  EXPECT_EQ(desk_.Available(mine_), kLots);
  EXPECT_EQ(desk_.Available(theirs), 0);
}

TEST_F(ManyLotsTest, ADebitTakesOutABoundedNumberOfExpiredLots) {
  desk_.now += days{40};
  const domain::Revision before = desk_.head;
  ASSERT_THAT(desk_.Issue(mine_, 5), IsOk());
  EXPECT_THAT(desk_.Spend(mine_, 6), HasReason(Reason::kInsufficientFunds));
  const auto spent = desk_.Spend(mine_, 5);
  ASSERT_THAT(spent, IsOk());
  EXPECT_EQ(spent->index, domain::kEndedMax);
  EXPECT_EQ(desk_.head, before + 2);
  ASSERT_THAT(desk_.ExpireLots(mine_), IsOk());
  EXPECT_EQ(desk_.Balance(mine_), kLots - 2 * domain::kEndedMax);
}

TEST_F(LotsTest, ALotLivesFromTheEffectiveTimeOn) {
  const Time long_ago = desk_.now - days{400};
  const auto id = desk_.Post({.debit = Own("access", "issued"),
                              .credit = theirs_,
                              .amount = 7,
                              .effective_time = long_ago});
  ASSERT_THAT(id, IsOk());
  EXPECT_LT(desk_.books.lots().at({*id, 0}).expire_time, desk_.now);
  EXPECT_THAT(desk_.Spend(theirs_, 1), HasReason(Reason::kInsufficientFunds));
  ASSERT_THAT(desk_.ExpireLots(theirs_), IsOk());
  EXPECT_EQ(desk_.Balance(theirs_), 0);
}

}  // namespace
}  // namespace perigee::tests
