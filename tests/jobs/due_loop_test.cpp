#include "server/jobs/due_loop.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/adapters/sql/sqlite/sqlite_driver.h"
#include "server/core/status_macros.h"
#include "server/domain/board/board.h"
#include "server/domain/ledger/due_keys.h"
#include "server/domain/record/wire.h"
#include "server/jobs/board/period_closer.h"
#include "server/jobs/due_records.h"
#include "server/jobs/health.h"
#include "server/jobs/ledger/expiry.h"
#include "server/jobs/programs.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/due_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/use_cases/board/amend_due.h"
#include "server/use_cases/board/stored_period.h"
#include "tests/adapters/sql/watched_database.h"
#include "tests/jobs/programme.h"
#include "tests/matchers/status.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

using domain::Cadence;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

class DueLoopTest : public testing::Test {
 protected:
  DueLoopTest() {
    programme.AddMember("ada");
    programme.AddMember("bob");
  }
  domain::MemberKey KeyOf(const std::string& member) {
    domain::MemberKey key;
    programme.Read([&](ports::StoreReader& reader) {
      key = reader.members().Find("demo", member).value()->key;
      return absl::OkStatus();
    });
    return key;
  }
  domain::Account AccountOf(const std::string& member, const std::string& asset) {
    domain::Account account;
    const domain::MemberKey key = KeyOf(member);
    programme.Read([&](ports::StoreReader& reader) {
      account = reader.ledger().Books("demo").FindAccount({asset, key, ""}).value().value();
      return absl::OkStatus();
    });
    return account;
  }

  // Makes a hold that ends after `length`.
  void Hold(const std::string& member, std::int64_t amount, Duration length) {
    const domain::AccountRef account = AccountOf(member, "access").ref;
    programme.Ledger([&](domain::LedgerUnit& ledger) {
      domain::TransferDraft draft;
      draft.debit = account;
      draft.credit = {"access", {}, std::string(domain::kSpentAccount)};
      draft.amount = amount;
      draft.expire_time = programme.clock.Now() + length;
      EXPECT_THAT(ledger.Post(draft), IsOk());
    });
  }

  Programme programme;
};

TEST_F(DueLoopTest, AHoldThatRanOutIsLetGoOnceAndNotBefore) {
  programme.Earn("ada", 10, programme.clock.Now(), "access");
  Hold("ada", 4, hours(1));
  jobs::DueLoop expiry = programme.MakeDueLoop();
  EXPECT_THAT(expiry.RunOnce(), IsOk());
  EXPECT_EQ(AccountOf("ada", "access").Available(), 6);

  programme.clock.Advance(hours(1));
  EXPECT_THAT(expiry.RunOnce(), IsOk());
  EXPECT_THAT(expiry.RunOnce(), IsOk());
  EXPECT_EQ(AccountOf("ada", "access").Available(), 10);
}

TEST_F(DueLoopTest, LotsExpireAndCostNoRank) {
  domain::Board board = MakeBoard("givers", Cadence::kAllTime);
  board.asset = "access";
  programme.PutBoard(board);
  programme.Earn("ada", 10, programme.clock.Now(), "access");
  programme.clock.Advance(days(366));
  jobs::DueLoop expiry = programme.MakeDueLoop();
  EXPECT_THAT(expiry.RunOnce(), IsOk());
  EXPECT_EQ(AccountOf("ada", "access").balance, 0);
  programme.AddMember("cyd");
  ASSERT_EQ(programme.Served("givers").size(), 1U);
  EXPECT_EQ(programme.Served("givers").front().place.score.score, 10);
  EXPECT_EQ(programme.Served("givers"), programme.Truth("givers"));
}

