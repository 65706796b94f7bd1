#include "server/adapters/sql/postgres/postgres_store.h"

#include <future>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "server/adapters/sql/check/check.h"
#include "server/adapters/sql/postgres/postgres_driver.h"
#include "server/adapters/sql/postgres/postgres_errors.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/program/program_reader.h"
#include "tests/adapters/sql/forget_requests.h"
#include "tests/adapters/sql/lively_programme.h"
#include "tests/adapters/sql/named_records.h"
#include "tests/adapters/sql/older_store.h"
#include "tests/adapters/sql/postgres/postgres_under_test.h"
#include "tests/support/process.h"

namespace perigee::tests {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

INSTANTIATE_TEST_SUITE_P(Postgres, StoreConformance,
                         testing::Values(StoreEngine{
                             "Postgres", [] { return std::make_unique<PostgresUnderTest>(); }}),
                         EngineName);

using Outcome = absl::StatusOr<ports::Outcome>;

constexpr std::uint32_t kFirstMember = 100;
// These limits are so short that tests need not wait long.
constexpr sql::PostgresLimits kImpatient = {.connect = milliseconds(300),
                                            .silence = milliseconds(600),
                                            .statement = milliseconds(300),
                                            .lock = milliseconds(200)};

ports::Unit AddMember(
    std::uint32_t n, std::function<void()> meanwhile = [] {}) {
  return {
      kProgram, Request(n), kStart,
      [n, meanwhile = std::move(meanwhile)](
          ports::StoreReader&, const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
        meanwhile();
        ports::Decision decision;
        decision.changes.records.Put(MakeMember(n, absl::StrCat("m", n), unit.revision));
        return decision;
      }};
}

std::future<Outcome> Begin(ports::Store& store, ports::Unit unit) {
  const auto promise = std::make_shared<std::promise<Outcome>>();
  store.Write(std::move(unit),
              [promise](Outcome outcome) { promise->set_value(std::move(outcome)); });
  return promise->get_future();
}
Outcome Write(ports::Store& store, ports::Unit unit) { return Begin(store, std::move(unit)).get(); }

absl::Status ReadSomething(const ports::Store& store) {
  return store.Read(
      [](ports::StoreReader& reader) { return reader.journal().Head(kProgram).status(); });
}

// A store on the shared server, with the lively programme.
class PostgresStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string reason;
    server_ = SharedPostgres(reason);
    if (server_ == nullptr) {
      PERIGEE_SKIP_OR_FAIL(reason);
    }
    uri_ = MakePostgresStore(*server_);
    WriteLivelyProgramme(*Open());
  }
  std::unique_ptr<sql::SqlStore> Open(const sql::PostgresLimits& limits = {}) const {
    auto store = sql::OpenPostgresStore(uri_, {}, limits);
    EXPECT_THAT(store, IsOk());
    return store.ok() ? *std::move(store) : nullptr;
  }
  std::string Sql(const std::string& sql) const { return RunSql(uri_, sql); }
  // Runs a PL/pgSQL statement before each insert of a member.
  void WithEachMember(const std::string& statement) const {
    ASSERT_EQ(Sql("CREATE SEQUENCE tries; CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql "
                  "AS $$BEGIN " +
                  statement +
                  "; RETURN NEW; END$$; CREATE TRIGGER act BEFORE INSERT ON member "
                  "FOR EACH ROW EXECUTE FUNCTION act()"),
              "");
  }
  // The server process of a store's writer, found while the writer decides.
  std::string WriterPid() const {
    return Sql(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
        "AND state = 'idle in transaction'");
  }
  // Moves the store's programme to a store of an older schema, and brings that up to date.
  void ExpectMigrates(std::int64_t schema) {
    const std::string older = server_->MakeDatabase();
    const auto from = sql::OpenPostgres(uri_, sql::PostgresUse::kBulk);
    const auto to = sql::OpenPostgres(older, sql::PostgresUse::kBulk);
    MakeOlderStore(*from, *to, schema);
    ASSERT_THAT(sql::MigratePostgresStore(older), IsOk());
    PutBackYounger(*from, *to, schema);
    EXPECT_THAT(sql::CheckPostgresStore(older).value(), testing::IsEmpty());
    ExpectSameProgramme(*from, *to);
  }
  std::string Head() const { return Sql("SELECT head_revision FROM program"); }
  void ExpectClean() const {
    const auto findings = sql::CheckPostgresStore(uri_);
    ASSERT_THAT(findings, IsOk());
    EXPECT_TRUE(findings->empty()) << findings->front().what;
  }

  PostgresServer* server_ = nullptr;
  std::string uri_;
};

