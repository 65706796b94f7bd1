#include "server/adapters/sql/copy/copy.h"

#include <future>
#include <map>
#include <set>
#include <utility>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/adapters/sql/base/program_tables.h"
#include "server/adapters/sql/check/check.h"
#include "server/adapters/sql/postgres/postgres_driver.h"
#include "server/adapters/sql/sqlite/sqlite_driver.h"
#include "server/ports/journal/journal_reader.h"
#include "tests/adapters/sql/lively_programme.h"
#include "tests/adapters/sql/postgres/postgres_under_test.h"
#include "tests/adapters/sql/sqlite/sqlite_under_test.h"

namespace perigee::tests {
namespace {

ports::Unit AddMember(std::uint32_t n, const std::string& id) {
  return {kProgram, Request(n), kStart,
          [n, id](ports::StoreReader&,
                  const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
            ports::Decision decision;
            decision.changes.records.Put(MakeMember(n, id, unit.revision));
            decision.answer = "made " + id;
            return decision;
          }};
}

absl::StatusOr<ports::Outcome> Write(ports::Store& store, ports::Unit unit) {
  std::promise<absl::StatusOr<ports::Outcome>> promise;
  store.Write(std::move(unit), [&](auto outcome) { promise.set_value(std::move(outcome)); });
  return promise.get_future().get();
}

std::optional<Sha256Digest> HashAt(const ports::Store& store, domain::Revision revision) {
  std::optional<Sha256Digest> hash;
  EXPECT_THAT(store.Read([&](ports::StoreReader& reader) {
    const auto read = reader.journal().HashAt(kProgram, revision);
    EXPECT_THAT(read, IsOk());
    hash = read.value_or(std::nullopt);
    return absl::OkStatus();
  }),
              IsOk());
  return hash;
}

class CopyTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string missing = postgres_.Missing(); !missing.empty()) {
      PERIGEE_SKIP_OR_FAIL(missing);
    }
    postgres_.Open(kQueueMax);  // Makes the store.
  }

  std::unique_ptr<sql::Database> Sqlite() const {
    auto database = sql::OpenSqlite(sqlite_.path(), sql::SqliteUse::kServe);
    EXPECT_THAT(database, IsOk());
    return database.ok() ? *std::move(database) : nullptr;
  }
  std::unique_ptr<sql::Database> Postgres() const {
    return sql::OpenPostgres(postgres_.uri(), sql::PostgresUse::kBulk);
  }

  // The programme's rows in all tables.
  static std::int64_t CountRows(const sql::Database& database) {
    const auto connection = database.Connect(sql::Database::Access::kRead);
    EXPECT_THAT(connection, IsOk());
    std::int64_t rows = 0;
    for (const sql::ProgramTable& table : sql::ProgramTables()) {
      EXPECT_THAT(
          (*connection)
              ->Query(sql::Sql::Built("SELECT COUNT(*) FROM " + table.name + " WHERE program = $1"),
                      {kProgram}, [&](const sql::Row& row) { rows += row.Int(0); }),
          IsOk());
    }
    return rows;
  }
  // Fills `from`, copies it, and compares how users and checks see both stores.
  void CopyAndCompare(StoreUnderTest& from, StoreUnderTest& to,
                      const std::function<absl::StatusOr<sql::Copied>()>& copy) {
    absl::StatusOr<ports::Outcome> first;
    std::optional<Sha256Digest> hash;
    {
      const std::unique_ptr<ports::Store> store = from.Open(kQueueMax);
      WriteLivelyProgramme(*store);
      first = Write(*store, AddMember(9, "zoe"));
      ASSERT_THAT(first, IsOk());
      hash = HashAt(*store, first->revision);
    }
    const absl::StatusOr<sql::Copied> copied = copy();
    ASSERT_THAT(copied, IsOk());
    EXPECT_EQ(copied->revision, first->revision);
    EXPECT_GT(copied->rows, 40);

    const std::unique_ptr<ports::Store> store = to.Open(kQueueMax);
    EXPECT_TRUE(hash.has_value());
    EXPECT_EQ(HashAt(*store, first->revision), hash);
    const absl::StatusOr<ports::Outcome> again = Write(*store, AddMember(9, "zoe"));
    ASSERT_THAT(again, IsOk());
    EXPECT_TRUE(again->replayed);
    EXPECT_EQ(again->answer, first->answer);
    EXPECT_EQ(again->revision, first->revision);
    EXPECT_THAT(Write(*store, AddMember(10, "yan")), IsOk());
  }

  SqliteUnderTest sqlite_;
  PostgresUnderTest postgres_;
};

TEST_F(CopyTest, AProgrammeMovesFromSqliteToPostgres) {
  CopyAndCompare(sqlite_, postgres_,
                 [&] { return sql::CopyProgram(*Sqlite(), *Postgres(), kProgram); });
  const auto findings = sql::CheckPostgresStore(postgres_.uri());
  ASSERT_THAT(findings, IsOk());
  EXPECT_TRUE(findings->empty()) << findings->front().what;
}

TEST_F(CopyTest, AProgrammeMovesFromPostgresToSqlite) {
  CopyAndCompare(postgres_, sqlite_,
                 [&] { return sql::CopyProgram(*Postgres(), *Sqlite(), kProgram); });
  const auto findings = sql::CheckSqliteStore(sqlite_.path());
  ASSERT_THAT(findings, IsOk());
  EXPECT_TRUE(findings->empty()) << findings->front().what;
}

