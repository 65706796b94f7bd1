#include "server/adapters/sql/sqlite/sqlite_store.h"

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <utility>

#include <gmock/gmock.h>

#include "server/adapters/sql/sqlite/sqlite_driver.h"
#include "server/ports/journal/journal_reader.h"
#include "tests/adapters/sql/forget_requests.h"
#include "tests/adapters/sql/named_records.h"
#include "tests/adapters/sql/sqlite/raw_sqlite.h"
#include "tests/adapters/sql/sqlite/sqlite_under_test.h"
#include "tests/fakes/failing_store.h"

namespace perigee::tests {
namespace {

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance,
                         testing::Values(StoreEngine{
                             "Sqlite", [] { return std::make_unique<SqliteUnderTest>(); }}),
                         EngineName);

class SqliteStoreTest : public testing::Test {
 protected:
  void Migrate() { ASSERT_THAT(sql::MigrateSqliteStore(path_), IsOk()); }
  // Expects a refusal as unavailable whose advice contains `advice`.
  void ExpectRefused(const absl::Status& status, const std::string& advice) {
    EXPECT_THAT(status, HasReason(Reason::kStoreUnavailable));
    EXPECT_THAT(std::string(status.message()), testing::HasSubstr(advice));
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_.File("store.db");
};

absl::StatusOr<ports::Outcome> WriteProgram(ports::Store& store, const std::string& program,
                                            std::uint32_t request) {
  std::promise<absl::StatusOr<ports::Outcome>> promise;
  store.Write(
      {program, Request(request), kStart,
       [&](ports::StoreReader&, const ports::UnitContext&) {
         ports::Decision decision;
         decision.changes.records.Put(domain::Program{program, "P", "UTC", kStart, kStart, 1});
         return absl::StatusOr<ports::Decision>(std::move(decision));
       }},
      [&](const absl::StatusOr<ports::Outcome>& outcome) { promise.set_value(outcome); });
  return promise.get_future().get();
}

TEST_F(SqliteStoreTest, AMissingFileIsRefusedWithAdvice) {
  ExpectRefused(sql::OpenSqliteStore(path_).status(), "perigeed migrate");
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(SqliteStoreTest, AWriteThatWouldWaitTooLongIsRefusedAtOnce) {
  Migrate();
  sql::SqlStoreOptions options;
  options.patience = std::chrono::nanoseconds(1);
  const auto store = *sql::OpenSqliteStore(path_, options);
  ASSERT_THAT(WriteProgram(*store, "acme", 1), IsOk());  // The store learns the pace.
  std::promise<void> begun;
  std::promise<void> go_on;
  std::vector<std::promise<absl::StatusOr<ports::Outcome>>> promises(4);
  const auto write = [&](std::size_t i, ports::Decide decide) {
    store->Write({"acme", std::nullopt, kStart, std::move(decide)},
                 [&promises, i](absl::StatusOr<ports::Outcome> outcome) {
                   promises[i].set_value(std::move(outcome));
                 });
  };
  const auto nothing = [](ports::StoreReader&, const ports::UnitContext&) {
    return absl::StatusOr<ports::Decision>(ports::Decision{});
  };
  write(0, [&](ports::StoreReader&, const ports::UnitContext&) {
    begun.set_value();
    go_on.get_future().wait();
    return absl::StatusOr<ports::Decision>(ports::Decision{});
  });
  begun.get_future().wait();
  write(1, nothing);
  write(2, nothing);
  EXPECT_THAT(promises[2].get_future().get(), HasReason(Reason::kOverloaded));
  go_on.set_value();
  EXPECT_THAT(promises[0].get_future().get(), IsOk());
  EXPECT_THAT(promises[1].get_future().get(), IsOk());
  write(3, nothing);
  EXPECT_THAT(promises[3].get_future().get(), IsOk());
}

TEST_F(SqliteStoreTest, MigratingTwiceKeepsTheStore) {
  Migrate();
  const std::string secret = (*sql::OpenSqliteStore(path_))->TokenSecret().value();
  Migrate();
  EXPECT_EQ((*sql::OpenSqliteStore(path_))->TokenSecret().value(), secret);
}

TEST_F(SqliteStoreTest, AFileThatIsNoDatabaseIsRefusedAndLeftAlone) {
  const std::string text(5000, 'x');
  std::ofstream(path_) << text;
  ExpectRefused(sql::OpenSqliteStore(path_).status(), "no store of Perigee");
  ExpectRefused(sql::MigrateSqliteStore(path_), "no store of Perigee");
  std::ifstream file(path_);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), text);
}

TEST_F(SqliteStoreTest, AnotherProgramsDatabaseIsRefused) {
  RunRaw(path_, "CREATE TABLE notes (text TEXT)");
  ExpectRefused(sql::OpenSqliteStore(path_).status(), "another program");
  ExpectRefused(sql::MigrateSqliteStore(path_), "another program");
}

TEST_F(SqliteStoreTest, AFileThatWasCutOffIsRefused) {
  Migrate();
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) / 2);
  ExpectRefused(sql::OpenSqliteStore(path_).status(), "restore a backup");
}

