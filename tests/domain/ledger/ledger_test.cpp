#include "server/domain/ledger/ledger.h"

#include <cstdint>
#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"
#include "tests/support/ledger_desk.h"

namespace perigee::tests {
namespace {

using domain::TransferId;
using domain::TransferKind;

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

TEST(LedgerTest, AnIssueOpensBothAccountsAndMovesTheAmount) {
  LedgerDesk desk;
  const auto id = desk.Issue(Of("points", 1), 70);
  ASSERT_THAT(id, IsOk());
  EXPECT_EQ(*id, (TransferId{1, 0}));
  EXPECT_EQ(desk.Balance(Of("points", 1)), 70);
  EXPECT_EQ(desk.Balance(Own("points", "issued")), -70);
  EXPECT_TRUE(desk.Account(Own("points", "issued")).overdraft);
  EXPECT_FALSE(desk.Account(Of("points", 1)).overdraft);
  const domain::Transfer transfer = desk.Transfer(*id);
  EXPECT_EQ(transfer.kind, TransferKind::kPosted);
  EXPECT_EQ(transfer.effective_time, desk.now);
  EXPECT_EQ(transfer.record_time, desk.now);
  EXPECT_EQ(transfer.debit_balance_after, -70);
  EXPECT_EQ(transfer.credit_balance_after, 70);
}

TEST(LedgerTest, AMemberOfAnAssetWithOverdraftMayGoBelowZero) {
  LedgerDesk desk;
  ASSERT_THAT(desk.Grant({.member = Of("karma", 1), .amount = -5, .rule = "blame"}), IsOk());
  EXPECT_EQ(desk.Balance(Of("karma", 1)), -5);
  EXPECT_TRUE(desk.Account(Of("karma", 1)).overdraft);
}

TEST(LedgerTest, AnAmountOfZeroIsLegalAndOpensTheAccount) {
  LedgerDesk desk;
  ASSERT_THAT(desk.Move(Of("points", 1), Of("points", 2), 0), IsOk());
  EXPECT_EQ(desk.books.accounts().size(), 2);
}

TEST(LedgerTest, LaterCallsOfAUnitSeeEarlierOnes) {
  LedgerDesk desk;
  domain::LedgerUnit unit = desk.Unit();
  const auto issued =
      unit.Post({.debit = Own("points", "issued"), .credit = Of("points", 1), .amount = 10});
  ASSERT_THAT(issued, IsOk());
  const auto held = unit.Post({.debit = Of("points", 1),
                               .credit = Of("points", 2),
                               .amount = 8,
                               .expire_time = desk.now + std::chrono::hours{1}});
  ASSERT_THAT(held, IsOk());
  EXPECT_THAT(unit.Post({.debit = Of("points", 1), .credit = Of("points", 2), .amount = 3}),
              HasReason(Reason::kInsufficientFunds));
  const auto captured = unit.Capture(*held, 5);
  ASSERT_THAT(captured, IsOk());
  EXPECT_EQ(*captured, (TransferId{1, 2}));
  EXPECT_THAT(unit.Void(*held), HasReason(Reason::kTransferNotPending));
  ASSERT_THAT(unit.Reverse(*captured, 0, ""), IsOk());
  desk.Keep(unit);
  EXPECT_EQ(desk.Available(Of("points", 1)), 10);
  EXPECT_EQ(desk.books.transfers().size(), 4);
}

struct RefusedDraft {
  std::string name;
  domain::TransferDraft draft;
  std::string field;
};

TEST(LedgerTest, MalformedDraftsAreRefusedByField) {
  LedgerDesk desk;
  ASSERT_THAT(desk.Issue(Of("points", 1), 100), IsOk());
  const domain::AccountRef issued = Own("points", "issued");
  const domain::AccountRef member = Of("points", 1);
  const RefusedDraft rows[] = {
      {"a negative amount", {.debit = issued, .credit = member, .amount = -1}, "amount"},
      {"to itself", {.debit = member, .credit = member, .amount = 1}, "credit_account"},
      {"out of spent", {.debit = Own("points", "spent"), .credit = member}, "debit_account"},
      {"out of expired", {.debit = Own("points", "expired"), .credit = member}, "debit_account"},
      {"out of forfeited",
       {.debit = Own("points", "forfeited"), .credit = member},
       "debit_account"},
      {"into expired", {.debit = member, .credit = Own("points", "expired")}, "credit_account"},
      {"a hold that is over",
       {.debit = issued, .credit = member, .expire_time = desk.now},
       "expire_time"},
      {"a hold of more than 366 days",
       {.debit = issued,
        .credit = member,
        .expire_time = desk.now + domain::kHoldMax + Duration{1}},
       "expire_time"},
      {"of the future",
       {.debit = issued, .credit = member, .effective_time = desk.now + Duration{1}},
       "effective_time"},
      {"a long memo",
       {.debit = issued, .credit = member, .memo = std::string(domain::kMemoBytesMax + 1, 'm')},
       "memo"},
  };
  for (const RefusedDraft& row : rows) {
    EXPECT_THAT(desk.Post(row.draft), IsInvalidField(row.field)) << row.name;
  }
  EXPECT_THAT(desk.Post({.debit = issued,
                         .credit = member,
                         .expire_time = desk.now + domain::kHoldMax,
                         .effective_time = desk.now,
                         .memo = std::string(domain::kMemoBytesMax, 'm')}),
              IsOk());
}

TEST(LedgerTest, UnknownAssetsBudgetsAndTransfersAreNotFound) {
  LedgerDesk desk;
  EXPECT_THAT(desk.Issue(Of("gold", 1), 1), HasReason(Reason::kNotFound));
  EXPECT_THAT(desk.Move(Own("points", "campaign"), Of("points", 1), 0),
              HasReason(Reason::kNotFound));
  EXPECT_THAT(desk.Capture({9, 9}), HasReason(Reason::kNotFound));
  EXPECT_THAT(desk.Void({9, 9}), HasReason(Reason::kNotFound));
  EXPECT_THAT(desk.Reverse({9, 9}), HasReason(Reason::kNotFound));
  EXPECT_THAT(desk.ExpireLots(Of("gold", 1)), HasReason(Reason::kNotFound));
}

TEST(LedgerTest, NoAssetConvertsIntoAnother) {
  LedgerDesk desk;
  ASSERT_THAT(desk.Issue(Of("points", 1), 5), IsOk());
  EXPECT_THAT(desk.Move(Of("points", 1), Of("access", 1), 5), HasReason(Reason::kAssetMismatch));
}

TEST(LedgerTest, AnEarnedAssetCannotBeMovedByHand) {
  LedgerDesk desk;
  const auto earned = desk.Issue(Of("honour", 1), 5);
  ASSERT_THAT(earned, IsOk());
  for (const domain::AccountRef& credit : {Own("honour", "spent"), Of("honour", 2),
                                           Own("honour", "issued"), Own("honour", "forfeited")}) {
    EXPECT_THAT(desk.Move(Of("honour", 1), credit, 1), HasReason(Reason::kAssetNotSpendable));
  }
  EXPECT_THAT(desk.Reverse(*earned), IsOk());
}

TEST(LedgerTest, ABudgetGivesUntilItIsEmpty) {
  LedgerDesk desk;
  const domain::AccountRef budget = Own("points", "campaign");
  desk.books.AddAccount({.ref = budget});
  ASSERT_THAT(desk.Issue(budget, 10), IsOk());
  EXPECT_THAT(desk.Move(budget, Of("points", 1), 10), IsOk());
  EXPECT_THAT(desk.Move(budget, Of("points", 1), 1), HasReason(Reason::kInsufficientFunds));
}

TEST(LedgerTest, OverflowCountsPendingAndComesBeforeFunds) {
  LedgerDesk desk;
  ASSERT_THAT(desk.Issue(Of("points", 1), kMax - 10), IsOk());
  ASSERT_THAT(desk.Hold(Own("points", "issued"), Of("points", 1), 4), IsOk());
  EXPECT_THAT(desk.Issue(Of("points", 1), 7), HasReason(Reason::kAmountOverflow));
  // `issued` has room for 6 more debits, so it overflows even if the other account has room.
  EXPECT_THAT(desk.Issue(Of("points", 2), 7), HasReason(Reason::kAmountOverflow));
  EXPECT_THAT(desk.Issue(Of("points", 1), 6), IsOk());
  // Member 3 has nothing, so both refusals fit; overflow comes first.
  EXPECT_THAT(desk.Move(Of("points", 3), Of("points", 1), 1), HasReason(Reason::kAmountOverflow));
}

TEST(LedgerTest, ACapturedHoldFreesItsRest) {
  LedgerDesk desk;
  ASSERT_THAT(desk.Issue(Of("points", 1), 10), IsOk());
  const auto held = desk.Hold(Of("points", 1), Of("points", 2), 8);
  ASSERT_THAT(held, IsOk());
  EXPECT_EQ(desk.Balance(Of("points", 1)), 10);
  EXPECT_EQ(desk.Available(Of("points", 1)), 2);
  EXPECT_EQ(desk.Account(Of("points", 2)).credits_pending, 8);
  EXPECT_THAT(desk.Spend(Of("points", 1), 3), HasReason(Reason::kInsufficientFunds));
  EXPECT_THAT(desk.Capture(*held, 9), IsInvalidField("amount"));
  EXPECT_THAT(desk.Capture(*held, -1), IsInvalidField("amount"));

  desk.now += std::chrono::hours{1};
  const auto captured = desk.Capture(*held, 5);
  ASSERT_THAT(captured, IsOk());
  EXPECT_EQ(desk.Transfer(*captured).kind, TransferKind::kCapture);
  EXPECT_EQ(desk.Transfer(*captured).original, *held);
  EXPECT_EQ(desk.Transfer(*captured).effective_time, desk.now);
  EXPECT_EQ(desk.Available(Of("points", 1)), 5);
  EXPECT_EQ(desk.Balance(Of("points", 2)), 5);
  EXPECT_EQ(desk.Account(Of("points", 2)).credits_pending, 0);
  EXPECT_THAT(desk.Capture(*held), HasReason(Reason::kTransferNotPending));
  EXPECT_THAT(desk.Void(*held), HasReason(Reason::kTransferNotPending));
  EXPECT_THAT(desk.Capture(*captured), HasReason(Reason::kTransferNotPending));
}

TEST(LedgerTest, AVoidedHoldGivesAllBack) {
  LedgerDesk desk;
  ASSERT_THAT(desk.Issue(Of("points", 1), 10), IsOk());
  const auto held = desk.Hold(Of("points", 1), Of("points", 2), 8);
  ASSERT_THAT(held, IsOk());
  const auto voided = desk.Void(*held);
  ASSERT_THAT(voided, IsOk());
  EXPECT_EQ(desk.Transfer(*voided).amount, 8);
  EXPECT_EQ(desk.Available(Of("points", 1)), 10);
  EXPECT_EQ(desk.Balance(Of("points", 2)), 0);
  EXPECT_THAT(desk.Reverse(*voided), HasReason(Reason::kNotReversible));
  EXPECT_THAT(desk.Reverse(*held), HasReason(Reason::kNotReversible));
}

TEST(LedgerTest, AtItsExpireTimeAHoldIsFree) {
  LedgerDesk desk;
  ASSERT_THAT(desk.Issue(Of("points", 1), 10), IsOk());
  const auto held = desk.Hold(Of("points", 1), Of("points", 2), 8, std::chrono::hours{1});
  ASSERT_THAT(held, IsOk());
  desk.now += std::chrono::hours{1} - Duration{1};
  EXPECT_THAT(desk.TimeOut(*held), HasReason(Reason::kTransferNotPending));
  desk.now += Duration{1};
  EXPECT_THAT(desk.Capture(*held), HasReason(Reason::kTransferNotPending));
  EXPECT_THAT(desk.Void(*held), HasReason(Reason::kTransferNotPending));
  // The spend itself ends the hold, so that the books show why the amount is free.
  const auto spent = desk.Spend(Of("points", 1), 3);
  ASSERT_THAT(spent, IsOk());
  EXPECT_EQ(desk.Available(Of("points", 1)), 7);
  const domain::Transfer timeout = desk.Transfer({spent->revision, 0});
  EXPECT_EQ(timeout.kind, domain::TransferKind::kTimeout);
  EXPECT_EQ(timeout.original, *held);
  EXPECT_THAT(desk.TimeOut(*held), HasReason(Reason::kTransferNotPending));
}

TEST(LedgerTest, AHoldThatNobodyNeedsTimesOut) {
  LedgerDesk desk;
  ASSERT_THAT(desk.Issue(Of("points", 1), 10), IsOk());
  const auto held = desk.Hold(Of("points", 1), Of("points", 2), 8, std::chrono::hours{1});
  ASSERT_THAT(held, IsOk());
  desk.now += std::chrono::hours{1};
  ASSERT_THAT(desk.TimeOut(*held), IsOk());
  EXPECT_THAT(desk.TimeOut(*held), HasReason(Reason::kTransferNotPending));
  EXPECT_EQ(desk.Available(Of("points", 1)), 10);
}

// An amount that a job frees soon is not lost to a penalty.
TEST(LedgerTest, APenaltyWaitsForHoldsThatHaveExpired) {
  LedgerDesk desk;
  ASSERT_THAT(desk.Issue(Of("points", 1), 1000), IsOk());
  for (int i = 0; i < domain::kEndedMax + 50; ++i) {
    ASSERT_THAT(desk.Hold(Of("points", 1), Of("points", 2), 4, std::chrono::hours{1}), IsOk());
  }
  desk.now += std::chrono::hours{1};
  const domain::GrantDraft penalty{.member = Of("points", 1),
                                   .amount = -900,
                                   .effective_time = desk.now,
                                   .activity = 1,
                                   .rule = "penalty"};
  EXPECT_THAT(desk.Grant(penalty), HasReason(Reason::kOverloaded));
  ASSERT_THAT(desk.Spend(Of("points", 1), 1), IsOk());  // Ends 200 of them.
  ASSERT_THAT(desk.Grant(penalty), IsOk());
  EXPECT_EQ(desk.Balance(Of("points", 1)), 99);
}

TEST(LedgerTest, ADebitEndsABoundedNumberOfHolds) {
  LedgerDesk desk;
  ASSERT_THAT(desk.Issue(Of("points", 1), 1000), IsOk());
  for (int i = 0; i < domain::kEndedMax + 50; ++i) {
    ASSERT_THAT(desk.Hold(Of("points", 1), Of("points", 2), 4, std::chrono::hours{1}), IsOk());
  }
  desk.now += std::chrono::hours{1};
  // 250 holds of 4 keep all of it; 200 of them are ended on the way.
  EXPECT_THAT(desk.Spend(Of("points", 1), 801), HasReason(Reason::kOverloaded));
  EXPECT_THAT(desk.Spend(Of("points", 1), 800), IsOk());
  EXPECT_THAT(desk.Spend(Of("points", 1), 200), IsOk());
  EXPECT_THAT(desk.Spend(Of("points", 1), 1), HasReason(Reason::kInsufficientFunds));
}

// Nothing but the balance counts, however much has moved.
TEST(LedgerTest, AnUndoneAmountLeavesRoomForTheNext) {
  LedgerDesk desk;
  constexpr std::int64_t kNine = 9'000'000'000'000'000'000;
  for (int i = 0; i < 3; ++i) {
    const auto issued = desk.Issue(Of("points", 1), kNine);
    ASSERT_THAT(issued, IsOk());
    EXPECT_THAT(desk.Issue(Of("points", 1), kNine), HasReason(Reason::kAmountOverflow));
    ASSERT_THAT(desk.Reverse(*issued), IsOk());
  }
  EXPECT_EQ(desk.Balance(Of("points", 1)), 0);
}

TEST(LedgerTest, ATransferIsReversedInABoundedNumberOfParts) {
  LedgerDesk desk;
  const auto issued = desk.Issue(Of("points", 1), 1000);
  ASSERT_THAT(issued, IsOk());
  for (std::size_t i = 0; i < domain::kReversalsMax; ++i) {
    ASSERT_THAT(desk.Reverse(*issued, 1), IsOk());
  }
  EXPECT_THAT(desk.Reverse(*issued, 1), HasReason(Reason::kNotReversible));
  EXPECT_THAT(desk.Reverse(*issued), IsOk());
  EXPECT_EQ(desk.Balance(Of("points", 1)), 0);
}

TEST(LedgerTest, AReversalTakesEffectWhereTheOriginalDid) {
  LedgerDesk desk;
  const Time earned = desk.now - std::chrono::days{40};
  const auto id = desk.Post({.debit = Own("points", "issued"),
                             .credit = Of("points", 1),
                             .amount = 10,
                             .effective_time = earned});
  ASSERT_THAT(id, IsOk());
  const auto reversal = desk.Reverse(*id);
  ASSERT_THAT(reversal, IsOk());
  const domain::Transfer transfer = desk.Transfer(*reversal);
  EXPECT_EQ(transfer.kind, TransferKind::kReversal);
  EXPECT_EQ(transfer.effective_time, earned);
  EXPECT_EQ(transfer.record_time, desk.now);
  EXPECT_EQ(transfer.debit, Of("points", 1));
  EXPECT_EQ(transfer.credit, Own("points", "issued"));
  EXPECT_EQ(desk.Balance(Of("points", 1)), 0);
  EXPECT_EQ(desk.Balance(Own("points", "issued")), 0);
  EXPECT_THAT(desk.Reverse(*reversal), HasReason(Reason::kNotReversible));
}

TEST(LedgerTest, PartialReversalsNeverPassTheOriginal) {
  LedgerDesk desk;
  const auto id = desk.Issue(Of("points", 1), 10);
  ASSERT_THAT(id, IsOk());
  ASSERT_THAT(desk.Issue(Of("points", 1), 90), IsOk());
  EXPECT_THAT(desk.Reverse(*id, 11), HasReason(Reason::kAlreadyReversed));
  EXPECT_THAT(desk.Reverse(*id, -1), IsInvalidField("amount"));
  ASSERT_THAT(desk.Reverse(*id, 4), IsOk());
  EXPECT_THAT(desk.Reverse(*id, 7), HasReason(Reason::kAlreadyReversed));
  const auto rest = desk.Reverse(*id);
  ASSERT_THAT(rest, IsOk());
  EXPECT_EQ(desk.Transfer(*rest).amount, 6);
  EXPECT_THAT(desk.Reverse(*id), HasReason(Reason::kAlreadyReversed));
  EXPECT_EQ(desk.Balance(Of("points", 1)), 90);
}

TEST(LedgerTest, ASpentAmountCannotBeReversedAway) {
  LedgerDesk desk;
  const auto id = desk.Issue(Of("points", 1), 10);
  ASSERT_THAT(id, IsOk());
  const auto spent = desk.Spend(Of("points", 1), 7);
  ASSERT_THAT(spent, IsOk());
  EXPECT_THAT(desk.Reverse(*id), HasReason(Reason::kInsufficientFunds));
  EXPECT_THAT(desk.Reverse(*id, 3), IsOk());
  ASSERT_THAT(desk.Reverse(*spent), IsOk());
  EXPECT_THAT(desk.Reverse(*id), IsOk());
  EXPECT_EQ(desk.Balance(Of("points", 1)), 0);
}

TEST(LedgerTest, ACaptureIsReversedAsFarAsItCaptured) {
  LedgerDesk desk;
  ASSERT_THAT(desk.Issue(Of("points", 1), 10), IsOk());
  const auto held = desk.Hold(Of("points", 1), Of("points", 2), 8);
  ASSERT_THAT(held, IsOk());
  const auto captured = desk.Capture(*held, 5);
  ASSERT_THAT(captured, IsOk());
  EXPECT_THAT(desk.Reverse(*captured, 6), HasReason(Reason::kAlreadyReversed));
  ASSERT_THAT(desk.Reverse(*captured), IsOk());
  EXPECT_EQ(desk.Available(Of("points", 1)), 10);
}

TEST(LedgerTest, ScoresCountIssuesAndMovesBetweenMembers) {
  LedgerDesk desk;
  const auto issued = desk.Issue(Of("points", 1), 10);
  const auto given = desk.Move(Of("points", 1), Of("points", 2), 4);
  const auto spent = desk.Spend(Of("points", 1), 3);
  const auto held = desk.Hold(Of("points", 1), Of("points", 2), 2);
  const auto captured = desk.Capture(*held);
  const auto nothing = desk.Move(Of("points", 1), Of("points", 2), 0);
  const auto reversed = desk.Reverse(*issued, 1);
  ASSERT_THAT(reversed, IsOk());
  const auto effects = [&](const absl::StatusOr<TransferId>& id) {
    std::string text;
    for (const domain::ScoreEffect& effect : domain::ScoreEffects(desk.Transfer(id.value()))) {
      text += std::to_string(effect.member.bytes[15]) + ":" + std::to_string(effect.score) + " ";
    }
    return text;
  };
  EXPECT_EQ(effects(issued), "1:10 ");
  EXPECT_EQ(effects(given), "1:-4 2:4 ");
  EXPECT_EQ(effects(spent), "");
  EXPECT_EQ(effects(held), "");
  EXPECT_EQ(effects(captured), "1:-2 2:2 ");
  EXPECT_EQ(effects(nothing), "");
  EXPECT_EQ(effects(reversed), "1:-1 ");
}

}  // namespace
}  // namespace perigee::tests
