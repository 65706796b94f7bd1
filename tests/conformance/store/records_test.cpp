#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/domain/activity/activity.h"
#include "server/domain/journal/records.h"
#include "server/domain/member/member.h"
#include "server/domain/program/program.h"
#include "server/domain/record/wire.h"
#include "server/ports/activity/activity_reader.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/matchers/status.h"
#include "tests/support/any_record.h"

namespace perigee::tests {
namespace {

std::vector<std::string> IdsOf(const std::vector<domain::Asset>& assets) {
  std::vector<std::string> ids;
  for (const domain::Asset& asset : assets) {
    ids.push_back(asset.id);
  }
  return ids;
}

domain::TransferDraft Gift(const domain::MemberKey& from, const domain::MemberKey& to,
                           const std::string& memo) {
  domain::TransferDraft draft;
  draft.debit = MemberAccount(from, kSpendable);
  draft.credit = MemberAccount(to, kSpendable);
  draft.amount = 1;
  draft.memo = memo;
  return draft;
}

}  // namespace

TEST_P(StoreConformance, AnyRecordIsFoundByItsKey) {
  MakeProgram();
  const auto find = [&](const std::string& id) {
    return Reading<std::optional<domain::Asset>>([&](ports::StoreReader& reader) {
      return reader.records().Find(kProgram, domain::Asset{.id = id});
    });
  };
  const std::optional<domain::Asset> found = find(kSpendable);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->display_name, "Points");
  EXPECT_TRUE(found->spendable);
  EXPECT_EQ(found->revision, 1);
  EXPECT_EQ(find("none"), std::nullopt);
}

TEST_P(StoreConformance, RecordsAreListedByKeyInPagesAndByFilter) {
  MakeProgram();
  const auto list = [&](const std::vector<ports::FieldIs>& filter, const domain::Asset* after,
                        int limit) {
    return IdsOf(Reading<std::vector<domain::Asset>>([&](ports::StoreReader& reader) {
      return reader.records().List(kProgram, filter, after, limit);
    }));
  };
  const std::vector<std::string> all = list({}, nullptr, 10);
  ASSERT_EQ(all.size(), 4U);
  EXPECT_THAT(list({}, nullptr, 2), testing::ElementsAre(all[0], all[1]));
  const domain::Asset second{.id = all[1]};
  EXPECT_THAT(list({}, &second, 10), testing::ElementsAre(all[2], all[3]));
  EXPECT_THAT(list({{"spendable", 1}}, nullptr, 10), testing::ElementsAre("access", kSpendable));
  EXPECT_THAT(list({{"spendable", 1}, {"display_name", "Points"}}, nullptr, 10),
              testing::ElementsAre(kSpendable));
  EXPECT_THAT(list({{"display_name", "' OR 1=1"}}, nullptr, 10), testing::IsEmpty());
}

TEST_P(StoreConformance, EveryRecordOfAMemberIsVisited) {
  MakeProgram();
  domain::Changes changes;
  changes.records.Put(MakeActivity("e1", 2));
  changes.records.Put(domain::Edge{domain::EdgeKind::kThanks, ada_, bob_, 2, kStart});
  ASSERT_THAT(WriteChanges(changes), IsOk());
  const auto owned = [&](const domain::MemberKey& owner) {
    std::map<std::string, int> counts;
    for (const domain::RecordType* type : domain::AllRecords()) {
      EXPECT_THAT(store_->Read([&](ports::StoreReader& reader) {
        return reader.records().ListOwned(
            kProgram, owner, *type, nullptr, 10,
            [&](const std::shared_ptr<void>&) { ++counts[std::string(type->table())]; });
      }),
                  IsOk());
    }
    return counts;
  };
  EXPECT_EQ(owned(ada_), (std::map<std::string, int>{{"activity", 1}, {"edge", 1}, {"member", 1}}));
  EXPECT_EQ(owned(bob_), (std::map<std::string, int>{{"edge", 1}, {"member", 1}}));
  EXPECT_THAT(owned(NumberedId(9)), testing::IsEmpty());
}

TEST_P(StoreConformance, RecordsOfAMemberAreListedInPages) {
  MakeProgram();
  domain::Changes changes;
  for (int i = 0; i < 5; ++i) {
    domain::Edge edge{domain::EdgeKind::kThanks, i % 2 == 0 ? ada_ : bob_, ada_, 2, kStart};
    edge.index = i;
    changes.records.Put(edge);
  }
  ASSERT_THAT(WriteChanges(changes), IsOk());
  for (int i = 0; i < 3; ++i) {
    domain::Changes more;
    more.records.Put(MakeActivity("e" + std::to_string(i), 3 + i));
    ASSERT_THAT(WriteChanges(more), IsOk());
  }
  for (const domain::RecordType* type :
       {&domain::TypeOf<domain::Edge>(), &domain::TypeOf<domain::Activity>()}) {
    std::vector<std::string> all;
    std::vector<std::string> paged;
    const auto list = [&](const void* after, int limit, std::vector<std::string>& to) {
      std::shared_ptr<void> last;
      EXPECT_THAT(store_->Read([&](ports::StoreReader& reader) {
        return reader.records().ListOwned(
            kProgram, ada_, *type, after, limit, [&](std::shared_ptr<void> record) {
              to.push_back(std::to_string(type->RevisionOf(record.get())) +
                           domain::EncodeRecord(*type, record.get(), domain::WireSink::Part::kAll));
              last = std::move(record);
            });
      }),
                  IsOk());
      return last;
    };
    list(nullptr, 100, all);
    ASSERT_EQ(all.size(), type == &domain::TypeOf<domain::Edge>() ? 5U : 3U);
    for (std::shared_ptr<void> last = list(nullptr, 2, paged); last != nullptr;) {
      last = list(last.get(), 2, paged);
    }
    EXPECT_EQ(paged, all);
  }
}