TEST_F(SqliteStoreTest, KeysMayStandElsewhereAndAreForTheirOwnerOnly) {
  const sql::SqliteFiles files(path_, folder_.File("elsewhere.keys"));
  ASSERT_THAT(sql::MigrateSqliteStore(files), IsOk());
  EXPECT_THAT(sql::OpenSqliteStore(files), IsOk());
  EXPECT_EQ(std::filesystem::status(files.keys).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  ExpectRefused(sql::OpenSqliteStore(path_).status(), "--keys");
}

TEST_F(SqliteStoreTest, LostKeysAreRefusedWithAdvice) {
  Migrate();
  std::filesystem::remove(path_ + "-keys");
  ExpectRefused(sql::OpenSqliteStore(path_).status(), "restore the newest backup");
  ExpectRefused(sql::MigrateSqliteStore(path_), "restore the newest backup");
}

TEST_F(SqliteStoreTest, KeysOfAnotherStoreAreRefused) {
  Migrate();
  const std::string other = folder_.File("other.db");
  ASSERT_THAT(sql::MigrateSqliteStore(other), IsOk());
  ExpectRefused(sql::OpenSqliteStore({path_, other + "-keys"}).status(), "another store");
  ExpectRefused(sql::OpenSqliteStore({path_, other}).status(), "another program");
}

// A restore that forgets the log of the later time.
TEST_F(SqliteStoreTest, ALogOfAnotherTimeIsRefusedAndChangesNothing) {
  namespace fs = std::filesystem;
  Migrate();
  const auto write = [](sql::SqlStore& store, int from, int to) {
    for (int i = from; i < to; ++i) {
      ASSERT_THAT(WriteProgram(store, "acme" + std::to_string(i), 1), IsOk());
    }
  };
  write(**sql::OpenSqliteStore(path_), 0, 20);
  const std::string backup = folder_.File("backup.db");
  fs::copy_file(path_, backup);
  write(**sql::OpenSqliteStore(path_), 20, 400);  // Ends with an empty log.
  const std::string log = folder_.File("saved-wal");
  {
    const auto store = *sql::OpenSqliteStore(path_);
    ASSERT_THAT(WriteProgram(*store, "acme7", 2), IsOk());
    fs::copy_file(path_ + "-wal", log);
  }
  fs::copy_file(backup, path_, fs::copy_options::overwrite_existing);
  fs::copy_file(log, path_ + "-wal", fs::copy_options::overwrite_existing);
  fs::last_write_time(path_ + "-wal", fs::last_write_time(path_) - std::chrono::hours(1));
  ExpectRefused(sql::OpenSqliteStore(path_).status(), path_ + "-wal");
  // The advice helps.
  fs::remove(path_ + "-wal");
  fs::remove(path_ + "-shm");
  const auto restored = sql::OpenSqliteStore(path_);
  ASSERT_THAT(restored, IsOk());
  EXPECT_THAT((*restored)->Read([](ports::StoreReader& reader) {
    EXPECT_EQ(reader.journal().Heads()->size(), 20);
    return absl::OkStatus();
  }),
              IsOk());
}

TEST_F(SqliteStoreTest, ASecondServerIsRefusedUntilTheFirstIsGone) {
  Migrate();
  auto first = sql::OpenSqliteStore(path_);
  ASSERT_THAT(first, IsOk());
  ExpectRefused(sql::OpenSqliteStore(path_).status(), "another perigeed");
  ExpectRefused(sql::MigrateSqliteStore(path_), "another perigeed");
  first->reset();
  EXPECT_THAT(sql::OpenSqliteStore(path_), IsOk());
}

TEST_F(SqliteStoreTest, ANewerSchemaIsRefusedWithAdvice) {
  Migrate();
  RunRaw(path_, "INSERT INTO schema_version (version) VALUES (99)");
  ExpectRefused(sql::OpenSqliteStore(path_).status(), "newer perigeed");
  ExpectRefused(sql::MigrateSqliteStore(path_), "newer perigeed");
}

TEST_F(SqliteStoreTest, AnOlderSchemaIsRefusedWithAdvice) {
  Migrate();
  RunRaw(path_, "DELETE FROM schema_version");
  ExpectRefused(sql::OpenSqliteStore(path_).status(), "perigeed migrate");
}

TEST_F(SqliteStoreTest, AFolderThatIsMissingIsRefused) {
  ExpectRefused(sql::MigrateSqliteStore(folder_.File("no/such/store.db")), "check the path");
}

// Not root for a while, because root can write everything.
class WithoutRights {
 public:
  WithoutRights() {
    if (root_) {
      EXPECT_EQ(seteuid(65534), 0);
    }
  }
  ~WithoutRights() {
    if (root_) {
      EXPECT_EQ(seteuid(0), 0);
    }
  }
  WithoutRights(const WithoutRights&) = delete;
  WithoutRights& operator=(const WithoutRights&) = delete;

 private:
  const bool root_ = geteuid() == 0;
};

TEST_F(SqliteStoreTest, AFolderThatCannotBeWrittenIsRefused) {
  using std::filesystem::perms;
  Migrate();
  std::filesystem::remove(path_ + "-lock");
  std::filesystem::permissions(
      folder_.path(),
      perms::all & ~(perms::owner_write | perms::group_write | perms::others_write));
  {
    const WithoutRights nobody;
    ExpectRefused(sql::OpenSqliteStore(path_).status(), "cannot be written");
  }
  std::filesystem::permissions(folder_.path(), perms::owner_all);
}

TEST_F(SqliteStoreTest, AFileThatCannotBeWrittenIsRefused) {
  using std::filesystem::perms;
  Migrate();
  std::filesystem::remove(path_ + "-lock");
  std::filesystem::permissions(folder_.path(), perms::all);
  std::filesystem::permissions(path_, perms::owner_read | perms::group_read | perms::others_read);
  const WithoutRights nobody;
  ExpectRefused(sql::OpenSqliteStore(path_).status(), "can be read but not written");
  ExpectRefused(sql::MigrateSqliteStore(path_), "can be read but not written");
}

TEST_F(SqliteStoreTest, AfterAStopWritesAreRefusedAndReadsGoOn) {
  Migrate();
  auto store = sql::OpenSqliteStore(path_);
  ASSERT_THAT(store, IsOk());
  ASSERT_THAT(WriteProgram(**store, "demo", 1), IsOk());
  (*store)->Stop();
  EXPECT_THAT(WriteProgram(**store, "late", 2), HasReason(Reason::kShuttingDown));
  EXPECT_THAT((*store)->Read([](ports::StoreReader& reader) {
    EXPECT_EQ(reader.journal().Head("demo").value(), 1);
    return absl::OkStatus();
  }),
              IsOk());
}

TEST_F(SqliteStoreTest, RequestIdsAreForgottenByAge) {
  Migrate();
  auto store = sql::OpenSqliteStore(path_);
  ASSERT_THAT(store, IsOk());
  ASSERT_THAT(WriteProgram(**store, "demo", 1), IsOk());
  ASSERT_THAT((*store)->ForgetRequests(kStart), IsOk());
  EXPECT_TRUE(WriteProgram(**store, "demo", 1)->replayed);
  ASSERT_THAT((*store)->ForgetRequests(kStart + Duration(1)), IsOk());
  EXPECT_FALSE(WriteProgram(**store, "demo", 1)->replayed);
}

TEST_F(SqliteStoreTest, RequestIdsAreForgottenInPortionsBetweenWrites) {
  Migrate();
  auto database = sql::OpenSqlite(path_, sql::SqliteUse::kServe);
  ASSERT_THAT(database, IsOk());
  ExpectForgetsInPortions(*std::move(database));
}

TEST_F(SqliteStoreTest, RecordsThatABatchNamesAreAskedForOnce) {
  Migrate();
  auto database = sql::OpenSqlite(path_, sql::SqliteUse::kServe);
  ASSERT_THAT(database, IsOk());
  ExpectAsksOnceForNamedRecords(*std::move(database));
}

TEST_F(SqliteStoreTest, AStoreThatStoppedForgetsNothing) {
  Migrate();
  auto store = sql::OpenSqliteStore(path_);
  ASSERT_THAT(store, IsOk());
  (*store)->Stop();
  EXPECT_THAT((*store)->ForgetRequests(kStart), HasReason(Reason::kShuttingDown));
}

// While this object lives, no file of this process can grow, as on a full disk.
class FullDisk {
 public:
  FullDisk() {
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit none = before_;
    none.rlim_cur = 1;
    setrlimit(RLIMIT_FSIZE, &none);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, SIG_DFL);
  }

 private:
  rlimit before_{};
};