TEST_F(PostgresStoreTest, QuestionsAreAnsweredInOrderUnlessRolledBack) {
  const auto database = sql::OpenPostgres(uri_, sql::PostgresUse::kServe);
  const auto connected = database->Connect(sql::Database::Access::kWrite);
  ASSERT_THAT(connected, IsOk());
  sql::Connection& connection = **connected;
  static constexpr sql::Sql kTimesTen = "SELECT CAST($1 AS BIGINT) * 10";
  std::vector<std::int64_t> seen;
  const auto ask = [&](std::int64_t first) {
    return connection.Ask(kTimesTen, {first, first + 1}, 1,
                          [&](std::size_t, const sql::Row& row) { seen.push_back(row.Int(0)); });
  };
  ASSERT_THAT(connection.BeginWrite(), IsOk());
  ASSERT_THAT(ask(1), IsOk());
  ASSERT_THAT(ask(3), IsOk());
  ASSERT_THAT(
      connection.Query(kTimesTen, {5}, [&](const sql::Row& row) { seen.push_back(row.Int(0)); }),
      IsOk());
  EXPECT_THAT(seen, testing::ElementsAre(10, 20, 30, 40, 50));

  ASSERT_THAT(ask(6), IsOk());
  connection.Rollback();
  ASSERT_THAT(connection.BeginWrite(), IsOk());
  ASSERT_THAT(connection.Sync(), IsOk());
  EXPECT_EQ(seen.size(), 5U);
  ASSERT_THAT(connection.Commit(), IsOk());
}

TEST_F(PostgresStoreTest, AUnitLostToAnotherTransactionRunsAgain) {
  for (const std::string state : {"40001", "40P01"}) {
    SCOPED_TRACE(state);
    uri_ = MakePostgresStore(*server_);
    const auto store = Open();
    WriteLivelyProgramme(*store);  // Also makes keys ahead.
    WithEachMember("IF nextval('tries') <= 3 THEN RAISE EXCEPTION USING ERRCODE = '" + state +
                   "'; END IF");
    int runs = 0;
    const Outcome outcome = Write(*store, AddMember(kFirstMember, [&] { ++runs; }));
    ASSERT_THAT(outcome, IsOk());
    EXPECT_EQ(runs, 4);
    EXPECT_EQ(Head(), std::to_string(outcome->revision));
    ExpectClean();
  }
}

TEST_F(PostgresStoreTest, AUnitLostTooOftenIsRefusedAsAConflict) {
  WithEachMember("RAISE EXCEPTION USING ERRCODE = '40001'");
  const std::string before = Head();
  const auto store = Open();
  EXPECT_THAT(Write(*store, AddMember(kFirstMember)), HasReason(Reason::kConflict));
  EXPECT_EQ(Head(), before);
  Sql("DROP TRIGGER act ON member");
  EXPECT_THAT(Write(*store, AddMember(kFirstMember)), IsOk());
  ExpectClean();
}

TEST_F(PostgresStoreTest, ADeadlockWithAnotherProgramIsRunAgain) {
  const auto store = Open();
  SqlSession other(uri_);
  other.Run("SET deadlock_timeout = '60s'; BEGIN; LOCK TABLE member IN EXCLUSIVE MODE");
  int runs = 0;
  std::future<Outcome> written = Begin(*store, AddMember(kFirstMember, [&] { ++runs; }));
  ASSERT_TRUE(Await([&] {
    return Sql("SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() "
               "AND wait_event_type = 'Lock'") == "1";
  }));
  // The store's writer holds the head and waits for the table.
  EXPECT_EQ(other.Run("UPDATE program SET display_name = display_name"), "");
  EXPECT_EQ(other.Run("COMMIT"), "");
  EXPECT_THAT(written.get(), IsOk());
  EXPECT_GE(runs, 2);
  ExpectClean();
}

TEST_F(PostgresStoreTest, AConnectionCutBeforeTheCommitLosesOneUnit) {
  const auto store = Open();
  const std::string before = Head();
  EXPECT_THAT(
      Write(*store, AddMember(kFirstMember,
                              [&] { Sql("SELECT pg_terminate_backend(" + WriterPid() + ")"); })),
      HasReason(Reason::kStoreUnavailable));
  EXPECT_EQ(Head(), before);
  const Outcome again = Write(*store, AddMember(kFirstMember));
  ASSERT_THAT(again, IsOk());
  EXPECT_FALSE(again->replayed);
  EXPECT_THAT(store->Ready(), IsOk());
  ExpectClean();
}