TEST_F(DueLoopTest, APeriodIsClosedWhenItsGraceIsOverAndOnlyOnce) {
  programme.PutBoard(MakeBoard("daily", Cadence::kDay));
  programme.Earn("ada", 3, programme.clock.Now());
  programme.Earn("bob", 5, programme.clock.Now());
  jobs::DueLoop closer = programme.MakeDueLoop();

  programme.clock.Set(*ParseTime("2026-11-23T23:59:59Z"));
  EXPECT_THAT(closer.RunOnce(), IsOk());
  EXPECT_THAT(programme.Results("daily", "2026-11-21"), testing::IsEmpty());

  programme.clock.Set(*ParseTime("2026-11-24T00:00:00Z"));
  EXPECT_THAT(closer.RunOnce(), IsOk());
  EXPECT_THAT(closer.RunOnce(), IsOk());
  jobs::DueLoop after_restart = programme.MakeDueLoop();
  EXPECT_THAT(after_restart.RunOnce(), IsOk());
  const auto results = programme.Results("daily", "2026-11-21");
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].version, 1);
  EXPECT_EQ(results[0].entry_count, 2);
  EXPECT_THAT(programme.Results("daily", "2026-11-22"), testing::IsEmpty());

  programme.clock.Advance(days(3));
  EXPECT_THAT(closer.RunOnce(), IsOk());
  for (const std::string period : {"2026-11-22", "2026-11-23", "2026-11-24"}) {
    EXPECT_EQ(programme.Results("daily", period).size(), 1U) << period;
  }
}

TEST_F(DueLoopTest, ADraftIsRemovedADayAfterItWasLastWrittenTo) {
  const domain::MemberKey ada = KeyOf("ada");
  const std::vector<domain::ResultEntry> entries = {{1, ada, {7, programme.clock.Now()}},
                                                    {2, ada, {5, programme.clock.Now()}}};
  const std::string digest = domain::ResultDigest(entries);
  const auto write = [&](std::int64_t keep) {
    ports::Unit unit;
    unit.program = "demo";
    unit.now = programme.clock.Now();
    unit.decide = [&](ports::StoreReader&, const ports::UnitContext&) {
      ports::Decision decision;
      decision.draft = ports::DraftPortion{digest, keep, {entries[static_cast<std::size_t>(keep)]}};
      return absl::StatusOr<ports::Decision>(std::move(decision));
    };
    ASSERT_THAT(jobs::WriteAndWait(programme.store(), std::move(unit)), IsOk());
  };
  const auto written = [&] {
    std::int64_t count = 0;
    programme.Read([&](ports::StoreReader& reader) {
      count = reader.boards().CountResultEntries("demo", digest).value();
      return absl::OkStatus();
    });
    return count;
  };
  jobs::DueLoop loop = programme.MakeDueLoop();
  write(0);
  programme.clock.Advance(hours(12));
  write(1);
  programme.clock.Advance(hours(24) - Duration(1));
  EXPECT_THAT(loop.RunOnce(), IsOk());
  EXPECT_EQ(written(), 2);
  programme.clock.Advance(Duration(1));
  EXPECT_THAT(loop.RunOnce(), IsOk());
  EXPECT_EQ(written(), 0);
  programme.Read([&](ports::StoreReader& reader) {
    EXPECT_THAT(reader.boards().DraftsBefore("demo", programme.clock.Now() + days(99)).value(),
                testing::IsEmpty());
    EXPECT_THAT(reader.due().List({}, 10).value(), testing::IsEmpty());
    return absl::OkStatus();
  });
}

