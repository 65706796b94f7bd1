#include <gmock/gmock.h>

#include "server/domain/program/program.h"
#include "server/ports/activity/activity_reader.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "tests/conformance/store/store_conformance.h"

namespace perigee::tests {

TEST_P(StoreConformance, TextComesBackByteForByte) {
  MakeProgram();
  const std::vector<std::string> names = {"Zoë",         "Zoe\u0308",  // Composed, decomposed.
                                          "田中さん",    "مريم",       "👩‍👩‍👧‍👦",
                                          "' OR 1=1 --", "%s$1{text}", "a\u200Bb\u202Ec",
                                          " space ",     "\uFEFFbom"};
  domain::Changes changes;
  for (std::size_t i = 0; i < names.size(); ++i) {
    domain::Member member =
        MakeMember(static_cast<std::uint32_t>(10 + i), "m" + std::to_string(i), 2);
    member.display_name = names[i];
    changes.records.Put(member);
  }
  ASSERT_THAT(WriteChanges(changes), IsOk());
  Reopen();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto member = Reading<std::optional<domain::Member>>([&](ports::StoreReader& reader) {
      return reader.members().Find(kProgram, "m" + std::to_string(i));
    });
    ASSERT_TRUE(member.has_value());
    EXPECT_EQ(member->display_name, names[i]);
  }
}

TEST_P(StoreConformance, AMemoComesBackByteForByte) {
  MakeProgram();
  Grant(ada_, 5, kStart, kSpendable);
  const std::string memo = "Grüße — 谢谢 👋";
  ASSERT_THAT(WriteLedger([&](domain::LedgerUnit& ledger) {
                domain::TransferDraft draft;
                draft.debit = MemberAccount(ada_, kSpendable);
                draft.credit = MemberAccount(bob_, kSpendable);
                draft.amount = 1;
                draft.memo = memo;
                return ledger.Post(draft).status();
              }),
              IsOk());
  const auto transfers = Reading<std::vector<domain::Transfer>>(
      [](ports::StoreReader& reader) { return reader.ledger().TransfersOf(kProgram, 3); });
  ASSERT_EQ(transfers.size(), 1U);
  EXPECT_EQ(transfers[0].memo, memo);
}

TEST_P(StoreConformance, SourceEventIdsDifferByCaseAndComposition) {
  MakeProgram();
  const std::vector<std::string> ids = {"Event", "event", "é", "e\u0301"};
  domain::Revision revision = 1;
  for (const std::string& id : ids) {
    domain::Changes changes;
    changes.records.Put(MakeActivity(id, ++revision));
    ASSERT_THAT(WriteChanges(changes), IsOk());
  }
  revision = 1;
  for (const std::string& id : ids) {
    const auto found = Reading<std::optional<domain::Activity>>([&](ports::StoreReader& reader) {
      return reader.activities().FindBySource(kProgram, "forum", id);
    });
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->revision, ++revision);
  }
}

TEST_P(StoreConformance, ASourceEventIsRecordedOnce) {
  MakeProgram();
  domain::Changes changes;
  changes.records.Put(MakeActivity("e1", 2));
  ASSERT_THAT(WriteChanges(changes), IsOk());
  changes = {};
  changes.records.Put(MakeActivity("e1", 3));
  EXPECT_THAT(WriteChanges(changes), HasReason(Reason::kAlreadyExists));
}

TEST_P(StoreConformance, IdsAreOrderedByTheirBytes) {
  MakeProgram();
  domain::Changes changes;
  for (const char* id : {"a-b", "a0", "ab", "a"}) {
    changes.records.Put(domain::Asset{.id = id, .revision = 2});
  }
  ASSERT_THAT(WriteChanges(changes), IsOk());
  std::vector<std::string> ids;
  for (const domain::Asset& asset :
       Reading<std::vector<domain::Asset>>([](ports::StoreReader& reader) {
         return reader.records().List<domain::Asset>(kProgram, {}, nullptr, 4);
       })) {
    ids.push_back(asset.id);
  }
  EXPECT_THAT(ids, testing::ElementsAre("a", "a-b", "a0", "ab"));
}

TEST_P(StoreConformance, TimesKeepTheirMicrosecondsAtBothEndsOfTime) {
  MakeProgram();
  domain::Revision revision = 1;
  for (const Time time : {kBeginningOfTime, kStart + std::chrono::microseconds(1), kEndOfTime,
                          FromMicros(-1), FromMicros(0)}) {
    ++revision;
    domain::Changes changes;
    domain::Activity activity = MakeActivity("e" + std::to_string(revision), revision);
    activity.occur_time = time;
    changes.records.Put(activity);
    ASSERT_THAT(WriteChanges(changes), IsOk());
    const auto found = Reading<std::optional<domain::Activity>>(
        [&](ports::StoreReader& reader) { return reader.activities().Find(kProgram, revision); });
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->occur_time, time);
    const auto entries =
        Reading<std::vector<domain::JournalEntry>>([&](ports::StoreReader& reader) {
          return reader.journal().Read(kProgram, revision - 1, 1);
        });
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries[0].changes.records.Last<domain::Activity>()->occur_time, time);
  }
}

TEST_P(StoreConformance, AMemberComesBackWholeAndChangesWhole) {
  MakeProgram();
  domain::Member member = MakeMember(1, "ada", 2);
  member.display_name = "Ada";
  member.kinds = {domain::StakeholderKind::kCustomer, domain::StakeholderKind::kInvestor};
  member.facets = {"cyclist", "parent"};
  member.type = domain::MemberType::kStaff;
  member.standing = domain::Standing::kSuspended;
  member.board_opt_out = true;
  member.update_time = kStart + std::chrono::seconds(5);
  domain::Changes changes;
  changes.records.Put(member);
  ASSERT_THAT(WriteChanges(changes), IsOk());

  const auto found = Reading<std::optional<domain::Member>>(
      [](ports::StoreReader& reader) { return reader.members().Find(kProgram, "ada"); });
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->key, member.key);
  EXPECT_EQ(found->display_name, member.display_name);
  EXPECT_EQ(found->kinds, member.kinds);
  EXPECT_EQ(found->facets, member.facets);
  EXPECT_EQ(found->type, member.type);
  EXPECT_EQ(found->standing, member.standing);
  EXPECT_TRUE(found->board_opt_out);
  EXPECT_EQ(found->update_time, member.update_time);
  EXPECT_EQ(found->revision, 2);
}

TEST_P(StoreConformance, TheTokenSecretIsLongAndStays) {
  const absl::StatusOr<std::string> secret = store_->TokenSecret();
  ASSERT_THAT(secret, IsOk());
  EXPECT_GE(secret->size(), 32U);
  Reopen();
  EXPECT_EQ(store_->TokenSecret().value(), *secret);
}

}  // namespace perigee::tests
