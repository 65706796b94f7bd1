#include <gmock/gmock.h>

#include "server/ports/journal/journal_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "tests/conformance/store/store_conformance.h"

namespace perigee::tests {

TEST_P(StoreConformance, EveryFieldOfATransferComesBack) {
  MakeProgram();
  domain::Transfer transfer;
  transfer.id = {2, 0};
  transfer.debit = MemberAccount(ada_);
  transfer.credit = ProgramAccount("issued");
  transfer.amount = INT64_MAX;
  transfer.kind = domain::TransferKind::kReversal;
  transfer.effective_time = kStart - std::chrono::hours(1);
  transfer.record_time = kStart;
  transfer.expire_time = kStart + std::chrono::hours(1);
  transfer.original = domain::TransferId{1, 3};
  transfer.activity = 1;
  transfer.rule = "gift";
  transfer.rule_version = 4;
  transfer.cap = domain::CapKey{ada_, kAsset, "daily", kStart};
  transfer.cut_amount = -7;
  transfer.debit_balance_after = INT64_MIN;
  transfer.credit_balance_after = 5;
  transfer.memo = "why";
  domain::Changes changes;
  changes.ledger.transfers = {transfer};
  ASSERT_THAT(WriteChanges(changes), IsOk());

  EXPECT_THAT(store_->Read([&](ports::StoreReader& reader) {
    EXPECT_EQ(reader.ledger().Books(kProgram).FindTransfer({2, 0}).value(), transfer);
    EXPECT_THAT(reader.ledger().Books(kProgram).Successors({1, 3}).value(),
                testing::ElementsAre(transfer));
    EXPECT_FALSE(reader.ledger().Books(kProgram).FindTransfer({2, 1}).value().has_value());
    domain::Transfer recorded = transfer;
    recorded.memo = "";
    EXPECT_THAT(reader.journal().Read(kProgram, 1, 1).value()[0].changes.ledger.transfers,
                testing::ElementsAre(recorded));
    return absl::OkStatus();
  }),
              IsOk());
}

TEST_P(StoreConformance, LotsAreKeptAndUsed) {
  MakeProgram();
  const domain::AccountRef account = MemberAccount(ada_, "access");
  Grant(ada_, 5, kStart, "access");
  Grant(ada_, 3, kStart + std::chrono::days(1), "access");
  ASSERT_THAT(WriteLedger(
                  [&](domain::LedgerUnit& ledger) {
                    domain::TransferDraft draft;
                    draft.debit = account;
                    draft.credit = ProgramAccount(domain::kSpentAccount, "access");
                    draft.amount = 6;
                    return ledger.Post(draft).status();
                  },
                  kStart + std::chrono::days(1)),
              IsOk());

  EXPECT_THAT(store_->Read([&](ports::StoreReader& reader) {
    domain::LedgerBooks& books = reader.ledger().Books(kProgram);
    const std::vector<domain::Lot> open = books.OpenLots(account, {}, 10).value();
    EXPECT_EQ(open.size(), 1U);
    EXPECT_EQ(open.at(0).id, (domain::TransferId{3, 0}));
    EXPECT_EQ(open.at(0).remaining, 2);
    EXPECT_EQ(open.at(0).amount, 3);
    const std::vector<domain::LotUse> uses = books.LotUses({4, 0}).value();
    EXPECT_EQ(uses.size(), 2U);
    EXPECT_EQ(uses.at(0).lot, (domain::TransferId{2, 0}));
    EXPECT_EQ(uses.at(0).amount, 5);
    EXPECT_EQ(uses.at(1).amount, 1);
    EXPECT_EQ(books.FindLot({2, 0}, 0).value()->remaining, 0);
    EXPECT_FALSE(books.FindLot({2, 0}, 1).value().has_value());
    return absl::OkStatus();
  }),
              IsOk());
}

TEST_P(StoreConformance, CapsAreCountedByMemberAssetCapAndWindow) {
  MakeProgram();
  const domain::CapKey key{ada_, kAsset, "daily", kStart};
  domain::Changes changes;
  changes.ledger.caps = {{key, 5}};
  ASSERT_THAT(WriteChanges(changes), IsOk());
  changes.ledger.caps = {{key, 9}};
  ASSERT_THAT(WriteChanges(changes), IsOk());
  const auto used = [&](const domain::CapKey& asked) {
    return Reading<std::int64_t>(
        [&](ports::StoreReader& reader) { return reader.ledger().Books(kProgram).CapUsed(asked); });
  };
  EXPECT_EQ(used(key), 9);
  EXPECT_EQ(used({bob_, kAsset, "daily", kStart}), 0);
  EXPECT_EQ(used({ada_, "access", "daily", kStart}), 0);
  EXPECT_EQ(used({ada_, kAsset, "weekly", kStart}), 0);
  EXPECT_EQ(used({ada_, kAsset, "daily", kStart + Duration(1)}), 0);
}

TEST_P(StoreConformance, AStatementPagesBackWithTheBalanceAfterEachLine) {
  MakeProgram();
  for (int i = 1; i <= 4; ++i) {
    Grant(ada_, i);
  }
  const auto page = [&](domain::TransferId before) {
    return Reading<std::vector<ports::StatementLine>>([&](ports::StoreReader& reader) {
      return reader.ledger().Statement(kProgram, MemberAccount(ada_), before, 2);
    });
  };
  const auto first = page({});
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].change, 4);
  EXPECT_EQ(first[0].balance_after, 10);
  EXPECT_EQ(first[1].balance_after, 6);
  Grant(ada_, 100);  // This line is newer than those of the next page.
  const auto second = page(first[1].transfer.id);
  ASSERT_EQ(second.size(), 2U);
  EXPECT_EQ(second[0].change, 2);
  EXPECT_EQ(second[1].balance_after, 1);
  EXPECT_TRUE(page(second[1].transfer.id).empty());

  const auto issued = Reading<std::vector<ports::StatementLine>>([&](ports::StoreReader& reader) {
    return reader.ledger().Statement(kProgram, ProgramAccount("issued"), {}, 1);
  });
  ASSERT_EQ(issued.size(), 1U);
  EXPECT_EQ(issued[0].change, -100);
  EXPECT_EQ(issued[0].balance_after, -110);
}

