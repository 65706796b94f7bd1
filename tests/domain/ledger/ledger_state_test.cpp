// Tests the memory of a unit of work between its calls.

#include "server/domain/ledger/ledger_state.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/ledger/ledger.h"
#include "tests/matchers/status.h"
#include "tests/support/ledger_desk.h"

namespace perigee::tests {
namespace {

using domain::TransferId;

TEST(LedgerStateTest, NothingIsReadTwice) {
  LedgerDesk desk;
  domain::LedgerUnit unit = desk.Unit();
  const domain::TransferDraft draft{
      .debit = Own("access", "issued"), .credit = Of("access", 1), .amount = 10};
  ASSERT_THAT(unit.Post(draft), IsOk());
  const int reads = desk.books.reads();
  ASSERT_THAT(unit.Post(draft), IsOk());
  EXPECT_EQ(desk.books.reads(), reads);
}

TEST(LedgerStateTest, ChangesAreGivenOnceEachAndAccountsInOrder) {
  LedgerDesk desk;
  domain::LedgerUnit unit = desk.Unit();
  for (const std::uint8_t member : std::to_array<std::uint8_t>({3, 1, 2, 1, 3})) {
    ASSERT_THAT(
        unit.Post({.debit = Own("points", "issued"), .credit = Of("points", member), .amount = 10}),
        IsOk());
  }
  const domain::LedgerChanges changes = unit.Take();
  EXPECT_EQ(changes.transfers.size(), 5);
  ASSERT_EQ(changes.accounts.size(), 4);
  EXPECT_TRUE(std::ranges::is_sorted(changes.accounts, {}, &domain::Account::ref));
  EXPECT_EQ(changes.accounts[1].balance, 20);
}

TEST(LedgerStateTest, ARefusedCallLeavesTheUnitAsItWas) {
  LedgerDesk desk;
  domain::LedgerUnit unit = desk.Unit();
  ASSERT_THAT(
      unit.Post({.debit = Own("access", "issued"), .credit = Of("access", 1), .amount = 10}),
      IsOk());
  const domain::LedgerChanges before = unit.changes();
  EXPECT_THAT(unit.Post({.debit = Of("access", 1), .credit = Of("access", 2), .amount = 11}),
              HasReason(Reason::kInsufficientFunds));
  EXPECT_EQ(unit.changes().accounts, before.accounts);
  EXPECT_EQ(unit.changes().transfers, before.transfers);
  EXPECT_EQ(unit.changes().lots, before.lots);
  EXPECT_EQ(unit.changes().lot_uses, before.lot_uses);
  EXPECT_EQ(unit.changes().caps, before.caps);
  const auto next = unit.Post({.debit = Of("access", 1), .credit = Of("access", 2), .amount = 10});
  ASSERT_THAT(next, IsOk());
  EXPECT_EQ(*next, (TransferId{1, 1}));
}

TEST(LedgerStateTest, TakingLeavesNothingBehind) {
  LedgerDesk desk;
  domain::LedgerState state(desk.books, 7);
  domain::LedgerStage stage;
  stage.transfers.emplace_back().id = state.NextId(0);
  EXPECT_EQ(state.NextId(1), (TransferId{7, 1}));
  state.Merge(std::move(stage));
  EXPECT_EQ(state.NextId(0), (TransferId{7, 1}));
  EXPECT_EQ(state.Take().transfers.size(), 1);
  EXPECT_TRUE(state.changes().transfers.empty());
}

}  // namespace
}  // namespace perigee::tests
