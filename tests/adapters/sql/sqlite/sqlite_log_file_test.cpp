#include "server/adapters/sql/sqlite/sqlite_log_file.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

struct CloseSqlite {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
using SqliteHandle = std::unique_ptr<sqlite3, CloseSqlite>;

// How many times this process has called the system to write.
std::int64_t SystemWrites() {
  std::ifstream io("/proc/self/io");
  for (std::string name, value; io >> name >> value;) {
    if (name == "syscw:") {
      return std::stoll(value);
    }
  }
  return -1;
}

class SqliteLogFileTest : public testing::Test {
 protected:
  SqliteLogFileTest() {
    EXPECT_EQ(Run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                  "CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)"),
              SQLITE_OK);
  }

  SqliteHandle Open(const char* file_system) const {
    sqlite3* raw = nullptr;
    EXPECT_EQ(sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                              file_system),
              SQLITE_OK);
    return SqliteHandle(raw);
  }
  int Run(const std::string& sql) {
    return sqlite3_exec(writer.get(), sql.c_str(), nullptr, nullptr, nullptr);
  }
  int AddBytes(int bytes) {
    return Run("INSERT INTO t (body) VALUES (randomblob(" + std::to_string(bytes) + "))");
  }
  // The answer of a connection of its own, with the system's own file system.
  std::string Asked(const std::string& sql) const {
    const SqliteHandle reader = Open(nullptr);
    std::string answer;
    EXPECT_EQ(sqlite3_exec(
                  reader.get(), sql.c_str(),
                  [](void* into, int /*columns*/, char** values, char** /*names*/) {
                    *static_cast<std::string*>(into) = values[0];
                    return 0;
                  },
                  &answer, nullptr),
              SQLITE_OK);
    return answer;
  }

  const TemporaryFolder folder;
  const std::string path = folder.path() / "store.db";
  SqliteHandle writer = Open(sql::GatheringFileSystem());
};

TEST_F(SqliteLogFileTest, ACommitOfManyPagesIsOneWrite) {
  ASSERT_EQ(AddBytes(1), SQLITE_OK);
  const std::int64_t before = SystemWrites();
  ASSERT_EQ(AddBytes(20 * 4096), SQLITE_OK);
  EXPECT_EQ(SystemWrites() - before, 1);
}

TEST_F(SqliteLogFileTest, OthersSeeAllOfALargeCommit) {
  const SqliteHandle reader = Open(nullptr);
  ASSERT_EQ(AddBytes(1'000'000), SQLITE_OK);
  EXPECT_EQ(Asked("SELECT SUM(LENGTH(body)) FROM t"), "1000000");
  EXPECT_EQ(Asked("PRAGMA integrity_check"), "ok");
}

TEST_F(SqliteLogFileTest, ATransactionThatSpillsReadsItsOwnPages) {
  ASSERT_EQ(Run("PRAGMA cache_size = 10; BEGIN"), SQLITE_OK);
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(AddBytes(3000), SQLITE_OK);
  }
  ASSERT_EQ(Run("UPDATE t SET body = randomblob(2000) WHERE id % 7 = 0; COMMIT"), SQLITE_OK);
  EXPECT_EQ(Asked("SELECT SUM(LENGTH(body)) FROM t"), std::to_string(172 * 3000 + 28 * 2000));
  EXPECT_EQ(Asked("PRAGMA integrity_check"), "ok");
}

TEST_F(SqliteLogFileTest, AFailedWriteFailsItsCommitAndNoOther) {
  ASSERT_EQ(AddBytes(1), SQLITE_OK);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  const rlimit short_of_it{std::filesystem::file_size(path + "-wal") + 4096, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &short_of_it), 0);
  EXPECT_NE(AddBytes(20 * 4096), SQLITE_OK);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, handler);
  EXPECT_EQ(Asked("SELECT COUNT(*) FROM t"), "1");

  ASSERT_EQ(AddBytes(10 * 4096), SQLITE_OK);
  EXPECT_EQ(Asked("SELECT COUNT(*) FROM t"), "2");
  EXPECT_EQ(Asked("PRAGMA integrity_check"), "ok");
}

}  // namespace
}  // namespace perigee::tests