TEST_F(DueLoopTest, OnlyTheHolderOfTheLeaseClosesAPeriod) {
  programme.PutBoard(MakeBoard("daily", Cadence::kDay));
  programme.Earn("ada", 3, programme.clock.Now());
  FakeSteadyClock steady_clock;
  SequenceIds ids;
  for (int i = 0; i < 100; ++i) {
    static_cast<void>(ids.Random());  // The programme has used these ids.
  }
  jobs::LeaseKeeper other_leases({programme.store().leases(), steady_clock, ids},
                                 {.jobs = {std::string(jobs::DueLoop::kJob)}},
                                 [](const jobs::LeaseKeeper::Change&) {});
  ASSERT_THAT(other_leases.RunOnce(), IsOk());
  jobs::DueLoop closer = programme.MakeDueLoop();
  jobs::DueLoop other = programme.MakeDueLoop(&other_leases);
  programme.clock.Set(*ParseTime("2026-11-24T00:00:00Z"));
  const domain::Revision before = programme.head;
  EXPECT_THAT(other.RunOnce(), IsOk());
  EXPECT_THAT(programme.Results("daily", "2026-11-21"), testing::IsEmpty());

  // The holder is paused for so long that the other server takes over. The holder does not know
  // that.
  steady_clock.Advance(std::chrono::seconds(7));
  ASSERT_THAT(other_leases.RunOnce(), IsOk());
  EXPECT_THAT(closer.RunOnce(), HasReason(Reason::kConflict));
  EXPECT_THAT(programme.Results("daily", "2026-11-21"), testing::IsEmpty());
  EXPECT_THAT(other.RunOnce(), IsOk());
  ASSERT_EQ(programme.Results("daily", "2026-11-21").size(), 1U);
  EXPECT_EQ(programme.Results("daily", "2026-11-21").front().revision, before + 1);
}

TEST_F(DueLoopTest, AReversalAfterTheCloseLeavesTheResultAlone) {
  programme.PutBoard(MakeBoard("daily", Cadence::kDay));
  const domain::TransferId earned = programme.Earn("ada", 3, programme.clock.Now());
  programme.clock.Advance(days(4));
  programme.Earn("bob", 1, programme.clock.Now());
  jobs::DueLoop closer = programme.MakeDueLoop();
  EXPECT_THAT(closer.RunOnce(), IsOk());
  const auto present = programme.Served("daily");
  const auto closed = programme.Results("daily", "2026-11-21");
  ASSERT_EQ(closed.size(), 1U);

  programme.Reverse(earned);

  EXPECT_EQ(programme.Served("daily"), present);
  EXPECT_THAT(programme.Served("daily", "2026-11-21"), testing::IsEmpty());
  EXPECT_EQ(programme.Results("daily", "2026-11-21").front().digest, closed.front().digest);
  programme.Read([&](ports::StoreReader& reader) {
    const auto stored = use_cases::RequirePeriod(reader, {"demo", "daily", "2026-11-21"},
                                                 programme.clock.Now(), "name");
    EXPECT_TRUE(*use_cases::AmendDue(reader, "demo", *stored));
    return absl::OkStatus();
  });
}

TEST_F(DueLoopTest, TheLoopRestsUntilTheNextThingFallsDue) {
  // It rests for ten seconds at most, and for a tenth of a second at least.
  jobs::DueLoop loop = programme.MakeDueLoop();
  EXPECT_THAT(loop.RunOnce(), IsOk());
  EXPECT_EQ(loop.Rest(), seconds(10));
  programme.Earn("ada", 10, programme.clock.Now(), "access");
  Hold("ada", 4, seconds(7));
  EXPECT_THAT(loop.RunOnce(), IsOk());
  EXPECT_EQ(loop.Rest(), seconds(7));
  programme.clock.Advance(seconds(6) + milliseconds(999));
  EXPECT_THAT(loop.RunOnce(), IsOk());
  EXPECT_EQ(loop.Rest(), milliseconds(100));  // This is the shortest rest.
  programme.clock.Advance(milliseconds(1));
  EXPECT_THAT(loop.RunOnce(), IsOk());
  EXPECT_EQ(AccountOf("ada", "access").Available(), 10);
  EXPECT_EQ(loop.Rest(), seconds(10));
}

