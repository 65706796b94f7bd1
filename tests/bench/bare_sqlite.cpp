#include <sqlite3.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/adapters/sql/sqlite/sqlite_checkpointer.h"
#include "server/core/status_macros.h"
#include "tests/bench/bare_store.h"

namespace perigee::bench {
namespace {

// The settings of server/adapters/sql/sqlite/sqlite_driver.cpp.
constexpr const char* kSettings =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536";

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

std::string Bytes(sqlite3_stmt* statement, int column) {
  const void* bytes = sqlite3_column_blob(statement, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
  return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), size);
}

BareValue Column(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return BareValue::Int(sqlite3_column_int64(statement, column));
    case SQLITE_TEXT:
      return {BareValue::Kind::kText, 0, Bytes(statement, column)};
    case SQLITE_BLOB:
      return {BareValue::Kind::kBlob, 0, Bytes(statement, column)};
    default:
      return {};
  }
}

void Bind(sqlite3_stmt* statement, int place, const BareValue& value) {
  switch (value.kind) {
    case BareValue::Kind::kNull:
      sqlite3_bind_null(statement, place);
      break;
    case BareValue::Kind::kInt:
      sqlite3_bind_int64(statement, place, value.number);
      break;
    case BareValue::Kind::kText:
      sqlite3_bind_text64(statement, place, value.bytes.data(), value.bytes.size(), SQLITE_STATIC,
                          SQLITE_UTF8);
      break;
    case BareValue::Kind::kBlob:
      sqlite3_bind_blob64(statement, place, value.bytes.data(), value.bytes.size(), SQLITE_STATIC);
      break;
  }
}

class BareSqlite final : public BareStore {
 public:
  static absl::StatusOr<std::unique_ptr<BareStore>> Open(const std::string& path) {
    static const int uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    static_cast<void>(uncounted);
    auto store = std::make_unique<BareSqlite>(path);
    sqlite3* database = nullptr;
    const int result = sqlite3_open_v2(
        path.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, /*vfs=*/nullptr);
    store->database_.reset(database);
    if (result != SQLITE_OK) {
      return store->Failed();
    }
    PERIGEE_RETURN_IF_ERROR(store->Execute(kSettings));
    store->checkpointer_.Follow(database);
    return store;
  }

  explicit BareSqlite(std::string path) : checkpointer_(std::move(path)) {}

  absl::Status Select(const std::string& sql, const std::function<void(BareRow)>& visit) override {
    PERIGEE_ASSIGN_OR_RETURN(const Statement select, Compile(sql));
    int result = SQLITE_OK;
    while ((result = sqlite3_step(select.get())) == SQLITE_ROW) {
      BareRow row;
      for (int column = 0; column < sqlite3_column_count(select.get()); ++column) {
        row.push_back(Column(select.get(), column));
      }
      visit(std::move(row));
    }
    return result == SQLITE_DONE ? absl::OkStatus() : Failed();
  }

  absl::StatusOr<int> CountColumns(const std::string& table) override {
    PERIGEE_ASSIGN_OR_RETURN(const Statement select, Compile("SELECT * FROM " + table));
    return sqlite3_column_count(select.get());
  }

  absl::StatusOr<int> Prepare(const std::string& sql) override {
    PERIGEE_ASSIGN_OR_RETURN(Statement statement, Compile(sql));
    statements_.push_back(std::move(statement));
    return static_cast<int>(statements_.size()) - 1;
  }

  absl::Status Begin() override { return Execute("BEGIN IMMEDIATE"); }

  absl::Status Write(int statement, std::span<const BareValue> values) override {
    sqlite3_stmt* prepared = statements_[static_cast<std::size_t>(statement)].get();
    int place = 0;
    for (const BareValue& value : values) {
      Bind(prepared, ++place, value);
    }
    const int result = sqlite3_step(prepared);
    sqlite3_reset(prepared);
    return result == SQLITE_DONE ? absl::OkStatus() : Failed();
  }

  absl::Status Commit() override { return Execute("COMMIT"); }

 private:
  absl::Status Failed() const {
    return absl::InternalError(absl::StrCat("SQLite: ", sqlite3_errmsg(database_.get())));
  }

  absl::Status Execute(const char* sql) {
    return sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK
               ? absl::OkStatus()
               : Failed();
  }

  absl::StatusOr<Statement> Compile(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database_.get(), sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
      return Failed();
    }
    return Statement(statement);
  }

  sql::SqliteCheckpointer checkpointer_;              // Must outlive the database.
  std::unique_ptr<sqlite3, CloseDatabase> database_;  // Must outlive the statements.
  std::vector<Statement> statements_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<BareStore>> OpenBareSqlite(const std::string& path) {
  return BareSqlite::Open(path);
}

}  // namespace perigee::bench