TEST_F(PostgresStoreTest, ARetryTellsTheOutcomeOfAnUnknownCommit) {
  const auto store = Open();
  std::uint32_t member = kFirstMember;
  ASSERT_THAT(Write(*store, AddMember(member)), IsOk());  // Makes keys ahead.
  // The commit is on disk, and then waits for a standby that never comes.
  Sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
  Sql("SELECT pg_reload_conf()");
  // The server takes a moment to learn of the setting; until then a commit does not wait.
  std::future<Outcome> written = Begin(*store, AddMember(++member));
  ASSERT_TRUE(Await([&] {
    if (written.wait_for(std::chrono::seconds(0)) == std::future_status::ready) {
      written = Begin(*store, AddMember(++member));
    }
    return Sql("SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity "
               "WHERE datname = current_database() AND wait_event = 'SyncRep'") == "1";
  }));
  const Outcome unknown = written.get();
  Sql("ALTER SYSTEM RESET synchronous_standby_names");
  Sql("SELECT pg_reload_conf()");

  EXPECT_THAT(unknown, HasReason(Reason::kStoreUnavailable));
  EXPECT_THAT(std::string(unknown.status().message()), testing::HasSubstr("same request again"));
  const Outcome again = Write(*store, AddMember(member));
  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(Head(), std::to_string(again->revision));
  ExpectClean();
}

TEST_F(PostgresStoreTest, AStatementThatTakesTooLongIsGivenUp) {
  WithEachMember("PERFORM pg_sleep(60)");
  const auto store = Open(kImpatient);
  const auto start = steady_clock::now();
  EXPECT_THAT(Write(*store, AddMember(kFirstMember)), HasReason(Reason::kStoreUnavailable));
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(20));
  Sql("DROP TRIGGER act ON member");
  EXPECT_THAT(Write(*store, AddMember(kFirstMember)), IsOk());
}

TEST_F(PostgresStoreTest, AHeadThatAnotherHoldsForTooLongIsGivenUp) {
  const auto store = Open(kImpatient);
  SqlSession other(uri_);
  other.Run("BEGIN; SELECT 1 FROM program FOR UPDATE");
  EXPECT_THAT(Write(*store, AddMember(kFirstMember)), HasReason(Reason::kStoreUnavailable));
  other.Run("ROLLBACK");
  EXPECT_THAT(Write(*store, AddMember(kFirstMember)), IsOk());
}

TEST_F(PostgresStoreTest, TwoStoresGiveOneJournalWithoutGaps) {
  constexpr std::uint32_t kEach = 60;
  const auto first = Open();
  const auto second = Open();
  std::set<domain::Revision> revisions;
  std::vector<std::future<Outcome>> written;
  for (std::uint32_t n = 0; n < kEach; ++n) {
    // Both stores get every request.
    written.push_back(Begin(*first, AddMember(kFirstMember + n)));
    written.push_back(Begin(*second, AddMember(kFirstMember + n)));
  }
  int replayed = 0;
  for (std::future<Outcome>& future : written) {
    const Outcome outcome = future.get();
    ASSERT_THAT(outcome, IsOk());
    revisions.insert(outcome->revision);
    replayed += outcome->replayed ? 1 : 0;
  }
  EXPECT_EQ(replayed, kEach);
  EXPECT_EQ(revisions.size(), kEach);
  EXPECT_EQ(*revisions.rbegin() - *revisions.begin(), kEach - 1);
  ExpectClean();
}

TEST_F(PostgresStoreTest, AProgrammeThatTwoStoresMakeAtOnceIsMadeOnce) {
  const auto first = Open();
  const auto second = Open();
  for (int i = 0; i < 30; ++i) {
    const std::string program = absl::StrCat("p", i);
    const auto make = [&] {
      return ports::Unit{
          program, std::nullopt, kStart,
          [program](ports::StoreReader& reader,
                    const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
            const auto found = reader.programs().Find(program);
            if (!found.ok()) {
              return found.status();
            }
            if (found->has_value()) {
              return Error(Reason::kAlreadyExists, "it is there");
            }
            EXPECT_EQ(unit.revision, 1);
            ports::Decision decision;
            decision.changes.records.Put(domain::Program{program, "P", "UTC", kStart, kStart, 1});
            return decision;
          }};
    };
    std::future<Outcome> one = Begin(*first, make());
    std::future<Outcome> two = Begin(*second, make());
    const Outcome a = one.get();
    const Outcome b = two.get();
    EXPECT_NE(a.ok(), b.ok());
    EXPECT_THAT(a.ok() ? b : a, HasReason(Reason::kAlreadyExists));
    EXPECT_EQ(std::string((a.ok() ? b : a).status().message()), "it is there");
  }
  ExpectClean();
}