TEST_F(DueLoopTest, ManyThingsThatAreDueAtOnceAreDoneInOneRun) {
  programme.Earn("ada", 1000, programme.clock.Now(), "access");
  for (int i = 0; i < 5; ++i) {
    const domain::AccountRef account = AccountOf("ada", "access").ref;
    programme.Ledger([&](domain::LedgerUnit& ledger) {
      for (int n = 0; n < 100; ++n) {
        domain::TransferDraft draft;
        draft.debit = account;
        draft.credit = {"access", {}, std::string(domain::kSpentAccount)};
        draft.amount = 1;
        draft.expire_time = programme.clock.Now() + hours(1);
        EXPECT_THAT(ledger.Post(draft), IsOk());
      }
    });
  }
  EXPECT_EQ(AccountOf("ada", "access").Available(), 500);
  programme.clock.Advance(hours(1));
  const domain::Revision before = programme.head;
  programme.DoWhatIsDue();
  EXPECT_EQ(AccountOf("ada", "access").Available(), 1000);
  programme.AddMember("cyd");
  EXPECT_EQ(programme.head, before + 4);  // 500 holds in units of 200, and the member.
}

TEST_F(DueLoopTest, AnErasureOfManyRowsIsEndedInOneRun) {
  constexpr int kMany = 3 * ports::kErasedAtOnce;
  programme.Earn("ada", kMany, programme.clock.Now(), "access");
  const domain::AccountRef account = AccountOf("ada", "access").ref;
  const domain::Revision given = programme.Ledger([&](domain::LedgerUnit& ledger) {
    for (int i = 0; i < kMany; ++i) {
      domain::TransferDraft draft;
      draft.debit = account;
      draft.credit = {"access", {}, std::string(domain::kSpentAccount)};
      draft.amount = 1;
      draft.memo = "by ada";
      EXPECT_THAT(ledger.Post(draft), IsOk());
    }
  });
  const auto memos = [&] {
    std::int64_t count = 0;
    programme.Read([&](ports::StoreReader& reader) {
      const auto transfers = reader.ledger().TransfersOf("demo", given).value();
      count = std::ranges::count_if(
          transfers, [](const domain::Transfer& transfer) { return !transfer.memo.empty(); });
      return absl::OkStatus();
    });
    return count;
  };
  const auto is_due = [&] {
    bool due = false;
    programme.Read([&](ports::StoreReader& reader) {
      due = std::ranges::any_of(reader.due().List({}, 1000).value(), [](const ports::Due& one) {
        return one.kind == ports::DueKind::kErasure;
      });
      return absl::OkStatus();
    });
    return due;
  };
  EXPECT_EQ(memos(), kMany);
  programme.Erase(account.member);
  EXPECT_EQ(memos(), 0);  // Nothing can be read any more, but most rows are still there.
  EXPECT_TRUE(is_due());
  jobs::DueLoop loop = programme.MakeDueLoop();
  EXPECT_THAT(loop.RunOnce(), IsOk());
  EXPECT_FALSE(is_due());
  EXPECT_EQ(loop.Rest(), seconds(10));
}

TEST_F(DueLoopTest, AFailedHandlerStopsNoOtherAndIsTriedAgain) {
  programme.PutBoard(MakeBoard("daily", Cadence::kDay));
  programme.Earn("ada", 10, programme.clock.Now(), "access");
  Hold("ada", 4, hours(1));
  programme.clock.Advance(days(4));
  bool fails = true;
  jobs::DueHandler holds = jobs::HoldExpiry();
  holds.end = [&, end = holds.end](ports::Store& store, const ports::Unit& unit,
                                   std::span<const ports::Due> due) {
    return fails ? Error(Reason::kInternal, "as asked") : end(store, unit, due);
  };
  jobs::DueLoop loop({programme.store(), programme.clock, programme.leases()},
                     {holds, jobs::PeriodClosing()});
  EXPECT_THAT(loop.RunOnce(), HasReason(Reason::kInternal));
  EXPECT_EQ(programme.Results("daily", "2026-11-21").size(), 1U);
  EXPECT_EQ(programme.Results("daily", "2026-11-22").size(), 1U);
  EXPECT_EQ(AccountOf("ada", "access").Available(), 6);
  fails = false;
  EXPECT_THAT(loop.RunOnce(), IsOk());
  EXPECT_EQ(AccountOf("ada", "access").Available(), 10);
}

