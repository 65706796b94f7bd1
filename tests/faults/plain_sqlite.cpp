#include <sqlite3.h>

#include <filesystem>
#include <string_view>

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "tests/faults/plain_sql.h"

namespace perigee::tests {
namespace {

constexpr int kBusyMs = 10'000;

std::string Column(sqlite3_stmt* statement, int column) {
  const auto* const bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
  const absl::string_view text(bytes == nullptr ? "" : bytes, size);
  return sqlite3_column_type(statement, column) == SQLITE_BLOB ? absl::BytesToHexString(text)
                                                               : std::string(text);
}

}  // namespace

std::shared_ptr<sqlite3> PlainSqlite::Open() const {
  sqlite3* db = nullptr;
  EXPECT_EQ(sqlite3_open_v2(path_.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK);
  sqlite3_busy_timeout(db, kBusyMs);
  if (const std::string keys = path_ + "-keys"; std::filesystem::exists(keys)) {
    const std::string attach = "ATTACH '" + keys + "' AS public_keys";
    EXPECT_EQ(sqlite3_exec(db, attach.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
  }
  return {db, &sqlite3_close};
}

SqlRows PlainSqlite::Query(const std::string& sql) const {
  const std::shared_ptr<sqlite3> db = held_ == nullptr ? Open() : held_;
  sqlite3_stmt* statement = nullptr;
  SqlRows rows;
  EXPECT_EQ(sqlite3_prepare_v2(db.get(), sql.c_str(), -1, &statement, nullptr), SQLITE_OK)
      << sql << ": " << sqlite3_errmsg(db.get());
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    std::string& row = rows.emplace_back();
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      row += (i == 0 ? "" : "|") + Column(statement, i);
    }
  }
  EXPECT_EQ(code, SQLITE_DONE) << sql << ": " << sqlite3_errmsg(db.get());
  sqlite3_finalize(statement);
  return rows;
}

std::unique_ptr<PlainSql> PlainSqlite::Snapshot() const {
  auto snapshot = std::make_unique<PlainSqlite>(path_);
  snapshot->held_ = Open();
  // The transaction begins with the first read.
  EXPECT_EQ(sqlite3_exec(snapshot->held_.get(), "BEGIN; SELECT COUNT(*) FROM meta", nullptr,
                         nullptr, nullptr),
            SQLITE_OK);
  return snapshot;
}

}  // namespace perigee::tests
