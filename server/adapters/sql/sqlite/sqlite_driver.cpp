#include "server/adapters/sql/sqlite/sqlite_driver.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/adapters/sql/sqlite/sqlite_checkpointer.h"
#include "server/adapters/sql/sqlite/sqlite_errors.h"
#include "server/adapters/sql/sqlite/sqlite_file_lock.h"
#include "server/adapters/sql/sqlite/sqlite_functions.h"
#include "server/adapters/sql/sqlite/sqlite_log_file.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"

namespace perigee::sql {
namespace {

// "PERG". Tells a store from other SQLite files.
constexpr std::int64_t kApplicationId = 0x50455247;
// "PERK". Tells a file of keys.
constexpr std::int64_t kKeysApplicationId = 0x5045524b;
constexpr int kBusyTimeoutMs = 5000;
// The writer waits for the keys, so a reader must not hold them up for long.
constexpr int kKeysBusyTimeoutMs = 200;
constexpr std::chrono::seconds kLogLagMax{5};

constexpr const char* kWriterSettings =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA cache_size = -65536;"
    "PRAGMA foreign_keys = OFF;";
constexpr const char* kAsideSettings =
    "PRAGMA synchronous = NORMAL;"
    "PRAGMA wal_autocheckpoint = 0;";
constexpr const char* kKeysSettings =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA secure_delete = ON;";
constexpr const char* kReaderSettings =
    "PRAGMA query_only = ON;"
    "PRAGMA cache_size = -16384;"
    "PRAGMA mmap_size = 1073741824;";

const char* SettingsFor(Database::Access access) {
  switch (access) {
    case Database::Access::kRead:
      break;
    case Database::Access::kWrite:
      return kWriterSettings;
    case Database::Access::kAside:
      return kAsideSettings;
    case Database::Access::kKeys:
      return kKeysSettings;
  }
  return kReaderSettings;
}

class SqliteRow final : public Row {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}
  bool IsNull(int column) const override {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }
  std::int64_t Int(int column) const override { return sqlite3_column_int64(statement_, column); }
  std::string_view Bytes(int column) const override {
    const void* bytes = sqlite3_column_blob(statement_, column);
    if (bytes == nullptr) {
      return {};
    }
    return {static_cast<const char*>(bytes),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }

 private:
  sqlite3_stmt* statement_;
};

struct CloseSqlite {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using SqliteHandle = std::unique_ptr<sqlite3, CloseSqlite>;
using StatementHandle = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

int Bind(sqlite3_stmt* statement, int index, const Value& value) {
  const std::string_view bytes = value.bytes();
  // A null pointer would bind NULL.
  const char* data = bytes.data() == nullptr ? "" : bytes.data();
  switch (value.kind()) {
    case Value::Kind::kNull:
      return sqlite3_bind_null(statement, index);
    case Value::Kind::kInt:
      return sqlite3_bind_int64(statement, index, value.as_int());
    case Value::Kind::kText:
      return sqlite3_bind_text64(statement, index, data, bytes.size(), SQLITE_STATIC, SQLITE_UTF8);
    case Value::Kind::kBlob:
      return sqlite3_bind_blob64(statement, index, data, bytes.size(), SQLITE_STATIC);
  }
  return SQLITE_MISUSE;
}

std::string Filled(std::string_view sql) {
  return absl::StrReplaceAll(absl::string_view(sql.data(), sql.size()),
                             {{"{text}", "TEXT"},
                              {"{blob}", "BLOB"},
                              {"{clustered}", "WITHOUT ROWID"},
                              {"{nil}", "x''"},
                              {"{for_update}", ""},
                              {"{keys_schema}", ""}});
}

class SqliteConnection final : public Connection {
 public:
  explicit SqliteConnection(SqliteHandle db) : db_(std::move(db)) {}
  sqlite3* handle() const { return db_.get(); }

  absl::Status Query(Sql sql, Values values, absl::FunctionRef<void(const Row&)> visit) override {
    PERIGEE_RETURN_IF_ERROR(broken_);
    absl::Status status = Step(sql, values, visit);
    if (!status.ok() && in_transaction_) {
      broken_ = status;
    }
    return status.ok() && std::exchange(unreadable_, false) ? UnreadableRow() : status;
  }
  absl::Status Ask(Sql sql, Values values, std::size_t width, VisitRun visit) override {
    absl::Status status;
    for (std::size_t run = 0; run * width < values.size() && broken_.ok(); ++run) {
      status.Update(
          Query(sql, values.subspan(run * width, width), [&](const Row& row) { visit(run, row); }));
    }
    return status;
  }
  absl::Status Sync() override { return broken_; }
  absl::Status Execute(Sql sql, Values values) override {
    return Query(sql, values, [](const Row&) {});
  }