TEST_F(DueLoopTest, ABoardThatFailsDoesNotSlowTheOthers) {
  programme.PutBoard(MakeBoard("broken", Cadence::kDay));
  programme.PutBoard(MakeBoard("daily", Cadence::kDay));
  programme.Earn("ada", 3, programme.clock.Now());
  programme.clock.Advance(days(8));
  int tries = 0;
  jobs::DueHandler periods = jobs::PeriodClosing();
  periods.end = [&, end = periods.end](ports::Store& store, const ports::Unit& unit,
                                       std::span<const ports::Due> due) {
    absl::Status first;
    for (const ports::Due& one : due) {
      if (domain::PeriodOfDueKey(one.key)->board == "broken") {
        ++tries;
        first.Update(Error(Reason::kInternal, "as asked"));
      } else {
        first.Update(end(store, unit, {&one, 1}));
      }
    }
    return first;
  };
  jobs::DueLoop loop({programme.store(), programme.clock, programme.leases()}, {periods});
  EXPECT_THAT(loop.RunOnce(), HasReason(Reason::kInternal));
  EXPECT_EQ(tries, 1);
  for (const std::string period : {"2026-11-21", "2026-11-22", "2026-11-25", "2026-11-26"}) {
    EXPECT_EQ(programme.Results("daily", period).size(), 1U) << period;
  }
  EXPECT_THAT(programme.Results("broken", "2026-11-21"), testing::IsEmpty());
}

TEST_F(DueLoopTest, AHoldThatFailsKeepsNoOtherBack) {
  programme.Earn("ada", 100, programme.clock.Now(), "access");
  for (int amount = 1; amount <= 10; ++amount) {
    Hold("ada", amount, hours(1));
  }
  programme.clock.Advance(hours(2));
  std::optional<ports::Due> broken;
  jobs::DueHandler failing{
      ports::DueKind::kHold,
      [&](ports::Store& store, const ports::Unit& unit, std::span<const ports::Due> due) {
        if (!broken.has_value()) {
          broken = due[4];
        }
        return jobs::EndInUnits(
            store, unit, due,
            [&](const std::string& program, std::span<const ports::Due> still_due,
                ports::StoreReader& reader,
                const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
              if (std::ranges::find(still_due, *broken) != still_due.end()) {
                return Error(Reason::kInternal, "as asked");
              }
              domain::LedgerUnit ledger(reader.ledger().Books(program), Zone::Utc(),
                                        context.revision, context.now);
              for (const ports::Due& one : still_due) {
                EXPECT_THAT(ledger.TimeOut(*domain::HoldOfDueKey(one.key)), IsOk());
              }
              ports::Decision decision;
              decision.changes.ledger = ledger.Take();
              return decision;
            });
      }};
  jobs::DueLoop loop({programme.store(), programme.clock, programme.leases()}, {failing});
  EXPECT_THAT(loop.RunOnce(), HasReason(Reason::kInternal));
  EXPECT_EQ(AccountOf("ada", "access").Available(), 100 - 5);
  jobs::DueLoop mended = programme.MakeDueLoop();
  EXPECT_THAT(mended.RunOnce(), IsOk());
  EXPECT_EQ(AccountOf("ada", "access").Available(), 100);
}

TEST_F(DueLoopTest, AHandlerThatEndsNothingIsTriedOnceARun) {
  programme.Earn("ada", 10, programme.clock.Now(), "access");
  Hold("ada", 4, hours(1));
  programme.clock.Advance(hours(2));
  int calls = 0;
  jobs::DueLoop loop({programme.store(), programme.clock, programme.leases()},
                     {{ports::DueKind::kHold, [&](auto&&...) {
                         ++calls;
                         return absl::OkStatus();
                       }}});
  EXPECT_THAT(loop.RunOnce(), HasReason(Reason::kInternal));
  EXPECT_EQ(calls, 1);
  EXPECT_THAT(loop.RunOnce(), HasReason(Reason::kInternal));
  EXPECT_EQ(calls, 2);
}

