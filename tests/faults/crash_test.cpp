#include <chrono>
#include <cstdlib>
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/adapters/sql/temporary_folder.h"
#include "tests/e2e/paced_reads.h"
#include "tests/faults/perigeed.h"
#include "tests/faults/plain_sql.h"
#include "tests/faults/workload.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kRounds = 30;

// The whole history is walked after each of the first rounds, later ever more rarely.
bool IsChecked(int round) { return round % (1 + round / kRounds) == 0; }

TEST(CrashTest, NothingAcknowledgedIsLostOrDoubledWhenTheServerIsKilled) {
  const TemporaryFolder folder;
  const std::string file = folder.File("store.db");
  const std::string store = "sqlite:" + file;
  ASSERT_EQ(Perigeed::Run("migrate", store).exit_code, 0);
  Perigeed server({.store = store});
  ASSERT_THAT(server.Start(), IsOk());
  const PlainSqlite sql(file);
  const std::uint64_t seed = FaultSeed();
  Workload workload(sql, {&server}, seed);
  ASSERT_THAT(workload.SetUp(), IsOk());

  std::mt19937_64 random(seed);
  const int rounds = FaultRounds(kRounds);
  for (int round = 1; round <= rounds && !testing::Test::HasFailure(); ++round) {
    workload.Round([&] {
      // Now and then it has hardly started when it is killed again.
      for (milliseconds time{20 + random() % 300}; time.count() > 0;
           time = milliseconds(random() % 4 == 0 ? 1 + random() % 20 : 0)) {
        Await(steady_clock::now() + time);
        workload.Mark();
        workload.Kill(0);
        ASSERT_THAT(workload.Start(0), IsOk());
      }
    });
    workload.Look(IsChecked(round) || round == rounds, store);
  }
  const std::string recompute =
      absl::StrCat("PERIGEE_PUBLIC=", server.Address("public"), " python3 ", RECOMPUTE_BOARDS,
                   " --perigee ", PERIGEE, " --db ", file, " --program fault all days gifts");
  EXPECT_EQ(std::system(recompute.c_str()), 0);
  workload.Print("kill -9, SQLite, one server");
}

}  // namespace
}  // namespace perigee::tests