  absl::Status Run(const std::string& script) override {
    const int code = sqlite3_exec(db_.get(), Filled(script).c_str(), nullptr, nullptr, nullptr);
    return code == SQLITE_OK ? absl::OkStatus() : FaultOf(db_.get());
  }

  absl::Status BeginRead() override { return Begin("BEGIN DEFERRED"); }
  absl::Status BeginWrite() override { return Begin("BEGIN IMMEDIATE"); }
  absl::Status Commit() override {
    absl::Status status = Execute("COMMIT", {});
    Rollback();
    return status;
  }
  void Rollback() override {
    // There is no transaction after a commit, or if a full disk ended it by itself.
    if (sqlite3_get_autocommit(db_.get()) == 0) {
      sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
    in_transaction_ = false;
    broken_ = absl::OkStatus();
  }

  absl::StatusOr<bool> Wipe() override {
    std::int64_t busy = 0;
    PERIGEE_RETURN_IF_ERROR(
        Query("PRAGMA wal_checkpoint(TRUNCATE)", {}, [&](const Row& row) { busy = row.Int(0); }));
    return busy == 0;
  }

  absl::Status Broken() const override { return broken_; }
  bool Lost() override { return false; }

 private:
  struct Prepared {
    StatementHandle statement;
    std::vector<int> indexes;  // SQLite's index of $1, $2 …
  };

  absl::Status Begin(Sql sql) {
    PERIGEE_RETURN_IF_ERROR(Execute(sql, {}));
    in_transaction_ = true;
    return absl::OkStatus();
  }

  absl::Status Step(Sql sql, Values values, absl::FunctionRef<void(const Row&)> visit) {
    PERIGEE_ASSIGN_OR_RETURN(const Prepared* prepared, Prepare(sql));
    sqlite3_stmt* statement = prepared->statement.get();
    if (values.size() != prepared->indexes.size()) {
      return Error(Reason::kInternal, "a statement was given the wrong number of values");
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (const int code = Bind(statement, prepared->indexes[i], values[i]); code != SQLITE_OK) {
        return StatusOf(code, sqlite3_system_errno(db_.get()));
      }
    }
    const SqliteRow row(statement);
    int code = SQLITE_OK;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
      visit(row);
    }
    unreadable_ = row.failed();
    if (code != SQLITE_DONE) {
      code = sqlite3_extended_errcode(db_.get());
    }
    sqlite3_reset(statement);
    return code == SQLITE_DONE ? absl::OkStatus() : StatusOf(code, sqlite3_system_errno(db_.get()));
  }

  absl::StatusOr<const Prepared*> Prepare(Sql sql) {
    if (const auto found = prepared_.find(sql.name()); found != prepared_.end()) {
      return &found->second;
    }
    const std::string filled = Filled(sql.text());
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(db_.get(), filled.data(), static_cast<int>(filled.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) {
      return FaultOf(db_.get());
    }
    Prepared prepared{StatementHandle(statement), {}};
    for (int i = 1; i <= sqlite3_bind_parameter_count(statement); ++i) {
      const std::string name = absl::StrCat("$", i);
      prepared.indexes.push_back(sqlite3_bind_parameter_index(statement, name.c_str()));
    }
    return &prepared_.emplace(sql.name(), std::move(prepared)).first->second;
  }

  SqliteHandle db_;  // Must outlive the statements.
  std::unordered_map<const char*, Prepared> prepared_;
  bool in_transaction_ = false;
  bool unreadable_ = false;  // The last statement visited a failed row.
  absl::Status broken_;
};

absl::StatusOr<std::int64_t> Pragma(Connection& connection, Sql pragma) {
  std::int64_t value = 0;
  PERIGEE_RETURN_IF_ERROR(
      connection.Query(pragma, {}, [&](const Row& row) { value = row.Int(0); }));
  return value;
}

// As SQLite takes it in a URI.
std::string Quoted(std::string_view path) {
  return absl::StrReplaceAll(absl::string_view(path.data(), path.size()),
                             {{"%", "%25"}, {"?", "%3f"}, {"#", "%23"}, {"'", "''"}});
}

bool IsThere(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error);
}

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(SqliteFiles files, SqliteUse use, SqliteFileLock lock)
      : files_(std::move(files)), use_(use), lock_(std::move(lock)), checkpointer_(files_.book) {}