TEST_F(SqliteStoreTest, AFullDiskFailsTheWriteAndNothingElse) {
  Migrate();
  auto store = sql::OpenSqliteStore(path_);
  ASSERT_THAT(store, IsOk());
  ASSERT_THAT(WriteProgram(**store, "demo", 1), IsOk());
  {
    const FullDisk full;
    EXPECT_THAT(WriteProgram(**store, "late", 2), HasReason(Reason::kStoreUnavailable));
    EXPECT_THAT((*store)->Ready(), HasReason(Reason::kStoreUnavailable));
    EXPECT_THAT((*store)->Read([](ports::StoreReader& reader) {
      EXPECT_EQ(reader.journal().Head("demo").value(), 1);
      EXPECT_EQ(reader.journal().Head("late").value(), 0);
      return absl::OkStatus();
    }),
                IsOk());
  }
  EXPECT_THAT((*store)->Ready(), IsOk());
  const auto again = WriteProgram(**store, "late", 2);
  ASSERT_THAT(again, IsOk());
  EXPECT_FALSE(again->replayed);
}

TEST_F(SqliteStoreTest, AFailingStoreFailsTheCallItWasToldTo) {
  Migrate();
  auto store = sql::OpenSqliteStore(path_);
  ASSERT_THAT(store, IsOk());
  FailingStore failing(**store);
  const auto read = [](ports::StoreReader&) { return absl::OkStatus(); };
  failing.FailWrite(2);
  failing.FailRead(1);
  EXPECT_THAT(WriteProgram(failing, "a", 1), IsOk());
  EXPECT_THAT(WriteProgram(failing, "b", 2), HasReason(Reason::kStoreUnavailable));
  EXPECT_THAT(WriteProgram(failing, "b", 2), IsOk());
  EXPECT_THAT(failing.Read(read), HasReason(Reason::kStoreUnavailable));
  EXPECT_THAT(failing.Read(read), IsOk());
  failing.SetDown(true);
  EXPECT_THAT(failing.Ready(), HasReason(Reason::kStoreUnavailable));
}

}  // namespace
}  // namespace perigee::tests
