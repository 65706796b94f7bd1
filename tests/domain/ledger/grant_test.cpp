// Tests LedgerUnit::Grant: its caps, its floors and the amounts that they cut.

#include <cstdint>
#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/ledger/ledger.h"
#include "tests/matchers/status.h"
#include "tests/support/ledger_desk.h"

namespace perigee::tests {
namespace {

domain::GrantDraft Capped(const domain::AccountRef& member, std::int64_t amount,
                          std::int64_t limit) {
  return {.member = member,
          .amount = amount,
          .cap = domain::CapKey{member.member, member.asset, "daily", At("2026-01-10T00:00:00Z")},
          .cap_limit = limit,
          .activity = 7,
          .rule = "answer",
          .rule_version = 3};
}

TEST(GrantTest, AGrantNamesItsSourceAndKeepsItsTime) {
  LedgerDesk desk;
  domain::GrantDraft draft = Capped(Of("honour", 1), 5, 100);
  draft.effective_time = desk.now - std::chrono::days{3};
  const auto id = desk.Grant(draft);
  ASSERT_THAT(id, IsOk());
  const domain::Transfer transfer = desk.Transfer(*id);
  EXPECT_EQ(transfer.debit, Own("honour", "issued"));
  EXPECT_EQ(transfer.credit, Of("honour", 1));
  EXPECT_EQ(transfer.effective_time, draft.effective_time);
  EXPECT_EQ(transfer.activity, 7);
  EXPECT_EQ(transfer.rule, "answer");
  EXPECT_EQ(transfer.rule_version, 3);
  EXPECT_EQ(transfer.cap, draft.cap);
  EXPECT_EQ(transfer.cut_amount, 0);
}

TEST(GrantTest, ACapIsNeverPassedAndTheCutIsRecorded) {
  LedgerDesk desk;
  const domain::AccountRef member = Of("honour", 1);
  ASSERT_THAT(desk.Grant(Capped(member, 7, 10)), IsOk());
  const auto cut = desk.Grant(Capped(member, 7, 10));
  ASSERT_THAT(cut, IsOk());
  EXPECT_EQ(desk.Transfer(*cut).amount, 3);
  EXPECT_EQ(desk.Transfer(*cut).cut_amount, 4);
  const auto nothing = desk.Grant(Capped(member, 7, 10));
  ASSERT_THAT(nothing, IsOk());
  EXPECT_EQ(desk.Transfer(*nothing).amount, 0);
  EXPECT_EQ(desk.Transfer(*nothing).cut_amount, 7);
  EXPECT_EQ(desk.Balance(member), 10);
}

TEST(GrantTest, ACapCountsEarlierGrantsOfTheSameUnit) {
  LedgerDesk desk;
  domain::LedgerUnit unit = desk.Unit();
  for (int i = 0; i < 4; ++i) {
    ASSERT_THAT(unit.Grant(Capped(Of("honour", 1), 4, 10)), IsOk());
  }
  desk.Keep(unit);
  EXPECT_EQ(desk.Balance(Of("honour", 1)), 10);
  ASSERT_EQ(desk.books.caps().size(), 1);
  EXPECT_EQ(desk.books.caps().begin()->second, 10);
}

TEST(GrantTest, AReversalGivesTheCapItsRoomBack) {
  LedgerDesk desk;
  const domain::AccountRef member = Of("honour", 1);
  const auto first = desk.Grant(Capped(member, 10, 10));
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(desk.Reverse(*first, 4), IsOk());
  ASSERT_THAT(desk.Grant(Capped(member, 10, 10)), IsOk());
  EXPECT_EQ(desk.Balance(member), 10);
}

TEST(GrantTest, ALoweredLimitTakesNothingAway) {
  LedgerDesk desk;
  ASSERT_THAT(desk.Grant(Capped(Of("honour", 1), 10, 10)), IsOk());
  const auto more = desk.Grant(Capped(Of("honour", 1), 5, 6));
  ASSERT_THAT(more, IsOk());
  EXPECT_EQ(desk.Transfer(*more).amount, 0);
}

TEST(GrantTest, APenaltyDoesNotCountInTheCap) {
  LedgerDesk desk;
  const domain::AccountRef member = Of("honour", 1);
  ASSERT_THAT(desk.Grant(Capped(member, 6, 10)), IsOk());
  const auto penalty = desk.Grant(Capped(member, -5, 10));
  ASSERT_THAT(penalty, IsOk());
  EXPECT_FALSE(desk.Transfer(*penalty).cap.has_value());
  ASSERT_THAT(desk.Grant(Capped(member, 6, 10)), IsOk());
  EXPECT_EQ(desk.Balance(member), 5);
}

domain::GrantDraft NetCapped(const domain::AccountRef& member, std::int64_t amount,
                             std::int64_t limit) {
  domain::GrantDraft draft = Capped(member, amount, limit);
  draft.cap_is_net = true;
  return draft;
}

// As on sites where a downvote makes room for an upvote of the same day.
TEST(GrantTest, ALossMakesRoomInANetCap) {
  LedgerDesk desk;
  const domain::AccountRef member = Of("karma", 1);
  ASSERT_THAT(desk.Grant(NetCapped(member, 8, 10)), IsOk());
  const auto loss = desk.Grant(NetCapped(member, -2, 10));
  ASSERT_THAT(loss, IsOk());
  const auto gain = desk.Grant(NetCapped(member, 8, 10));
  ASSERT_THAT(gain, IsOk());
  EXPECT_EQ(desk.Transfer(*gain).amount, 4);
  EXPECT_EQ(desk.Balance(member), 10);
  // A reversed loss takes the room again, and a reversed gain gives it back.
  ASSERT_THAT(desk.Reverse(*loss), IsOk());
  EXPECT_EQ(desk.Balance(member), 12);
  ASSERT_THAT(desk.Reverse(*gain), IsOk());
  const auto rest = desk.Grant(NetCapped(member, 8, 10));
  ASSERT_THAT(rest, IsOk());
  EXPECT_EQ(desk.Transfer(*rest).amount, 2);
}

TEST(GrantTest, ANetCapNeverWraps) {
  LedgerDesk desk;
  const domain::AccountRef member = Of("karma", 1);
  constexpr std::int64_t kFive = 5'000'000'000'000'000'000;
  ASSERT_THAT(desk.Grant(NetCapped(member, -kFive, 10)), IsOk());
  const auto gain = desk.Grant(NetCapped(member, 10, std::numeric_limits<std::int64_t>::max()));
  ASSERT_THAT(gain, IsOk());
  EXPECT_EQ(desk.Transfer(*gain).amount, 10);
  ASSERT_THAT(desk.Issue(member, kFive), IsOk());
  EXPECT_THAT(desk.Grant(NetCapped(member, -kFive, 10)), HasReason(Reason::kAmountOverflow));
}

struct PenaltyRow {
  std::string name;
  std::string asset;
  std::int64_t before;
  std::int64_t asked;
  std::optional<std::int64_t> floor;
  std::int64_t taken;
};

TEST(GrantTest, APenaltyStopsAtTheFloorAndAtTheBalance) {
  const std::int64_t least = std::numeric_limits<std::int64_t>::min();
  const PenaltyRow rows[] = {
      {"all of it is there", "honour", 10, -4, std::nullopt, 4},
      {"no overdraft", "honour", 10, -14, std::nullopt, 10},
      {"no overdraft, a floor above zero", "honour", 10, -14, 6, 4},
      {"no overdraft, a floor below zero", "honour", 10, -14, -6, 10},
      {"nothing there", "honour", 0, -14, std::nullopt, 0},
      {"overdraft without a floor", "karma", 10, -14, std::nullopt, 14},
      {"overdraft with a floor", "karma", 10, -14, 0, 10},
      {"overdraft with a floor below zero", "karma", 10, -14, -2, 12},
      {"what is below the floor stays", "karma", 10, -14, 20, 0},
      {"a floor as low as can be", "karma", 10, -14, least, 14},
  };
  for (const PenaltyRow& row : rows) {
    LedgerDesk desk;
    ASSERT_THAT(desk.Issue(Of(row.asset, 1), row.before), IsOk());
    const auto id =
        desk.Grant({.member = Of(row.asset, 1), .amount = row.asked, .floor = row.floor});
    ASSERT_THAT(id, IsOk()) << row.name;
    EXPECT_EQ(desk.Transfer(*id).debit, Of(row.asset, 1)) << row.name;
    EXPECT_EQ(desk.Transfer(*id).amount, row.taken) << row.name;
    EXPECT_EQ(desk.Transfer(*id).cut_amount, row.asked + row.taken) << row.name;
    EXPECT_EQ(desk.Balance(Of(row.asset, 1)), row.before - row.taken) << row.name;
  }
}

TEST(GrantTest, APenaltyLeavesHeldAmounts) {
  LedgerDesk desk;
  ASSERT_THAT(desk.Issue(Of("points", 1), 10), IsOk());
  ASSERT_THAT(desk.Hold(Of("points", 1), Of("points", 2), 8), IsOk());
  const auto id = desk.Grant({.member = Of("points", 1), .amount = -5});
  ASSERT_THAT(id, IsOk());
  EXPECT_EQ(desk.Transfer(*id).amount, 2);
}

TEST(GrantTest, AnImpossibleGrantIsRefused) {
  LedgerDesk desk;
  EXPECT_THAT(desk.Grant({.member = Of("honour", 1), .amount = 0}), IsInvalidField("amount"));
  EXPECT_THAT(desk.Grant({.member = Own("honour", "spent"), .amount = 1}),
              IsInvalidField("member"));
  EXPECT_THAT(desk.Grant({.member = Of("gold", 1), .amount = 1}), HasReason(Reason::kNotFound));
  const std::int64_t max = std::numeric_limits<std::int64_t>::max();
  EXPECT_THAT(desk.Grant({.member = Of("karma", 1), .amount = -max - 1}),
              HasReason(Reason::kAmountOverflow));
  ASSERT_THAT(desk.Grant({.member = Of("karma", 1), .amount = max}), IsOk());
  EXPECT_THAT(desk.Grant({.member = Of("karma", 1), .amount = 1}),
              HasReason(Reason::kAmountOverflow));
}

}  // namespace
}  // namespace perigee::tests
