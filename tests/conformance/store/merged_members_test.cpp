#include <gmock/gmock.h>

#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "tests/conformance/store/store_conformance.h"

namespace perigee::tests {
namespace {

// A nil head: the member is not merged.
domain::Changes WithHead(std::uint32_t n, const std::string& id, const domain::MemberKey& head) {
  domain::Member member = MakeMember(n, id, 1);
  member.merged_into = head;
  member.merge_revision = head.IsNil() ? 0 : 1;
  domain::Changes changes;
  changes.records.Put(std::move(member));
  return changes;
}

std::function<absl::Status(domain::LedgerUnit&)> Spending(const domain::MemberKey& member,
                                                          std::int64_t amount) {
  return [=](domain::LedgerUnit& ledger) {
    domain::TransferDraft draft;
    draft.debit = MemberAccount(member, kSpendable);
    draft.credit = ProgramAccount(domain::kSpentAccount, kSpendable);
    draft.amount = amount;
    return ledger.Post(draft).status();
  };
}

}  // namespace

TEST_P(StoreConformance, TheBooksTellTheAccountsOfOnePerson) {
  MakeProgram();
  const domain::MemberKey eve = NumberedId(3);
  const auto others = [&](const domain::AccountRef& ref) {
    return Reading<std::vector<domain::AccountRef>>([&](ports::StoreReader& reader) {
      return reader.ledger().Books(kProgram).SamePerson(ref);
    });
  };
  ASSERT_THAT(WriteChanges(WithHead(3, "eve", {})), IsOk());
  EXPECT_TRUE(others(MemberAccount(ada_)).empty());
  ASSERT_THAT(WriteChanges(WithHead(2, "bob", ada_)), IsOk());
  EXPECT_THAT(others(MemberAccount(ada_)), testing::ElementsAre(MemberAccount(bob_)));
  ASSERT_THAT(WriteChanges(WithHead(3, "eve", ada_)), IsOk());
  EXPECT_THAT(others(MemberAccount(ada_, "access")),
              testing::ElementsAre(MemberAccount(bob_, "access"), MemberAccount(eve, "access")));
  EXPECT_THAT(others(MemberAccount(bob_)),
              testing::ElementsAre(MemberAccount(ada_), MemberAccount(eve)));
  EXPECT_TRUE(others(ProgramAccount(domain::kIssuedAccount)).empty());
  EXPECT_TRUE(others(MemberAccount(NumberedId(9))).empty());
  ASSERT_THAT(WriteChanges(WithHead(2, "bob", {})), IsOk());
  EXPECT_TRUE(others(MemberAccount(bob_)).empty());
  EXPECT_THAT(others(MemberAccount(eve)), testing::ElementsAre(MemberAccount(ada_)));
}

TEST_P(StoreConformance, WhatDebitsPooledIsSummedSinceARevision) {
  MakeProgram();
  const auto pooled = [&](const domain::MemberKey& member, domain::Revision since) {
    return Reading<std::map<std::string, std::int64_t>>([&](ports::StoreReader& reader) {
      return reader.ledger().PooledInto(kProgram, member, since);
    });
  };
  ASSERT_THAT(WriteChanges(WithHead(2, "bob", ada_)), IsOk());
  Grant(bob_, 10, kStart, kSpendable);
  const Outcome first = WriteLedger(Spending(ada_, 4));
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(pooled(ada_, 0), testing::ElementsAre(testing::Pair(kSpendable, 4)));
  EXPECT_THAT(pooled(bob_, 0), testing::ElementsAre(testing::Pair(kSpendable, -4)));
  EXPECT_TRUE(pooled(ada_, first->revision).empty());
  Grant(ada_, 3, kStart, kSpendable);
  ASSERT_THAT(WriteLedger(Spending(bob_, 9)), IsOk());
  EXPECT_THAT(pooled(ada_, 0), testing::ElementsAre(testing::Pair(kSpendable, 1)));
  EXPECT_THAT(pooled(ada_, first->revision), testing::ElementsAre(testing::Pair(kSpendable, -3)));
}

TEST_P(StoreConformance, AUnitSeesAtOnceThatMembersWereMergedOrParted) {
  MakeProgram();
  Grant(bob_, 10, kStart, kSpendable);
  EXPECT_THAT(WriteLedger(Spending(ada_, 1)), HasReason(Reason::kInsufficientFunds));
  ASSERT_THAT(WriteChanges(WithHead(2, "bob", ada_)), IsOk());
  EXPECT_THAT(WriteLedger(Spending(ada_, 1)), IsOk());
  ASSERT_THAT(WriteChanges(WithHead(2, "bob", {})), IsOk());
  EXPECT_THAT(WriteLedger(Spending(ada_, 1)), HasReason(Reason::kInsufficientFunds));
}

}  // namespace perigee::tests
