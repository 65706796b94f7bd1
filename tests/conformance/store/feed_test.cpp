#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "server/domain/activity/activity.h"
#include "server/domain/record/wire.h"
#include "server/domain/rule/rules.h"
#include "server/ports/journal/journal_feed.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/member/member_reader.h"
#include "tests/conformance/store/store_conformance.h"

namespace perigee::tests {
namespace {

using domain::Revision;
using Heads = std::vector<std::pair<std::string, Revision>>;

// The heads that a listener was told.
struct Told {
  std::mutex mutex;
  Heads heads;
  std::shared_ptr<void> ListenTo(ports::Store& store) {
    return store.feed().Listen([this](const std::string& program, Revision head) {
      const std::lock_guard lock(mutex);
      heads.emplace_back(program, head);
    });
  }
};

// One of everything that an entry may hold, with personal data.
domain::Changes OneOfEverything(Revision revision) {
  domain::Changes changes;
  changes.records.Put(
      domain::Program{kProgram, "Demo 2", "Europe/Vienna", kStart, kStart, revision});
  changes.records.Put(domain::Asset{
      .id = "stars", .display_name = "Stars", .create_time = kStart, .revision = revision});
  domain::Rule rule;
  rule.id = "gift";
  rule.activity_type = "answer";
  rule.grants = {{kAsset, domain::Beneficiary::kRecipient, -5, true,
                  domain::Cap{"daily", 200, domain::CapWindow::kDay}, 1}};
  rule.thanks = true;
  rule.create_time = kStart;
  rule.revision = revision;
  changes.records.Put(rule);
  domain::Member member = MakeMember(3, "cyd", revision);
  member.facets = {"cyclist"};
  changes.records.Put(member);
  domain::Activity activity = MakeActivity("e1", revision);
  activity.recipient = NumberedId(2);
  activity.object = "post-1";
  changes.records.Put(activity);
  domain::Edge edge{domain::EdgeKind::kThanks, NumberedId(1), NumberedId(2), revision, kStart};
  changes.records.Put(edge);
  domain::Board board;
  board.id = "weekly";
  board.display_name = "Weekly";
  board.asset = kAsset;
  board.cadence = domain::Cadence::kWeek;
  board.time_zone = "UTC";
  board.kind = domain::StakeholderKind::kCustomer;
  board.create_time = kStart;
  board.created = board.epoch = board.revision = revision;
  changes.boards = {board};
  changes.deleted_boards = {"daily"};
  domain::PeriodResult result;
  result.board = "weekly";
  result.board_created = revision;
  result.period = "2023-11-13";
  result.time = kStart;
  result.reason = "first";
  result.digest = "abc";
  result.entry_count = 1;
  result.revision = revision;
  changes.results = {result};
  return changes;
}

// All fields of a record, also the personal ones.
std::string Said(const domain::RecordChange& change) {
  domain::WireSink sink(change.type->fields(), domain::WireSink::Part::kAll);
  change.type->Write(change.record.get(), sink);
  return std::string(change.type->table()) + (change.deleted ? " deleted " : " ") +
         std::to_string(change.type->RevisionOf(change.record.get())) + " " + sink.Take();
}

void ExpectSame(const domain::JournalEntry& fed, const domain::JournalEntry& journal) {
  SCOPED_TRACE(journal.revision);
  EXPECT_EQ(fed.revision, journal.revision);
  EXPECT_EQ(fed.time, journal.time);
  EXPECT_EQ(fed.previous_hash, journal.previous_hash);
  EXPECT_EQ(fed.hash, journal.hash);
  EXPECT_EQ(fed.by, journal.by);
  const auto& records = fed.changes.records.all();
  ASSERT_EQ(records.size(), journal.changes.records.all().size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(Said(records[i]), Said(journal.changes.records.all()[i]));
  }
  EXPECT_TRUE(fed.changes.ledger == journal.changes.ledger);
  EXPECT_TRUE(fed.changes.boards == journal.changes.boards);
  EXPECT_EQ(fed.changes.erased, journal.changes.erased);
  EXPECT_EQ(fed.changes.deleted_boards, journal.changes.deleted_boards);
  EXPECT_TRUE(fed.changes.results == journal.changes.results);
}

// A unit that adds a member and moves the cursor of the projection `names`.
ports::Unit UnitWithCursor(std::uint32_t n, Revision from, Revision to) {
  ports::Unit unit;
  unit.program = kProgram;
  unit.now = kStart;
  unit.cursor = ports::CursorMove{"names", from, to};
  unit.decide = [n](ports::StoreReader&, const ports::UnitContext& context) {
    ports::Decision decision;
    if (n != 0) {
      decision.changes.records.Put(MakeMember(n, "m" + std::to_string(n), context.revision));
    }
    return absl::StatusOr<ports::Decision>(std::move(decision));
  };
  return unit;
}

}  // namespace

TEST_P(StoreConformance, AListenerHearsOfEachChangeUntilItLetsGo) {
  Told first;
  Told second;
  std::shared_ptr<void> first_hold = first.ListenTo(*store_);
  const std::shared_ptr<void> second_hold = second.ListenTo(*store_);
  MakeProgram();
  MakeProgram("other");
  Write({kProgram, std::nullopt, kStart,
         [](ports::StoreReader&, const ports::UnitContext&) {
           return absl::StatusOr<ports::Decision>(Error(Reason::kConflict, "refused"));
         }})
      .IgnoreError();
  // Two grants, one after the other: when the second is told, the call for the first has ended.
  Grant(ada_, 1);
  Grant(ada_, 1);
  first_hold.reset();
  const std::size_t heard = first.heads.size();
  Grant(ada_, 1);
  store_.reset();  // Ends the last call.

  const Heads expected = {{kProgram, 1}, {"other", 1}, {kProgram, 2}, {kProgram, 3}, {kProgram, 4}};
  EXPECT_EQ(second.heads, expected);
  EXPECT_GE(heard, 3U);
  EXPECT_EQ(first.heads.size(), heard);
}

TEST_P(StoreConformance, TheFeedGivesTheEntriesOfTheJournal) {
  Told told;
  const auto hold = told.ListenTo(*store_);
  MakeProgram();
  ASSERT_THAT(WriteChanges(OneOfEverything(2)), IsOk());
  ASSERT_THAT(WriteLedger([&](domain::LedgerUnit& ledger) {
                domain::TransferDraft draft;
                draft.debit = ProgramAccount(domain::kIssuedAccount, kSpendable);
                draft.credit = MemberAccount(ada_, kSpendable);
                draft.amount = 7;
                draft.memo = "for ada";
                return ledger.Post(draft).status();
              }),
              IsOk());
  ASSERT_THAT(WriteLedger([&](domain::LedgerUnit& ledger) {
                domain::TransferDraft draft;
                draft.debit = MemberAccount(ada_, kSpendable);
                draft.credit = MemberAccount(bob_, kSpendable);
                draft.amount = 3;
                draft.expire_time = kStart + std::chrono::hours(1);
                return ledger.Post(draft).status();
              }),
              IsOk());
  ASSERT_THAT(WriteLedger([&](domain::LedgerUnit& ledger) {
                domain::GrantDraft draft;
                draft.member = MemberAccount(bob_);
                draft.amount = 12;
                draft.cap = domain::CapKey{bob_, kAsset, "daily", kStart};
                draft.cap_limit = 10;
                draft.effective_time = kStart;
                draft.activity = 2;
                draft.rule = "gift";
                draft.rule_version = 1;
                return ledger.Grant(draft).status();
              }),
              IsOk());
  ASSERT_THAT(WriteLedger([&](domain::LedgerUnit& ledger) {
                return ledger.Reverse({5, 0}, 4, "by mistake").status();
              }),
              IsOk());
  domain::Changes last;
  last.records.Delete(MakeMember(3, "cyd", 7));
  last.erased = {bob_};
  ASSERT_THAT(WriteChanges(last), IsOk());

  for (Revision after = 0; after <= 7; ++after) {
    const auto journal = Reading<std::vector<domain::JournalEntry>>(
        [&](ports::StoreReader& reader) { return reader.journal().Read(kProgram, after, 100); });
    // The feed has the entries before the unit is answered.
    const auto fed = store_->feed().After(kProgram, after);
    ASSERT_TRUE(fed.has_value()) << after;
    ASSERT_EQ(fed->size(), journal.size()) << after;
    for (std::size_t i = 0; i < journal.size(); ++i) {
      ExpectSame(*(*fed)[i], journal[i]);
    }
  }
  EXPECT_FALSE(store_->feed().After("other", 0).has_value());
}

TEST_P(StoreConformance, EntriesBeforeAListenerAreInTheJournalOnly) {
  MakeProgram();
  Told told;
  const auto hold = told.ListenTo(*store_);
  EXPECT_FALSE(store_->feed().After(kProgram, 1).has_value());
  Grant(ada_, 1);
  EXPECT_FALSE(store_->feed().After(kProgram, 0).has_value());
  ASSERT_TRUE(store_->feed().After(kProgram, 1).has_value());
  EXPECT_EQ(store_->feed().After(kProgram, 1)->size(), 1U);
}

TEST_P(StoreConformance, ACursorMovesWithTheUnitOrNotAtAll) {
  MakeProgram();
  const auto cursor = [&] {
    return Reading<Revision>(
        [](ports::StoreReader& reader) { return reader.journal().Cursor(kProgram, "names"); });
  };
  EXPECT_EQ(cursor(), 0);
  ASSERT_THAT(Write(UnitWithCursor(3, 0, 1)), IsOk());
  EXPECT_EQ(cursor(), 1);
  EXPECT_EQ(Head(), 2);

  EXPECT_THAT(Write(UnitWithCursor(4, 0, 2)), HasReason(Reason::kConflict));
  EXPECT_THAT(Write(UnitWithCursor(4, 1, 3)), HasReason(Reason::kInternal)) << "no such entry yet";
  ports::Unit refused = UnitWithCursor(4, 1, 2);
  refused.decide = [](ports::StoreReader&, const ports::UnitContext&) {
    return absl::StatusOr<ports::Decision>(Error(Reason::kInvalidField, "changed our mind"));
  };
  EXPECT_THAT(Write(std::move(refused)), HasReason(Reason::kInvalidField));
  // A member whose key is taken makes the statements fail.
  ports::Unit failing = UnitWithCursor(5, 1, 2);
  failing.decide = [](ports::StoreReader&, const ports::UnitContext& context) {
    ports::Decision decision;
    decision.changes.records.Put(MakeMember(5, "ada", context.revision));
    return absl::StatusOr<ports::Decision>(std::move(decision));
  };
  EXPECT_THAT(Write(std::move(failing)), testing::Not(IsOk()));
  EXPECT_EQ(cursor(), 1);
  EXPECT_EQ(Head(), 2);

  // The cursor also moves where nothing else changes, which makes no entry.
  ASSERT_THAT(Write(UnitWithCursor(0, 1, 2)), IsOk());
  EXPECT_EQ(Head(), 2);
  Reopen();
  EXPECT_EQ(cursor(), 2);
}

}  // namespace perigee::tests