TEST_F(PostgresStoreTest, TwoMigrationsMayRunAtOnce) {
  for (int i = 0; i < 5; ++i) {
    const std::string uri = server_->MakeDatabase();
    auto other = std::async(std::launch::async, [&] { return sql::MigratePostgresStore(uri); });
    EXPECT_THAT(sql::MigratePostgresStore(uri), IsOk());
    EXPECT_THAT(other.get(), IsOk());
    EXPECT_THAT(sql::OpenPostgresStore(uri), IsOk());
  }
}

TEST_F(PostgresStoreTest, AStoreOfTheFirstSchemaIsMigrated) { ExpectMigrates(1); }

TEST_F(PostgresStoreTest, AStoreWithPlainRowsIsMigrated) { ExpectMigrates(4); }

TEST_F(PostgresStoreTest, ADatabaseWithoutAStoreIsRefusedWithAdvice) {
  const auto refused = [](const std::string& uri) {
    const auto store = sql::OpenPostgresStore(uri);
    EXPECT_THAT(store, HasReason(Reason::kStoreUnavailable));
    return std::string(store.status().message());
  };
  EXPECT_THAT(refused(server_->MakeDatabase()), testing::HasSubstr("perigeed migrate"));
  EXPECT_THAT(refused(server_->Uri("nowhere")), testing::HasSubstr("createdb"));
  const std::string away = refused("postgresql://someone:secret@127.0.0.1:1/nowhere");
  EXPECT_THAT(away, testing::HasSubstr("cannot be reached"));
  EXPECT_THAT(away, testing::Not(testing::HasSubstr("secret")));

  const std::string foreign = server_->MakeDatabase();
  RunSql(foreign, "CREATE TABLE member (name TEXT)");
  EXPECT_THAT(sql::MigratePostgresStore(foreign), HasReason(Reason::kStoreUnavailable));
}

TEST_F(PostgresStoreTest, ACommitIsOnDiskDespiteTheServersDefault) {
  Sql("ALTER DATABASE " + PostgresServer::DatabaseOf(uri_) + " SET synchronous_commit = off");
  WithEachMember("NEW.sealed := convert_to(current_setting('synchronous_commit'), 'UTF8')");
  ASSERT_THAT(Write(*Open(), AddMember(kFirstMember)), IsOk());
  EXPECT_EQ(Sql("SELECT convert_from(sealed, 'UTF8') FROM member WHERE member_key = '\\x" +
                NumberedId(kFirstMember).Hex() + "'"),
            "on");
}

TEST_F(PostgresStoreTest, ACheckFindsTampering) {
  Sql("UPDATE posting SET balance_after = balance_after + 1 WHERE revision = 3 AND change > 0");
  const auto findings = sql::CheckPostgresStore(uri_);
  ASSERT_THAT(findings, IsOk());
  EXPECT_EQ(findings->size(), 1U);
}

TEST_F(PostgresStoreTest, RequestIdsAreForgottenInPortionsBetweenWrites) {
  ExpectForgetsInPortions(sql::OpenPostgres(MakePostgresStore(*server_), sql::PostgresUse::kServe));
}

TEST_F(PostgresStoreTest, RecordsThatABatchNamesAreAskedForOnce) {
  ExpectAsksOnceForNamedRecords(
      sql::OpenPostgres(MakePostgresStore(*server_), sql::PostgresUse::kServe));
}

TEST_F(PostgresStoreTest, ReadsBeyondTheBoundAreRefusedAtOnce) {
  sql::SqlStoreOptions options;
  options.readers_max = 1;
  const auto store = sql::OpenPostgresStore(uri_, options);
  ASSERT_THAT(store, IsOk());
  EXPECT_THAT((*store)->Read([&](ports::StoreReader&) {
    EXPECT_THAT(ReadSomething(**store), HasReason(Reason::kOverloaded));
    return absl::OkStatus();
  }),
              IsOk());
  EXPECT_THAT(ReadSomething(**store), IsOk());
}