// Members never fall due by themselves, so the test writes a due row by hand.
TEST_F(DueLoopTest, ARecordIsDecidedOnlyIfItIsStillDue) {
  const auto due_of = [&](const std::string& id) {
    domain::MemberKey key;
    programme.Read([&](ports::StoreReader& reader) {
      key = reader.members().Find("demo", id).value()->key;
      return absl::OkStatus();
    });
    const domain::Member like{.key = key};
    const domain::RecordType& type = domain::TypeOf<domain::Member>();
    return ports::Due{programme.clock.Now(), "demo", ports::DueKindOf(type),
                      domain::EncodeRecord(type, &like, domain::WireSink::Part::kKey)};
  };
  const std::vector<ports::Due> due = {due_of("ada"), due_of("bob")};
  programme.ChangeOneRow(absl::StrCat("INSERT INTO due VALUES (", ToMicros(due[1].time),
                                      ", 'demo', ", static_cast<int>(due[1].kind), ", x'",
                                      absl::BytesToHexString(due[1].key), "')"));
  const jobs::DueHandler suspends = jobs::EndRecords<domain::Member>(
      [](const std::string&, domain::Member member, ports::StoreReader&,
         const ports::UnitContext& unit, domain::Changes& changes) -> absl::Status {
        PERIGEE_RETURN_IF_ERROR(domain::Suspend(member, unit.now));
        member.revision = unit.revision;
        changes.records.Put(std::move(member));
        return absl::OkStatus();
      });
  ports::Unit unit;
  unit.program = "demo";
  unit.now = programme.clock.Now();
  EXPECT_THAT(suspends.end(programme.store(), unit, due), IsOk());
  programme.Read([&](ports::StoreReader& reader) {
    EXPECT_EQ(reader.members().Find("demo", "ada").value()->standing, domain::Standing::kGood);
    EXPECT_EQ(reader.members().Find("demo", "bob").value()->standing, domain::Standing::kSuspended);
    return absl::OkStatus();
  });
}

TEST_F(DueLoopTest, AKindWithoutAHandlerIsLeftAlone) {
  programme.Earn("ada", 10, programme.clock.Now(), "access");
  Hold("ada", 4, hours(1));
  programme.clock.Advance(hours(2));
  jobs::DueLoop loop({programme.store(), programme.clock, programme.leases()},
                     {jobs::PeriodClosing()});
  EXPECT_THAT(loop.RunOnce(), IsOk());
  EXPECT_EQ(AccountOf("ada", "access").Available(), 6);
}

// A thousand programmes, each with a board and a hold. Nothing of them is due.
class IdleProgrammes : public testing::Test {
 protected:
  static constexpr int kPrograms = 1000;

  IdleProgrammes() {
    const std::string path = folder_.File("store.db");
    EXPECT_THAT(sql::MigrateSqliteStore(path), IsOk());
    watch_.statement = [this](std::string_view) { ++statements; };
    store = *sql::SqlStore::Open(
        std::make_unique<WatchedDatabase>(*sql::OpenSqlite(path, sql::SqliteUse::kServe), watch_),
        {});
    for (int i = 0; i < kPrograms; ++i) {
      MakeProgram("p" + std::to_string(i));
    }
  }
  void MakeProgram(const std::string& id) {
    ports::Unit unit;
    unit.program = id;
    unit.now = clock.Now();
    unit.decide = [&](ports::StoreReader&, const ports::UnitContext& context) {
      ports::Decision decision;
      decision.changes.records.Put(
          domain::Program{id, "P", "UTC", context.now, context.now, context.revision});
      domain::Board board = MakeBoard("weekly", Cadence::kWeek);
      board.create_time = context.now;
      board.created = board.epoch = board.revision = context.revision;
      decision.changes.boards = {board};
      return absl::StatusOr<ports::Decision>(std::move(decision));
    };
    ASSERT_THAT(jobs::WriteAndWait(*store, std::move(unit)), IsOk());
  }

  std::atomic<int> statements = 0;
  FakeClock clock{*ParseTime("2026-11-21T12:00:00Z")};
  std::unique_ptr<sql::SqlStore> store;

