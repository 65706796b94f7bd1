#include "server/adapters/sql/check.h"

#include <future>
#include <utility>

#include <gmock/gmock.h>

#include "tests/adapters/sql/raw_sqlite.h"
#include "tests/adapters/sql/sqlite_under_test.h"

namespace perigee::tests {
namespace {

constexpr const char* kPoints = "points";
constexpr const char* kAccess = "access";

// A store with a bit of everything: members, an activity with thanks and a capped grant, a spend, a
// hold, lots, a reversal, a board and its result.
class CheckTest : public testing::Test {
 protected:
  void SetUp() override {
    store_ = under_test_.Open(kQueueMax);
    WriteConfiguration();
    WriteActivity();
    Ledger([](domain::LedgerUnit& ledger) { return Give(ledger, kPoints, 20); });
    Ledger([](domain::LedgerUnit& ledger) { return Give(ledger, kAccess, 8); });
    Ledger([](domain::LedgerUnit& ledger) { return Spend(ledger, kAccess, 3, std::nullopt); });
    Ledger([](domain::LedgerUnit& ledger) {
      return Spend(ledger, kPoints, 4, kStart + std::chrono::hours(1));
    });
    Ledger([](domain::LedgerUnit& ledger) { return ledger.Reverse({3, 0}, 6, "").status(); });
    WriteResult();
    store_.reset();
  }

  static absl::Status Give(domain::LedgerUnit& ledger, const std::string& asset,
                           std::int64_t amount) {
    domain::GrantDraft draft;
    draft.member = MemberAccount(NumberedId(1), asset);
    draft.amount = amount;
    draft.effective_time = kStart;
    return ledger.Grant(draft).status();
  }
  static absl::Status Spend(domain::LedgerUnit& ledger, const std::string& asset,
                            std::int64_t amount, std::optional<Time> expire) {
    domain::TransferDraft draft;
    draft.debit = MemberAccount(NumberedId(1), asset);
    draft.credit = ProgramAccount(domain::kSpentAccount, asset);
    draft.amount = amount;
    draft.expire_time = expire;
    return ledger.Post(draft).status();
  }

  void Write(const ports::Decide& decide) {
    std::promise<absl::Status> promise;
    store_->Write({kProgram, std::nullopt, kStart, decide},
                  [&](const absl::StatusOr<ports::Outcome>& outcome) {
                    promise.set_value(outcome.status());
                  });
    ASSERT_THAT(promise.get_future().get(), IsOk());
  }
  void Ledger(const std::function<absl::Status(domain::LedgerUnit&)>& work) {
    Write([&](ports::StoreReader& reader,
              const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
      domain::LedgerUnit ledger(reader.Books(kProgram), Zone::Utc(), unit.revision, unit.now);
      if (absl::Status status = work(ledger); !status.ok()) {
        return status;
      }
      ports::Decision decision;
      decision.changes.ledger = ledger.Take();
      return decision;
    });
  }
  void WriteConfiguration() {
    Write([](ports::StoreReader&, const ports::UnitContext&) {
      ports::Decision decision;
      domain::Changes& changes = decision.changes;
      changes.program = domain::Program{kProgram, "Demo", "UTC", kStart, kStart, 1};
      changes.assets = domain::DefaultAssets(kStart);
      domain::Asset points;
      points.id = kPoints;
      points.display_name = "Points";
      points.spendable = true;
      changes.assets.push_back(points);
      changes.members = {MakeMember(1, "ada", 1), MakeMember(2, "bob", 1)};
      domain::Rule rule;
      rule.id = "gift";
      rule.activity_type = "answer";
      rule.grants = {{kPoints, domain::Beneficiary::kActor, 10, false,
                      domain::Cap{"daily", 15, domain::CapWindow::kDay}, std::nullopt}};
      changes.rules = {rule};
      domain::Board board;
      board.id = "all";
      board.display_name = "All";
      board.asset = kPoints;
      board.time_zone = "UTC";
      changes.boards = {board};
      return absl::StatusOr<ports::Decision>(std::move(decision));
    });
  }
  void WriteActivity() {
    Write([](ports::StoreReader& reader,
             const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
      ports::Decision decision;
      decision.changes.activity = MakeActivity("e1", unit.revision);
      decision.changes.edges = {
          {domain::EdgeKind::kThanks, NumberedId(1), NumberedId(2), unit.revision, unit.now}};
      domain::LedgerUnit ledger(reader.Books(kProgram), Zone::Utc(), unit.revision, unit.now);
      domain::GrantDraft draft;
      draft.member = MemberAccount(NumberedId(1), kPoints);
      draft.amount = 10;
      draft.cap = domain::CapKey{NumberedId(1), kPoints, "daily", kStart};
      draft.cap_limit = 15;
      draft.effective_time = kStart;
      if (absl::Status status = ledger.Grant(draft).status(); !status.ok()) {
        return status;
      }
      decision.changes.ledger = ledger.Take();
      return decision;
    });
  }
  void WriteResult() {
    Write([](ports::StoreReader&, const ports::UnitContext& unit) {
      ports::Decision decision;
      domain::PeriodResult result;
      result.board = "all";
      result.board_created = 1;
      result.period = "all-time";
      result.time = unit.now;
      result.entries = {{1, NumberedId(1), {24, kStart}}};
      result.entry_count = 1;
      result.digest = domain::ResultDigest(result.entries);
      decision.changes.results = {result};
      return absl::StatusOr<ports::Decision>(std::move(decision));
    });
  }

