#include "tests/bench/replay.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/core/status_macros.h"
#include "tests/bench/median.h"

namespace perigee::bench {
namespace {

using Clock = std::chrono::steady_clock;

// Tables that only grow, by the revision that made the row. The others that a plain activity or
// transfer changes are `account` and `program`.
constexpr std::array kTables{"activity", "activity_member", "transfer", "memo",
                             "posting",  "score",           "journal",  "request"};
constexpr const char* kCreditAccount =
    "UPDATE account SET credits_posted = credits_posted + ?1 WHERE program = ?2 AND member_key = ?3"
    " AND asset = ?4 AND account = ?5";
constexpr const char* kDebitAccount =
    "UPDATE account SET debits_posted = debits_posted - ?1 WHERE program = ?2 AND member_key = ?3"
    " AND asset = ?4 AND account = ?5";
constexpr const char* kMoveHead =
    "UPDATE program SET head_revision = ?2, head_time = ?3, head_hash = ?5 WHERE id = ?1";

struct FreeValue {
  void operator()(sqlite3_value* value) const { sqlite3_value_free(value); }
};
using Value = std::unique_ptr<sqlite3_value, FreeValue>;

struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

absl::Status Failed(sqlite3* database) {
  return absl::InternalError(absl::StrCat("SQLite: ", sqlite3_errmsg(database)));
}

absl::Status Execute(sqlite3* database, const std::string& sql) {
  return sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK
             ? absl::OkStatus()
             : Failed(database);
}

absl::StatusOr<Statement> Prepare(sqlite3* database, const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
    return Failed(database);
  }
  return Statement(statement);
}

absl::StatusOr<Database> Open(const std::string& path, int flags) {
  sqlite3* database = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &database, flags, nullptr);
  Database owned(database);
  if (result != SQLITE_OK) {
    return Failed(database);
  }
  return owned;
}

absl::StatusOr<std::int64_t> Head(sqlite3* database) {
  PERIGEE_ASSIGN_OR_RETURN(const Statement statement,
                           Prepare(database, "SELECT MAX(revision) FROM journal"));
  if (sqlite3_step(statement.get()) != SQLITE_ROW) {
    return Failed(database);
  }
  return sqlite3_column_int64(statement.get(), 0);
}

// How rows are written to the copy.
struct Writer {
  std::vector<Statement> inserts;  // One a table, in the order of kTables.
  Statement credit;
  Statement debit;
  Statement move_head;
};

absl::StatusOr<Writer> MakeWriter(sqlite3* copy) {
  Writer writer;
  for (const char* table : kTables) {
    PERIGEE_ASSIGN_OR_RETURN(const Statement probe,
                             Prepare(copy, absl::StrCat("SELECT * FROM ", table)));
    const std::vector<std::string> places(
        static_cast<std::size_t>(sqlite3_column_count(probe.get())), "?");
    PERIGEE_ASSIGN_OR_RETURN(Statement insert,
                             Prepare(copy, absl::StrCat("INSERT INTO ", table, " VALUES (",
                                                        absl::StrJoin(places, ","), ")")));
    writer.inserts.push_back(std::move(insert));
  }
  PERIGEE_ASSIGN_OR_RETURN(writer.credit, Prepare(copy, kCreditAccount));
  PERIGEE_ASSIGN_OR_RETURN(writer.debit, Prepare(copy, kDebitAccount));
  PERIGEE_ASSIGN_OR_RETURN(writer.move_head, Prepare(copy, kMoveHead));
  return writer;
}

}  // namespace

struct ReplayFloor::Unit {
  struct Row {
    std::size_t table;
    std::vector<Value> values;
  };
  // What a posting does to its account: change, program, member_key, asset, account.
  struct Movement {
    bool credit;
    std::array<Value, 5> values;
  };
  std::vector<Row> rows;
  std::vector<Movement> movements;
  std::size_t journal_row = 0;
};