// Each test has a server of its own, which it may end.
class PostgresAwayTest : public testing::Test {
 protected:
  void SetUp() override {
    PostgresOptions options;
    options.port = true;
    options.connections_max = 8;
    std::string reason;
    server_ = PostgresServer::Start(reason, options);
    if (server_ == nullptr) {
      PERIGEE_SKIP_OR_FAIL(reason);
    }
    uri_ = server_->MakeDatabase();
    ASSERT_THAT(sql::MigratePostgresStore(uri_), IsOk());
    auto store = sql::OpenPostgresStore(uri_, {}, kImpatient);
    ASSERT_THAT(store, IsOk());
    store_ = *std::move(store);
    WriteLivelyProgramme(*store_);
  }

  void ExpectRefusedAtOnce() {
    const auto start = steady_clock::now();
    for (std::uint32_t n = 0; n < 50; ++n) {
      EXPECT_THAT(Write(*store_, AddMember(kFirstMember + n)),
                  HasReason(Reason::kStoreUnavailable));
      EXPECT_THAT(ReadSomething(*store_), HasReason(Reason::kStoreUnavailable));
    }
    EXPECT_THAT(store_->Ready(), HasReason(Reason::kStoreUnavailable));
    // If each call waited for the limits, all together would take much longer.
    EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(5));
  }
  void ExpectBack() {
    EXPECT_TRUE(Await([&] { return store_->Ready().ok(); }));
    for (std::uint32_t n = 0; n < 10; ++n) {
      EXPECT_THAT(Write(*store_, AddMember(kFirstMember + n)), IsOk());
      EXPECT_THAT(ReadSomething(*store_), IsOk());
    }
    EXPECT_TRUE(sql::CheckPostgresStore(uri_)->empty());
  }

  std::unique_ptr<PostgresServer> server_;
  std::string uri_;
  std::unique_ptr<sql::SqlStore> store_;
};

TEST_F(PostgresAwayTest, AStoppedServerRefusesAtOnceAndComesBackByItself) {
  server_->Stop();
  ExpectRefusedAtOnce();
  ASSERT_TRUE(server_->Restart());
  ExpectBack();
}

TEST_F(PostgresAwayTest, AKilledServerLosesNothingThatWasAnswered) {
  Outcome last = Write(*store_, AddMember(99));
  ASSERT_THAT(last, IsOk());
  server_->Kill();
  ExpectRefusedAtOnce();
  ASSERT_TRUE(server_->Restart());
  EXPECT_EQ(RunSql(uri_, "SELECT head_revision FROM program"), std::to_string(last->revision));
  ExpectBack();
}

TEST_F(PostgresAwayTest, APausedServerHangsNobody) {
  server_->Pause();
  ExpectRefusedAtOnce();
  server_->Resume();
  ExpectBack();
}

TEST_F(PostgresAwayTest, ARestartWhileNothingGoesOnIsNotNoticed) {
  EXPECT_THAT(ReadSomething(*store_), IsOk());
  ASSERT_TRUE(server_->Restart());
  EXPECT_THAT(ReadSomething(*store_), IsOk());
  EXPECT_THAT(Write(*store_, AddMember(kFirstMember)), IsOk());
}

TEST_F(PostgresAwayTest, TooManyConnectionsRefuseReadsUntilThereAreFewer) {
  {
    std::vector<SqlSession> others;
    while (others.emplace_back(uri_).Run("SELECT 1") == "1") {
    }
    EXPECT_THAT(store_->Read([&](ports::StoreReader&) {  // Over the one idle connection.
      EXPECT_THAT(ReadSomething(*store_), HasReason(Reason::kStoreUnavailable));
      return absl::OkStatus();
    }),
                IsOk());
    EXPECT_THAT(Write(*store_, AddMember(kFirstMember)), IsOk());
  }
  EXPECT_TRUE(Await([&] { return ReadSomething(*store_).ok(); }));
}

TEST(PostgresErrorsTest, EachSqlStateHasItsReason) {
  const auto reason = [](std::string_view state) {
    return *ReasonOf(sql::StatusOfSqlState(state));
  };
  EXPECT_EQ(reason("23505"), Reason::kAlreadyExists);
  EXPECT_EQ(reason("40001"), Reason::kConflict);
  EXPECT_EQ(reason("40P01"), Reason::kConflict);
  for (const std::string_view state : {"40003", "55P03", "57014", "57P01", "57P03", "08006",
                                       "53100", "53300", "53200", "58030", "28P01", "25006"}) {
    EXPECT_EQ(reason(state), Reason::kStoreUnavailable) << state;
  }
  for (const std::string_view state : {"42601", "22003", "08P01", "XX000"}) {
    EXPECT_EQ(reason(state), Reason::kInternal) << state;
  }
}

}  // namespace
}  // namespace perigee::tests
