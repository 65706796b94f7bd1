#include <atomic>
#include <thread>
#include <vector>

#include "server/ports/journal/journal_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/support/race.h"

namespace perigee::tests {

TEST_P(StoreConformance, TheLastUnitIsSpentOnce) {
  MakeProgram();
  Grant(ada_, 1, kStart, kSpendable);
  const Race race = AtOnce(16, [&](int) {
    return WriteLedger([&](domain::LedgerUnit& ledger) {
      domain::TransferDraft draft;
      draft.debit = MemberAccount(ada_, kSpendable);
      draft.credit = ProgramAccount(domain::kSpentAccount, kSpendable);
      draft.amount = 1;
      return ledger.Post(draft).status();
    });
  });
  EXPECT_EQ(race, (Race{1, {{Reason::kInsufficientFunds, 15}}}));
  EXPECT_EQ(Head(), 3);
}

TEST_P(StoreConformance, AReaderSeesOneConsistentViewWhileOthersWrite) {
  MakeProgram();
  std::atomic<bool> stop{false};
  std::jthread writer([&] {
    while (!stop) {
      Grant(ada_, 1);
    }
  });
  for (int i = 0; i < 50; ++i) {
    const absl::Status status = store_->Read([&](ports::StoreReader& reader) {
      const absl::StatusOr<domain::Revision> head = reader.journal().Head(kProgram);
      std::this_thread::yield();
      const auto accounts = reader.ledger().AccountsOf(kProgram, ada_);
      const auto issued = reader.ledger().Books(kProgram).FindAccount(ProgramAccount("issued"));
      EXPECT_THAT(head, IsOk());
      EXPECT_THAT(accounts, IsOk());
      EXPECT_THAT(issued, IsOk());
      const std::int64_t balance = accounts->empty() ? 0 : (*accounts)[0].balance;
      EXPECT_EQ(balance, *head - 1);
      EXPECT_EQ(issued->has_value() ? (*issued)->balance : 0, -balance);
      return absl::OkStatus();
    });
    EXPECT_THAT(status, IsOk());
  }
  stop = true;
}

TEST_P(StoreConformance, RevisionsOfManyWritersHaveNoGap) {
  MakeProgram();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < 10; ++j) {
          Grant(ada_, 1);
        }
      });
    }
  }
  const auto entries = Reading<std::vector<domain::JournalEntry>>(
      [](ports::StoreReader& reader) { return reader.journal().Read(kProgram, 0, 1000); });
  ASSERT_EQ(entries.size(), 81U);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    EXPECT_EQ(entries[i].revision, static_cast<domain::Revision>(i) + 1);
  }
}

}  // namespace perigee::tests
