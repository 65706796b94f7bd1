#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/adapters/sql/sqlite/raw_sqlite.h"
#include "tests/faults/plain_sql.h"
#include "tests/faults/workload.h"
#include "tests/matchers/status.h"
#include "tests/support/paced_reads.h"
#include "tests/support/perigeed.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;

constexpr std::uintmax_t kPage = 4096;

class StoreFileTest : public testing::Test {
 protected:
  static void Await(milliseconds time) { tests::Await(steady_clock::now() + time); }

  // The message of a server that cannot serve the file.
  std::string Refusal(const std::string& file) const {
    const Outcome outcome = Perigeed::Run(
        "serve --redis none --public-address 127.0.0.1:0 --internal-address "
        "127.0.0.1:0 --metrics-address 127.0.0.1:0",
        "sqlite:" + file);
    EXPECT_EQ(outcome.exit_code, 1) << outcome.output;
    return outcome.output;
  }
  std::string Write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_.File(name), std::ios::binary) << bytes;
    return folder_.File(name);
  }
  // Makes a store with some history that no process uses.
  void MakeStore() {
    ASSERT_EQ(Perigeed::Run("migrate", "sqlite:" + file_).exit_code, 0);
    Perigeed server({.store = "sqlite:" + file_});
    ASSERT_THAT(server.Start(), IsOk());
    const PlainSqlite sql(file_);
    Workload workload(sql, {&server}, 1);
    ASSERT_THAT(workload.SetUp(), IsOk());
    server.Stop();
  }

  TemporaryFolder folder_;
  std::string file_ = folder_.File("store.db");
};

TEST_F(StoreFileTest, AFileThatIsNoStoreIsRefusedWithAdvice) {
  EXPECT_THAT(Refusal(folder_.File("nothing.db")), HasSubstr("perigeed migrate"));
  EXPECT_THAT(Refusal(folder_.File("no/folder/store.db")), HasSubstr("perigeed migrate"));
  EXPECT_THAT(Refusal(Write("empty.db", "")), HasSubstr("perigeed migrate"));
  EXPECT_THAT(Refusal(Write("garbage.db", std::string(3 * kPage, 'x'))),
              HasSubstr("check the path, or restore a backup"));
  const std::string foreign = folder_.File("foreign.db");
  RunRaw(foreign, "CREATE TABLE theirs (a)");
  EXPECT_THAT(Refusal(foreign), HasSubstr("belongs to another program"));
}

TEST_F(StoreFileTest, ATornStoreIsRefusedWithAdvice) {
  MakeStore();
  const std::uintmax_t size = std::filesystem::file_size(file_);
  ASSERT_GT(size, 8 * kPage);
  for (const std::uintmax_t left : {size / 2 / kPage * kPage, size / 2 / kPage * kPage + 1000,
                                    size - 1, kPage, std::uintmax_t{1000}}) {
    const std::string torn = folder_.File("torn.db");
    std::filesystem::copy_file(file_, torn, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(torn, left);
    EXPECT_THAT(Refusal(torn), HasSubstr("restore a backup")) << left << " of " << size;
  }
}

TEST_F(StoreFileTest, ASecondServerIsRefusedWithAdvice) {
  MakeStore();
  Perigeed first({.store = "sqlite:" + file_});
  ASSERT_THAT(first.Start(), IsOk());
  EXPECT_THAT(Refusal(file_), HasSubstr("another perigeed uses this store"));
  const Outcome migrate = Perigeed::Run("migrate", "sqlite:" + file_);
  EXPECT_EQ(migrate.exit_code, 1);
  EXPECT_THAT(migrate.output, HasSubstr("another perigeed uses this store"));
}

// The store holds names and the signing secret.
TEST_F(StoreFileTest, NobodyElseMayReadTheStore) {
  const mode_t before = umask(0);
  MakeStore();
  Perigeed server({.store = "sqlite:" + file_});
  const absl::Status started = server.Start();
  umask(before);
  ASSERT_THAT(started, IsOk());
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    using std::filesystem::perms;
    EXPECT_EQ(entry.status().permissions() & (perms::group_all | perms::others_all), perms::none)
        << entry.path();
    ++files;
  }
  EXPECT_GE(files, 3) << "the file, its log and the log's index";
}

// A crash of the machine may leave a part of the next write after the durable ones.
TEST_F(StoreFileTest, ALogWithATornEndIsRecovered) {
  const std::string store = "sqlite:" + file_;
  ASSERT_EQ(Perigeed::Run("migrate", store).exit_code, 0);
  Perigeed server({.store = store});
  ASSERT_THAT(server.Start(), IsOk());
  const PlainSqlite sql(file_);
  std::mt19937_64 random(FaultSeed());
  Workload workload(sql, {&server}, 1);
  ASSERT_THAT(workload.SetUp(), IsOk());
  for (int round = 0; round < 6 && !HasFailure(); ++round) {
    workload.Round([&] {
      Await(milliseconds(100));
      workload.Mark();
      workload.Kill(0);
      std::fstream log(file_ + "-wal",
                       std::ios::binary | std::ios::in | std::ios::out | std::ios::ate);
      ASSERT_TRUE(log.is_open());
      for (std::uint64_t left = 1 + random() % (3 * kPage); left > 0; --left) {
        log.put(static_cast<char>(random()));
      }
      log.close();
      ASSERT_THAT(workload.Start(0), IsOk());
    });
    workload.Look(true, store);
  }
  workload.Print("torn log");
}

}  // namespace
}  // namespace perigee::tests