  absl::StatusOr<std::unique_ptr<Connection>> Connect(Access access) const override {
    const bool of_keys = access == Access::kKeys;
    PERIGEE_ASSIGN_OR_RETURN(std::unique_ptr<SqliteConnection> connection,
                             OpenFile(of_keys ? files_.keys : files_.book, 0,
                                      access == Access::kWrite ? GatheringFileSystem() : nullptr));
    PERIGEE_RETURN_IF_ERROR(connection->Run(SettingsFor(access)));
    if (of_keys) {
      sqlite3_busy_timeout(connection->handle(), kKeysBusyTimeoutMs);
    } else if (IsThere(files_.keys)) {
      // A transaction that writes locks every file that it may write.
      PERIGEE_RETURN_IF_ERROR(
          connection->Run(absl::StrCat("ATTACH 'file:", Quoted(files_.keys), "?mode=ro' AS keys;",
                                       "PRAGMA keys.cache_size = -16384;")));
    }
    if (access == Access::kWrite) {
      checkpointer_.Follow(connection->handle());
    }
    return connection;
  }

  std::unique_ptr<HeadWatch> Watch(HeadWatch::Heard) const override { return nullptr; }

  // `file_system` is null for the system's own.
  absl::StatusOr<std::unique_ptr<SqliteConnection>> OpenFile(const std::string& path, int flags,
                                                             const char* file_system) const {
    sqlite3* raw = nullptr;
    // The flag for URIs is for the file of the keys. A path may not look like one.
    const std::string name = path.starts_with("file:") ? "./" + path : path;
    const int code = sqlite3_open_v2(
        name.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | flags,
        file_system);
    SqliteHandle db(raw);
    if (code != SQLITE_OK) {
      return FaultOf(db.get());
    }
    sqlite3_extended_result_codes(db.get(), 1);
    sqlite3_busy_timeout(db.get(), kBusyTimeoutMs);
    AddSqlFunctions(db.get());
    if (use_ == SqliteUse::kInspect) {
      // An inspection changes nothing: SQLite would move the log into the file at the last close.
      sqlite3_db_config(db.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    }
    return std::make_unique<SqliteConnection>(std::move(db));
  }

 private:
  SqliteFiles files_;
  SqliteUse use_;
  SqliteFileLock lock_;
  mutable SqliteCheckpointer checkpointer_;
};

// The application id is 0 for a file without pages, which only a migration may take.
absl::Status CheckIdentity(Connection& connection, std::int64_t expected, SqliteUse use,
                           const std::string& path) {
  const absl::StatusOr<std::int64_t> id = Pragma(connection, "PRAGMA application_id");
  const absl::StatusOr<std::int64_t> objects =
      id.ok() ? Pragma(connection, "SELECT COUNT(*) FROM sqlite_master") : id;
  PERIGEE_RETURN_IF_ERROR(objects.status());
  if (*id == expected) {
    return absl::OkStatus();
  }
  if (*id != 0 || *objects != 0) {
    return Unavailable("the file belongs to another program: check the path", path);
  }
  if (use != SqliteUse::kMigrate) {
    return Unavailable("the store is empty: run `perigeed migrate`", path);
  }
  return connection.Run(absl::StrCat("PRAGMA application_id = ", expected, ";"));
}

// Whether the file was changed well after its log. A server writes the log first, and soon after
// moves it into the file; a restore that forgets the log leaves it behind an hour or a day.
bool LogIsOlder(const std::string& path) {
  std::error_code error;
  const std::uintmax_t log = std::filesystem::file_size(path + "-wal", error);
  if (error || log == 0) {
    return false;
  }
  return std::filesystem::last_write_time(path, error) -
             std::filesystem::last_write_time(path + "-wal", error) >
         kLogLagMax;
}

// Reads all pages: some seconds a gigabyte.
absl::Status CheckPages(Connection& connection) {
  std::string found;
  PERIGEE_RETURN_IF_ERROR(
      connection.Query("PRAGMA quick_check(1)", {}, [&](const Row& row) { found = row.Text(0); }));
  return found == "ok" ? absl::OkStatus() : StatusOf(SQLITE_CORRUPT, 0);
}

void KeepLogApart(SqliteConnection& connection, bool apart) {
  sqlite3_db_config(connection.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, apart ? 1 : 0, nullptr);
}

// A restore that forgets the log of the later time leaves two files that do not belong together:
// pages that do not fit each other, or a journal that does not fit its head.
absl::Status WithAdvice(const absl::Status& status, const std::string& path) {
  const bool of_content = ReasonOf(status) == Reason::kInternal;
  const bool damage = MetadataOf(status).contains(kDamageOfFile);
  std::error_code error;
  const std::uintmax_t log = std::filesystem::file_size(path + "-wal", error);
  if (status.ok() || (!of_content && !damage) || error || log == 0) {
    return of_content ? Unavailable(std::string(status.message()) + ": restore a backup", path)
                      : status;
  }
  return Unavailable(
      absl::StrCat(std::string(status.message()),
                   "; or the log beside it is of another time: after a restore, remove ", path,
                   "-wal and ", path, "-shm, and restore the file again"),
      path);
}

// A truncated file still opens; only its length shows the fault. The log is moved into the file
// first, because until then the two may differ.
absl::Status CheckLength(Connection& connection, const std::string& path) {
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t busy,
                           Pragma(connection, "PRAGMA wal_checkpoint(TRUNCATE)"));
  if (busy != 0) {
    return absl::OkStatus();  // Another process inspects the file. The next start makes the check.
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t pages, Pragma(connection, "PRAGMA page_count"));
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t size, Pragma(connection, "PRAGMA page_size"));
  std::error_code error;
  const std::uintmax_t length = std::filesystem::file_size(path, error);
  if (error || length < static_cast<std::uintmax_t>(pages * size)) {
    return Unavailable("the file is cut off: restore a backup", path);
  }
  return absl::OkStatus();
}

// Makes the file of the keys, if it may and must, and wipes what a server left in its log.
absl::Status PrepareKeys(const SqliteDatabase& database, SqliteUse use, const std::string& path) {
  if (use == SqliteUse::kMigrate) {
    const int made = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (made < 0) {
      return Unavailable("the file of the keys cannot be written: " + AdviceOn(errno), path);
    }
    close(made);
  }
  if (use == SqliteUse::kInspect || !IsThere(path)) {
    return absl::OkStatus();
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<SqliteConnection> connection,
                           database.OpenFile(path, 0, nullptr));
  if (sqlite3_db_readonly(connection->handle(), "main") == 1) {
    return Unavailable(
        "the file of the keys can be read but not written: check its owner and its "
        "permissions, or run perigeed as its owner",
        path);
  }
  PERIGEE_RETURN_IF_ERROR(CheckIdentity(*connection, kKeysApplicationId, use, path));
  PERIGEE_RETURN_IF_ERROR(connection->Run(kKeysSettings));
  return connection->Wipe().status();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> OpenSqlite(const SqliteFiles& files, SqliteUse use,
                                                     const CheckContent& check) {
  const std::string& path = files.book;
  // Without this, SQLite takes a lock of the whole process for each allocation, to count its
  // memory. If SQLite is in use already, it refuses this setting and goes on counting.
  static const int uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(uncounted);
  if (use != SqliteUse::kMigrate && !IsThere(path)) {
    return Unavailable("there is no store at this path: run `perigeed migrate` to make one", path);
  }
  SqliteFileLock lock;
  if (use != SqliteUse::kInspect) {
    PERIGEE_ASSIGN_OR_RETURN(lock, SqliteFileLock::Take(path));
  }
  auto database = std::make_unique<SqliteDatabase>(files, use, std::move(lock));
  absl::StatusOr<std::unique_ptr<SqliteConnection>> opened =
      database->OpenFile(path, use == SqliteUse::kMigrate ? SQLITE_OPEN_CREATE : 0, nullptr);
  PERIGEE_RETURN_IF_ERROR(opened.status());
  // Until both are known to belong together, a close must not move the log into the file.
  KeepLogApart(**opened, true);
  // SQLite opens a file that it may only read, and the first write would fail.
  if (use != SqliteUse::kInspect && sqlite3_db_readonly((*opened)->handle(), "main") == 1) {
    return Unavailable(
        "the store's file can be read but not written: check its owner and its permissions, or run "
        "perigeed as its owner",
        path);
  }
  absl::Status status = CheckIdentity(**opened, kApplicationId, use, path);
  if (status.ok() && use != SqliteUse::kInspect) {
    status = (*opened)->Run(kWriterSettings);
  }
  if (status.ok() && LogIsOlder(path)) {
    status = CheckPages(**opened);
  }
  if (status.ok() && check) {
    status = check(**opened);
  }
  if (status.ok() && use != SqliteUse::kInspect) {
    status = CheckLength(**opened, path);
  }
  PERIGEE_RETURN_IF_ERROR(WithAdvice(status, path));
  KeepLogApart(**opened, use == SqliteUse::kInspect);
  PERIGEE_RETURN_IF_ERROR(WithAdvice(PrepareKeys(*database, use, files.keys), files.keys));
  return std::unique_ptr<Database>(std::move(database));
}

}  // namespace perigee::sql