TEST_P(StoreConformance, ARecordOfEveryKindIsKeptAsWritten) {
  MakeProgram();
  const domain::MemberKey owner = NumberedId(9);
  const auto bytes_of = [](const domain::RecordType& type, const void* record) {
    return domain::EncodeRecord(type, record, domain::WireSink::Part::kAll);
  };
  std::map<std::string, std::string> written;
  domain::Changes changes;
  for (const domain::RecordType* type : domain::AllRecords()) {
    if (type->HasOwner()) {
      changes.records.Add(AnyRecord(*type, 1, owner, 2));
      written[std::string(type->table())] =
          bytes_of(*type, changes.records.all().back().record.get());
    }
  }
  ASSERT_THAT(WriteChanges(changes), IsOk());
  Reopen();
  std::map<std::string, std::string> kept;
  for (const domain::RecordType* type : domain::AllRecords()) {
    EXPECT_THAT(store_->Read([&](ports::StoreReader& reader) {
      return reader.records().ListOwned(
          kProgram, owner, *type, nullptr, 10, [&](const std::shared_ptr<void>& record) {
            kept[std::string(type->table())] = bytes_of(*type, record.get());
          });
    }),
                IsOk());
  }
  EXPECT_EQ(kept, written);
}

TEST_P(StoreConformance, AnErasedMemberLeavesOnlyAPseudonym) {
  MakeProgram();
  domain::Changes changes;
  domain::Activity activity = MakeActivity("e1", 2);
  activity.object = "ada's post";
  changes.records.Put(activity);
  ASSERT_THAT(WriteChanges(changes), IsOk());
  Grant(ada_, 5, kStart, kSpendable);
  Grant(bob_, 5, kStart, kSpendable);
  ASSERT_THAT(WriteLedger([&](domain::LedgerUnit& ledger) {
                return ledger.Post(Gift(ada_, bob_, "from ada")).status();
              }),
              IsOk());
  const domain::Revision given = Head();

  domain::Changes erase;
  erase.erased = {ada_};
  ASSERT_THAT(WriteChanges(erase), IsOk());
  Reopen();

  EXPECT_THAT(store_->Read([&](ports::StoreReader& reader) {
    EXPECT_EQ(reader.members().Find(kProgram, "ada").value(), std::nullopt);
    EXPECT_THAT(reader.members().FindByKeys(kProgram, std::vector{ada_}).value(),
                testing::IsEmpty());
    EXPECT_EQ(reader.members().Find(kProgram, "bob").value()->display_name, "bob");
    const auto left = reader.activities().Find(kProgram, 2).value();
    EXPECT_EQ(left->object, "");
    EXPECT_EQ(left->source_event_id, "");
    EXPECT_EQ(left->actor, ada_);
    EXPECT_EQ(reader.ledger().TransfersOf(kProgram, given).value()[0].memo, "");
    EXPECT_EQ(reader.ledger().AccountsOf(kProgram, ada_).value().size(), 1U);
    const auto entries = reader.journal().Read(kProgram, given, 1).value();
    EXPECT_THAT(entries[0].changes.erased, testing::ElementsAre(ada_));
    return absl::OkStatus();
  }),
              IsOk());
  // A later unit may name the pseudonym; no new key is made for its texts.
  EXPECT_THAT(WriteLedger([&](domain::LedgerUnit& ledger) {
                return ledger.Post(Gift(bob_, ada_, "to ada")).status();
              }),
              IsOk());
}

TEST_P(StoreConformance, RequestIdsBelongToTheirPrincipal) {
  MakeProgram();
  const auto write = [&](const domain::Principal& by, const std::string& answer) {
    ports::Unit unit;
    unit.program = kProgram;
    unit.now = kStart;
    unit.request = ports::RequestKey{NumberedId(7), {}};
    unit.by = by;
    unit.decide = [answer](ports::StoreReader&, const ports::UnitContext&) {
      return absl::StatusOr<ports::Decision>(ports::Decision{{}, answer});
    };
    const auto outcome = Write(std::move(unit));
    EXPECT_THAT(outcome, IsOk());
    return outcome.ok() ? outcome->answer : "";
  };
  const domain::Principal ada{domain::PrincipalKind::kMember, ada_};
  const domain::Principal bob{domain::PrincipalKind::kMember, bob_};
  EXPECT_EQ(write(ada, "ada's"), "ada's");
  EXPECT_EQ(write(bob, "bob's"), "bob's");
  EXPECT_EQ(write({domain::PrincipalKind::kStaff, ada_}, "staff's"), "staff's");
  EXPECT_EQ(write(ada, "again"), "ada's");
}

TEST_P(StoreConformance, AnEntryNamesItsPrincipal) {
  MakeProgram();
  ports::Unit unit = LedgerUnitOf(
      [&](domain::LedgerUnit& ledger) {
        domain::GrantDraft draft;
        draft.member = MemberAccount(ada_, kSpendable);
        draft.amount = 1;
        draft.effective_time = kStart;
        return ledger.Grant(draft).status();
      },
      kStart);
  unit.by = {domain::PrincipalKind::kStaff, NumberedId(77)};
  ASSERT_THAT(Write(std::move(unit)), IsOk());
  const auto entries = Reading<std::vector<domain::JournalEntry>>(
      [](ports::StoreReader& reader) { return reader.journal().Read(kProgram, 0, 10); });
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].by, domain::Principal{});
  EXPECT_EQ(entries[1].by, (domain::Principal{domain::PrincipalKind::kStaff, NumberedId(77)}));
}

}  // namespace perigee::tests