 private:
  TemporaryFolder folder_;
  DatabaseWatch watch_;
};

TEST_F(IdleProgrammes, CostOneQueryATickForAllOfThem) {
  FakeSteadyClock steady_clock;
  SequenceIds ids;
  jobs::LeaseKeeper leases({store->leases(), steady_clock, ids},
                           {.jobs = {std::string(jobs::DueLoop::kJob)}},
                           [](const jobs::LeaseKeeper::Change&) {});
  ASSERT_THAT(leases.RunOnce(), IsOk());
  jobs::DueLoop loop({*store, clock, leases}, {jobs::HoldExpiry(), jobs::LotExpiry(),
                                               jobs::PeriodClosing(), jobs::DraftRemoval()});
  statements = 0;
  int ticks = 0;
  milliseconds next_sign{0};
  milliseconds next_tick{0};
  int of_ticks = 0;
  for (milliseconds now{0}; now < std::chrono::minutes(1); now += milliseconds(100)) {
    if (now >= next_sign) {
      ASSERT_THAT(leases.RunOnce(), IsOk());
      next_sign = now + milliseconds(1500);
    }
    if (now >= next_tick) {
      const int before = statements;
      ASSERT_THAT(loop.RunOnce(), IsOk());
      of_ticks += statements - before;
      next_tick = now + loop.Rest();
      ++ticks;
    }
    clock.Advance(milliseconds(100));
    steady_clock.Advance(milliseconds(100));
  }
  EXPECT_EQ(ticks, 6);
  EXPECT_EQ(of_ticks, 6);
  // Each sign of life costs three statements, however many programmes there are.
  EXPECT_EQ(statements - of_ticks, 3 * 40);
}

TEST_F(IdleProgrammes, CostHealthFiguresOneStatementATick) {
  CountingTelemetry telemetry;
  jobs::Health health(*store, clock, telemetry);
  ASSERT_THAT(health.RunOnce(), IsOk());
  ASSERT_GE(statements, kPrograms);
  const auto tick = [&] {
    statements = 0;
    EXPECT_THAT(health.RunOnce(), IsOk());
    return statements.load();
  };
  clock.Advance(std::chrono::minutes(1));
  EXPECT_EQ(tick(), 1);
  MakeProgram("one-more");
  const int of_one = tick() - 1;
  EXPECT_GT(of_one, 0);
  EXPECT_LT(of_one, 20);  // 18 when this was written.
  EXPECT_EQ(tick(), 1);
  // Activities of 30 days ago no longer count, so all programmes are counted anew.
  clock.Advance(days(1) - std::chrono::minutes(1));
  EXPECT_EQ(tick(), 1 + kPrograms * of_one);
}

TEST_F(IdleProgrammes, AreAllServedWhenTheirTimeComes) {
  FakeSteadyClock steady_clock;
  SequenceIds ids;
  jobs::LeaseKeeper leases({store->leases(), steady_clock, ids},
                           {.jobs = {std::string(jobs::DueLoop::kJob)}},
                           [](const jobs::LeaseKeeper::Change&) {});
  ASSERT_THAT(leases.RunOnce(), IsOk());
  jobs::DueLoop loop({*store, clock, leases}, {jobs::PeriodClosing()});
  clock.Set(*ParseTime("2026-11-25T00:00:00Z"));
  ASSERT_THAT(loop.RunOnce(), IsOk());
  EXPECT_THAT(store->Read([](ports::StoreReader& reader) {
    for (int i = 0; i < kPrograms; ++i) {
      const auto results =
          reader.boards().Results("p" + std::to_string(i), "weekly", 1, "2026-11-16");
      EXPECT_EQ(results->size(), 1U) << i;
    }
    return absl::OkStatus();
  }),
              IsOk());
  statements = 0;
  ASSERT_THAT(loop.RunOnce(), IsOk());
  EXPECT_EQ(statements, 1);
}

}  // namespace
}  // namespace perigee::tests