namespace {

template <class Values>
absl::Status Write(sqlite3* database, sqlite3_stmt* statement, const Values& values) {
  int place = 1;
  for (const Value& value : values) {
    if (place <= sqlite3_bind_parameter_count(statement)) {
      sqlite3_bind_value(statement, place++, value.get());
    }
  }
  const int result = sqlite3_step(statement);
  sqlite3_reset(statement);
  return result == SQLITE_DONE ? absl::OkStatus() : Failed(database);
}

Value Column(sqlite3_stmt* statement, const std::string& name) {
  for (int i = 0; i < sqlite3_column_count(statement); ++i) {
    if (name == sqlite3_column_name(statement, i)) {
      return Value(sqlite3_value_dup(sqlite3_column_value(statement, i)));
    }
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ReplayFloor>> ReplayFloor::Copy(const std::string& source,
                                                               const std::string& copy) {
  PERIGEE_ASSIGN_OR_RETURN(Database from, Open(source, SQLITE_OPEN_READONLY));
  PERIGEE_ASSIGN_OR_RETURN(Database into, Open(copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
  sqlite3_backup* backup = sqlite3_backup_init(into.get(), "main", from.get(), "main");
  if (backup == nullptr) {
    return Failed(into.get());
  }
  sqlite3_backup_step(backup, -1);
  if (sqlite3_backup_finish(backup) != SQLITE_OK) {
    return Failed(into.get());
  }
  // As server/adapters/sql/sqlite_driver.cpp sets its own.
  PERIGEE_RETURN_IF_ERROR(Execute(into.get(),
                                  "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                  "PRAGMA wal_autocheckpoint = 8000; PRAGMA cache_size = -65536"));
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t head, Head(into.get()));
  return std::unique_ptr<ReplayFloor>(new ReplayFloor(std::move(from), std::move(into), head));
}

absl::StatusOr<std::vector<ReplayFloor::Unit>> ReplayFloor::ReadUnits() {
  PERIGEE_RETURN_IF_ERROR(Execute(source_.get(), "BEGIN"));
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t head, Head(source_.get()));
  std::map<std::int64_t, Unit> by_revision;
  for (std::size_t table = 0; table < kTables.size(); ++table) {
    const std::string name = kTables.at(table);
    PERIGEE_ASSIGN_OR_RETURN(
        const Statement select,
        Prepare(source_.get(), absl::StrCat("SELECT *, revision FROM ", name, " WHERE revision > ",
                                            revision_, " AND revision <= ", head)));
    while (sqlite3_step(select.get()) == SQLITE_ROW) {
      const int columns = sqlite3_column_count(select.get()) - 1;
      Unit& unit = by_revision[sqlite3_column_int64(select.get(), columns)];
      Unit::Row row{table, {}};
      for (int i = 0; i < columns; ++i) {
        row.values.emplace_back(sqlite3_value_dup(sqlite3_column_value(select.get(), i)));
      }
      if (name == "posting") {
        Unit::Movement movement{false,
                                {Column(select.get(), "change"), Column(select.get(), "program"),
                                 Column(select.get(), "member_key"), Column(select.get(), "asset"),
                                 Column(select.get(), "account")}};
        movement.credit = sqlite3_value_int64(movement.values[0].get()) > 0;
        unit.movements.push_back(std::move(movement));
      }
      if (name == "journal") {
        unit.journal_row = unit.rows.size();
      }
      unit.rows.push_back(std::move(row));
    }
  }
  PERIGEE_RETURN_IF_ERROR(Execute(source_.get(), "COMMIT"));
  revision_ = head;
  std::vector<Unit> units;
  units.reserve(by_revision.size());
  for (auto& [revision, unit] : by_revision) {
    units.push_back(std::move(unit));
  }
  return units;
}

absl::StatusOr<ReplayFloor::Result> ReplayFloor::CatchUp(int units_per_commit) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Unit> units, ReadUnits());
  PERIGEE_ASSIGN_OR_RETURN(const Writer writer, MakeWriter(copy_.get()));
  const auto begin = Clock::now();
  int waiting = 0;
  for (const Unit& unit : units) {
    if (waiting == 0) {
      PERIGEE_RETURN_IF_ERROR(Execute(copy_.get(), "BEGIN IMMEDIATE"));
    }
    for (const Unit::Row& row : unit.rows) {
      PERIGEE_RETURN_IF_ERROR(Write(copy_.get(), writer.inserts[row.table].get(), row.values));
    }
    for (const Unit::Movement& movement : unit.movements) {
      PERIGEE_RETURN_IF_ERROR(Write(copy_.get(),
                                    movement.credit ? writer.credit.get() : writer.debit.get(),
                                    movement.values));
    }
    if (++waiting == units_per_commit || &unit == &units.back()) {
      PERIGEE_RETURN_IF_ERROR(
          Write(copy_.get(), writer.move_head.get(), unit.rows[unit.journal_row].values));
      PERIGEE_RETURN_IF_ERROR(Execute(copy_.get(), "COMMIT"));
      waiting = 0;
    }
  }
  return Result{static_cast<std::int64_t>(units.size()),
                std::chrono::duration<double>(Clock::now() - begin).count()};
}

double SyncMicros(const std::string& folder) {
  constexpr int kSyncs = 200;
  const std::string path = folder + "/sync";
  const int file = ::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  const std::array<char, 4096> page{};
  std::vector<double> micros;
  for (int i = 0; i < kSyncs; ++i) {
    [[maybe_unused]] const ssize_t written = ::write(file, page.data(), page.size());
    const auto begin = Clock::now();
    ::fdatasync(file);
    micros.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
  }
  ::close(file);
  ::unlink(path.c_str());
  return Median(micros);
}

}  // namespace perigee::bench