TEST_F(CopyTest, ThereAndBackAgainHasTheSameDigest) {
  WriteLivelyProgramme(*sqlite_.Open(kQueueMax));
  const auto there = sql::CopyProgram(*Sqlite(), *Postgres(), kProgram);
  const SqliteUnderTest other;
  const auto other_database = sql::OpenSqlite(other.path(), sql::SqliteUse::kServe);
  ASSERT_THAT(other_database, IsOk());
  const auto back = sql::CopyProgram(*Postgres(), **other_database, kProgram);
  ASSERT_THAT(there, IsOk());
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ(there->digest, back->digest);
  EXPECT_EQ(there->rows, back->rows);
}

TEST_F(CopyTest, AProgrammeThatIsThereAlreadyIsNotTouched) {
  WriteLivelyProgramme(*sqlite_.Open(kQueueMax));
  ASSERT_THAT(sql::CopyProgram(*Sqlite(), *Postgres(), kProgram), IsOk());
  EXPECT_THAT(sql::CopyProgram(*Sqlite(), *Postgres(), kProgram),
              HasReason(Reason::kAlreadyExists));
  EXPECT_TRUE(sql::CheckPostgresStore(postgres_.uri())->empty());
}

TEST_F(CopyTest, AProgrammeIsNotCopiedOntoOneThatIsBeingDeleted) {
  WriteLivelyProgramme(*sqlite_.Open(kQueueMax));
  RunSql(postgres_.uri(), absl::StrCat("INSERT INTO due (time, program, kind, key) VALUES (",
                                       ToMicros(kBeginningOfTime), ", 'demo', 6, '')"));
  EXPECT_THAT(sql::CopyProgram(*Sqlite(), *Postgres(), kProgram),
              HasReason(Reason::kProgramBeingDeleted));
}

// The tables that are copied are those that a deletion empties.
TEST_F(CopyTest, ADeletionLeavesNothingInAnyTable) {
  WriteLivelyProgramme(*sqlite_.Open(kQueueMax));
  ASSERT_THAT(sql::CopyProgram(*Sqlite(), *Postgres(), kProgram), IsOk());
  ports::Unit unit;
  unit.program = kProgram;
  unit.now = kStart;
  unit.decide = [](ports::StoreReader&, const ports::UnitContext&) {
    ports::Decision decision;
    decision.deletes_program = true;
    return absl::StatusOr<ports::Decision>(std::move(decision));
  };
  EXPECT_GT(CountRows(*Sqlite()), 40);
  ASSERT_THAT(Write(*sqlite_.Open(kQueueMax), unit), IsOk());
  EXPECT_EQ(CountRows(*Sqlite()), 0);
  EXPECT_GT(CountRows(*Postgres()), 40);
  ASSERT_THAT(Write(*postgres_.Open(kQueueMax), unit), IsOk());
  EXPECT_EQ(CountRows(*Postgres()), 0);
}

TEST_F(CopyTest, AProgrammeThatIsNowhereIsNotFound) {
  EXPECT_THAT(sql::CopyProgram(*Sqlite(), *Postgres(), kProgram), HasReason(Reason::kNotFound));
}

TEST_F(CopyTest, ACopyThatDiffersIsNotKept) {
  WriteLivelyProgramme(*sqlite_.Open(kQueueMax));
  RunSql(postgres_.uri(),
         "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS "
         "$$BEGIN NEW.amount := NEW.amount + 1; RETURN NEW; END$$;"
         "CREATE TRIGGER spoil BEFORE INSERT ON transfer FOR EACH ROW EXECUTE FUNCTION spoil()");
  EXPECT_THAT(sql::CopyProgram(*Sqlite(), *Postgres(), kProgram), HasReason(Reason::kInternal));
  EXPECT_EQ(RunSql(postgres_.uri(), "SELECT COUNT(*) FROM program"), "0");
}

TEST_F(CopyTest, AStoreThatIsServedIsRefused) {
  const std::unique_ptr<ports::Store> served = sqlite_.Open(kQueueMax);
  EXPECT_THAT(sql::OpenSqlite(sqlite_.path(), sql::SqliteUse::kServe),
              HasReason(Reason::kStoreUnavailable));
}

TEST(ProgramTablesTest, TheDescriptionsCoverTheWholeSchema) {
  const SqliteUnderTest store;
  const auto database = sql::OpenSqlite(store.path(), sql::SqliteUse::kInspect);
  ASSERT_THAT(database, IsOk());
  const auto connection = (*database)->Connect(sql::Database::Access::kRead);
  ASSERT_THAT(connection, IsOk());
  std::map<std::string, std::set<std::string>> schema;
  ASSERT_THAT(
      (*connection)
          ->Query("SELECT t.name, c.name || ' ' || CASE c.type WHEN 'TEXT' THEN 'text' "
                  "WHEN 'BLOB' THEN 'blob' ELSE 'int' END "
                  "FROM sqlite_master t JOIN pragma_table_info(t.name) c "
                  "WHERE t.type = 'table' AND t.name NOT IN ('blob', 'blob_bytes', 'blob_upload', "
                  "'meta', 'schema_version', "
                  "'server', 'lease')",
                  {}, [&](const sql::Row& row) { schema[row.Text(0)].insert(row.Text(1)); }),
      IsOk());
  std::map<std::string, std::set<std::string>> copied;
  for (const sql::ProgramTable& table : sql::ProgramTables()) {
    copied[table.name].insert(table.columns.begin(), table.columns.end());
  }
  EXPECT_EQ(copied, schema);
}

}  // namespace
}  // namespace perigee::tests