  std::vector<std::string> Findings() {
    const auto findings = sql::CheckSqliteStore(under_test_.path());
    EXPECT_THAT(findings, IsOk());
    std::vector<std::string> texts;
    if (findings.ok()) {
      for (const sql::Finding& finding : *findings) {
        EXPECT_EQ(finding.program, kProgram);
        texts.push_back(finding.what);
      }
    }
    return texts;
  }

  SqliteUnderTest under_test_;
  std::unique_ptr<ports::Store> store_;
};

TEST_F(CheckTest, AnUntouchedStoreIsClean) { EXPECT_THAT(Findings(), testing::IsEmpty()); }

TEST_F(CheckTest, AStoreInUseCanBeChecked) {
  store_ = under_test_.Open(kQueueMax);
  EXPECT_THAT(Findings(), testing::IsEmpty());
}

struct Tampering {
  std::string name;
  std::string sql;
  std::string finding;
};
void PrintTo(const Tampering& tampering, std::ostream* out) { *out << tampering.name; }

std::string TamperingName(const testing::TestParamInfo<Tampering>& tampering) {
  return tampering.param.name;
}

class TamperedStore : public CheckTest, public testing::WithParamInterface<Tampering> {};

TEST_P(TamperedStore, IsFound) {
  RunRaw(under_test_.path(), GetParam().sql);
  EXPECT_THAT(Findings(), testing::Contains(testing::HasSubstr(GetParam().finding)));
}

INSTANTIATE_TEST_SUITE_P(
    , TamperedStore,
    testing::Values(
        Tampering{"JournalPayload", "UPDATE journal SET payload = x'00' WHERE revision = 3",
                  "entry 3 cannot be read"},
        Tampering{"JournalTime", "UPDATE journal SET time = time + 1 WHERE revision = 3",
                  "entry 3 does not have the hash"},
        Tampering{"JournalEntryDropped", "DELETE FROM journal WHERE revision = 3", "has a gap"},
        Tampering{"JournalEndDropped",
                  "DELETE FROM journal WHERE revision = (SELECT MAX(revision) FROM journal)",
                  "the programme's head is"},
        Tampering{"JournalHash", "UPDATE journal SET hash = zeroblob(32) WHERE revision = 3",
                  "entry 4 does not follow"},
        Tampering{"JournalEntryAdded",
                  "INSERT INTO journal SELECT program, 99, time, hash, hash, payload FROM journal "
                  "WHERE revision = 3",
                  "has a gap"},
        Tampering{"ProgramHead", "UPDATE program SET head_revision = 3", "the programme's head"},
        Tampering{"ProgramCounts", "UPDATE program SET thanks = 7", "counts of activities"},
        Tampering{"ProgramName", "UPDATE program SET time_zone = 'Asia/Tokyo'", "the programme"},
        Tampering{"Asset", "UPDATE asset SET decimals = 3 WHERE id = 'points'", "its assets"},
        Tampering{"Rule", "DELETE FROM rule", "rules"},
        Tampering{"Board", "UPDATE board SET scheme = 3", "boards"},
        Tampering{"Member", "UPDATE member SET standing = 2 WHERE id = 'ada'",
                  "member 00000000000000000000000000000001 differs"},
        Tampering{"MemberDropped", "DELETE FROM member WHERE id = 'bob'",
                  "member 00000000000000000000000000000002 is missing"},
        Tampering{"Activity", "UPDATE activity SET quantity = 2", "activity 2 differs"},
        Tampering{"ActivityDropped", "DELETE FROM activity", "activity 2 is missing"},
        Tampering{"Edge", "UPDATE edge SET to_member = from_member", "edges of activity 2"},
        Tampering{"TransferAmount", "UPDATE transfer SET amount = 21 WHERE revision = 3",
                  "transfer 3-0 differs"},
        Tampering{"TransferDropped", "DELETE FROM transfer WHERE revision = 3",
                  "transfer 3-0 is missing"},
        Tampering{"TransferAdded",
                  "CREATE TEMP TABLE t AS SELECT * FROM transfer WHERE revision = 3;"
                  "UPDATE t SET idx = 1; INSERT INTO transfer SELECT * FROM t",
                  "transfer 3-1 is not in the journal"},
        Tampering{"TransferAddedOutsideTheJournal",
                  "CREATE TEMP TABLE t AS SELECT * FROM transfer WHERE revision = 3;"
                  "UPDATE t SET revision = 99; INSERT INTO transfer SELECT * FROM t",
                  "rows of transfer"},
        Tampering{"Posting",
                  "UPDATE posting SET balance_after = 1 WHERE revision = 3 AND change > 0",
                  "the credit posting of transfer 3-0"},
        Tampering{"PostingAdded",
                  "CREATE TEMP TABLE t AS SELECT * FROM posting WHERE revision = 3;"
                  "UPDATE t SET revision = 99; INSERT INTO posting SELECT * FROM t",
                  "rows of posting"},
        Tampering{"Score", "UPDATE score SET score = 21 WHERE revision = 3",
                  "the score of transfer 3-0"},
        Tampering{"ScoreDropped", "DELETE FROM score WHERE revision = 3",
                  "the score of transfer 3-0"},
        Tampering{"AccountTotals",
                  "UPDATE account SET credits_posted = credits_posted + 1 WHERE account = ''",
                  "do not follow from its transfers"},
        Tampering{"AccountImbalance",
                  "UPDATE account SET credits_posted = credits_posted + 1 WHERE account = ''",
                  "do not add up"},
        Tampering{"AccountOverdraft", "UPDATE account SET overdraft = 0 WHERE account = 'issued'",
                  "below zero"},
        Tampering{"AccountDropped", "DELETE FROM account WHERE account = 'issued'", "is missing"},
        Tampering{"HoldDropped", "DELETE FROM hold", "hold of pending transfer 6-0"},
        Tampering{"HoldAdded",
                  "INSERT INTO hold (program, revision, idx, expire_time) VALUES ('demo', 3, 0, 0)",
                  "transfer 3-0, which is not pending"},
        Tampering{"LotRemaining", "UPDATE lot SET remaining = remaining + 1",
                  "lot 4-0 part 0 differs"},
        Tampering{"LotsAgainstAvailable", "UPDATE lot SET remaining = remaining + 1",
                  "available and lots of"},
        Tampering{"LotUseDropped", "DELETE FROM lot_use", "rows of lot_use"},
        Tampering{"CapUsed", "UPDATE cap_use SET used = used + 1", "does not count"},
        Tampering{"CapDropped", "DELETE FROM cap_use", "does not count"},
        Tampering{"ResultHead", "UPDATE result SET reason = 'so'", "differs from the journal"},
        Tampering{"ResultDropped", "DELETE FROM result", "is missing"},
        Tampering{"ResultEntry", "UPDATE result_entry SET score = 25", "do not match its digest"}),
    TamperingName);

}  // namespace
}  // namespace perigee::tests
