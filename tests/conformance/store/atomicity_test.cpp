#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "tests/conformance/store/store_conformance.h"

namespace perigee::tests {

TEST_P(StoreConformance, AUnitIsAllThereAfterItsAnswer) {
  MakeProgram();
  const domain::TransferId grant = Grant(ada_, 25);

  EXPECT_EQ(Head(), 2);
  EXPECT_EQ(grant, (domain::TransferId{2, 0}));
  const auto accounts = Reading<std::vector<domain::Account>>(
      [&](ports::StoreReader& reader) { return reader.ledger().AccountsOf(kProgram, ada_); });
  ASSERT_EQ(accounts.size(), 1U);
  EXPECT_EQ(accounts[0].balance, 25);
}

TEST_P(StoreConformance, ARefusedUnitLeavesNothingBehind) {
  MakeProgram();
  const Outcome outcome = WriteLedger([&](domain::LedgerUnit& ledger) {
    domain::GrantDraft draft;
    draft.member = MemberAccount(ada_);
    draft.amount = 25;
    draft.effective_time = kStart;
    EXPECT_THAT(ledger.Grant(draft), IsOk());
    return Error(Reason::kInsufficientFunds, "changed our mind");
  });

  EXPECT_THAT(outcome, HasReason(Reason::kInsufficientFunds));
  EXPECT_EQ(Head(), 1);
  EXPECT_TRUE(Reading<std::vector<domain::Account>>([&](ports::StoreReader& reader) {
                return reader.ledger().AccountsOf(kProgram, ada_);
              }).empty());
}

TEST_P(StoreConformance, AUnitWhoseWriteFailsLeavesNothingBehind) {
  MakeProgram();
  domain::Changes changes;
  changes.records.Put(MakeMember(3, "cyd", 2));
  changes.records.Put(MakeMember(4, "ada", 2));  // The id is taken.

  EXPECT_THAT(WriteChanges(changes), HasReason(Reason::kAlreadyExists));
  EXPECT_EQ(Head(), 1);
  EXPECT_FALSE(Reading<std::optional<domain::Member>>([](ports::StoreReader& reader) {
                 return reader.members().Find(kProgram, "cyd");
               }).has_value());
}

TEST_P(StoreConformance, AUnitForAMissingProgrammeMustMakeIt) {
  domain::Changes changes;
  changes.records.Put(MakeMember(3, "cyd", 1));
  EXPECT_THAT(WriteChanges(changes), HasReason(Reason::kInternal));
  EXPECT_EQ(Head(), 0);
  MakeProgram();
  EXPECT_EQ(Head(), 1);
}

TEST_P(StoreConformance, AnAnsweredUnitOutlivesARestart) {
  MakeProgram();
  Grant(ada_, 25);
  Reopen();
  EXPECT_EQ(Head(), 2);
}

}  // namespace perigee::tests
