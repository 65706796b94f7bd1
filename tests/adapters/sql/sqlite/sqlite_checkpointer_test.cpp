#include "server/adapters/sql/sqlite/sqlite_checkpointer.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

struct CloseSqlite {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};

TEST(SqliteCheckpointerTest, MovesTheLogWithoutTheWriter) {
  constexpr int kPages = 50;
  const TemporaryFolder folder;
  const std::string path = folder.path() / "store.db";
  sql::SqliteCheckpointer checkpointer(path, kPages);
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &raw), SQLITE_OK);
  const std::unique_ptr<sqlite3, CloseSqlite> writer(raw);
  const auto run = [&](const char* sql) {
    ASSERT_EQ(sqlite3_exec(raw, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sql;
  };
  run("PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)");
  checkpointer.Follow(raw);
  const std::uintmax_t before = std::filesystem::file_size(path);
  // This is the writer's only commit.
  run("INSERT INTO t (body) VALUES (zeroblob(409600))");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::filesystem::file_size(path) == before &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_GT(std::filesystem::file_size(path), before);
}

}  // namespace
}  // namespace perigee::tests