TEST_P(StoreConformance, AnAccountReadsAsItWasByEffectAndByRecord) {
  MakeProgram();
  const Time yesterday = kStart - std::chrono::days(1);
  Grant(ada_, 1);                                              // Revision 2.
  const domain::TransferId late = Grant(ada_, 10, yesterday);  // Revision 3.
  ASSERT_THAT(
      WriteLedger([&](domain::LedgerUnit& ledger) { return ledger.Reverse(late, 4, "").status(); }),
      IsOk());  // Revision 4, with the effect of its original.
  const auto balance = [&](domain::Revision revision, Time time) -> std::optional<std::int64_t> {
    const auto account = Reading<std::optional<domain::Account>>([&](ports::StoreReader& reader) {
      return reader.ledger().AccountAsOf(kProgram, MemberAccount(ada_), revision, time);
    });
    return account.has_value() ? std::optional(account->balance) : std::nullopt;
  };
  EXPECT_EQ(balance(4, kStart), 7);
  EXPECT_EQ(balance(4, yesterday), 6);
  EXPECT_EQ(balance(3, yesterday), 10);
  EXPECT_EQ(balance(2, kStart), 1);
  EXPECT_EQ(balance(2, yesterday), std::nullopt);
  EXPECT_EQ(balance(4, yesterday - Duration(1)), std::nullopt);
}

TEST_P(StoreConformance, TotalsOfEachAssetAddUpToZero) {
  MakeProgram();
  Grant(ada_, 10, kStart, kSpendable);
  Grant(bob_, 7);
  ASSERT_THAT(WriteLedger([&](domain::LedgerUnit& ledger) {
                domain::TransferDraft draft;
                draft.debit = MemberAccount(ada_, kSpendable);
                draft.credit = ProgramAccount(domain::kSpentAccount, kSpendable);
                draft.amount = 4;
                return ledger.Post(draft).status();
              }),
              IsOk());
  const auto totals = Reading<std::vector<ports::AssetTotals>>(
      [](ports::StoreReader& reader) { return reader.ledger().TotalAssets(kProgram); });
  ASSERT_EQ(totals.size(), 4U);  // By asset: access, affiliation, points, reputation.
  EXPECT_EQ(totals[0].issued, 0);
  EXPECT_EQ(totals[2].asset, kSpendable);
  EXPECT_EQ(totals[2].issued, 10);
  EXPECT_EQ(totals[2].spent, 4);
  EXPECT_EQ(totals[3].issued, 7);
  for (const ports::AssetTotals& total : totals) {
    EXPECT_EQ(total.imbalance, 0);
  }
}

}  // namespace perigee::tests
