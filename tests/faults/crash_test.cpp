#include <chrono>
#include <cstdlib>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/faults/plain_sql.h"
#include "tests/faults/workload.h"
#include "tests/matchers/status.h"
#include "tests/support/need.h"
#include "tests/support/paced_reads.h"
#include "tests/support/perigeed.h"
#include "tests/support/postgres_server.h"
#include "tests/support/redis_server.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kRounds = 30;

// The whole history is checked after each of the first rounds, and then ever less often.
bool IsChecked(int round) { return round % (1 + round / kRounds) == 0; }

// Kills servers at random instants, round after round, and looks for the acknowledged writes after
// each round.
class CrashTest : public testing::Test {
 protected:
  void Serve(const std::string& store, std::size_t servers, const std::string& redis) {
    store_ = store;
    const Outcome migrated = Perigeed::Run("migrate", store_);
    ASSERT_EQ(migrated.exit_code, 0) << migrated.output;
    for (std::size_t i = 0; i < servers; ++i) {
      servers_.push_back(std::make_unique<Perigeed>(Perigeed::Options{store_, redis}));
      ASSERT_THAT(servers_.back()->Start(), IsOk());
    }
  }

  // Kills some of the servers, one after the other, and starts them again.
  void Kill(Workload& workload) {
    std::set<std::size_t> killed;
    for (std::size_t i = 0; i < servers_.size(); ++i) {
      killed.insert((i + random_() % 2) % servers_.size());
    }
    workload.Mark();
    for (const std::size_t server : killed) {
      workload.Kill(server);
    }
    for (const std::size_t server : killed) {
      ASSERT_THAT(workload.Start(server), IsOk());
    }
  }

  void RunRounds(const PlainSql& sql, const std::string& name) {
    std::vector<Perigeed*> servers;
    for (const auto& server : servers_) {
      servers.push_back(server.get());
    }
    const std::uint64_t seed = FaultSeed();
    random_.seed(seed);
    Workload workload(sql, servers, seed);
    ASSERT_THAT(workload.SetUp(), IsOk());
    const int rounds = FaultRounds(kRounds);
    for (int round = 1; round <= rounds && !HasFailure(); ++round) {
      workload.Round([&] {
        // Sometimes a server is killed again right after its start.
        for (milliseconds time{20 + random_() % 300}; time.count() > 0;
             time = milliseconds(random_() % 4 == 0 ? 1 + random_() % 20 : 0)) {
          Await(steady_clock::now() + time);
          Kill(workload);
        }
      });
      workload.Look(IsChecked(round) || round == rounds, store_);
    }
    workload.Settle(store_);
    for (const char* kind :
         {"ask", "thanks", "reward", "champion", "contribution", "badge", "tier", "credential"}) {
      EXPECT_GT(workload.Total().by_kind[kind].first, 0) << kind;
    }
    workload.Print("kill -9, " + name);
  }

  void StartPostgres() {
    std::string reason;
    postgres_ = PostgresServer::Start(reason);
    if (postgres_ == nullptr) {
      PERIGEE_SKIP_OR_FAIL(reason);
    }
  }

  TemporaryFolder folder_;
  std::unique_ptr<PostgresServer> postgres_;
  std::unique_ptr<RedisServer> redis_;
  std::string store_;
  std::vector<std::unique_ptr<Perigeed>> servers_;
  std::mt19937_64 random_;
};

TEST_F(CrashTest, AKilledServerOnSqliteLosesOrDoublesNothing) {
  const std::string file = folder_.File("store.db");
  ASSERT_NO_FATAL_FAILURE(Serve("sqlite:" + file, 1, "none"));
  RunRounds(PlainSqlite(file), "SQLite, one server");
  const std::string recompute = absl::StrCat("PERIGEE_PUBLIC=", servers_[0]->Address("public"),
                                             " PERIGEE_INTERNAL=", servers_[0]->Address("internal"),
                                             " python3 ", RECOMPUTE_BOARDS, " --perigee ", PERIGEE,
                                             " --db ", file, " --program fault all days gifts");
  EXPECT_EQ(std::system(recompute.c_str()), 0);
}

TEST_F(CrashTest, AKilledServerOnPostgresLosesOrDoublesNothing) {
  StartPostgres();
  if (postgres_ == nullptr) {
    return;
  }
  const std::string uri = postgres_->MakeDatabase();
  ASSERT_NO_FATAL_FAILURE(Serve(uri, 1, "none"));
  RunRounds(PlainPostgres(uri), "PostgreSQL, one server");
}

TEST_F(CrashTest, TwoKilledServersLoseOrDoubleNothing) {
  StartPostgres();
  std::string reason;
  redis_ = postgres_ == nullptr ? nullptr : RedisServer::Start(reason);
  if (redis_ == nullptr) {
    PERIGEE_SKIP_OR_FAIL(reason);
  }
  const std::string uri = postgres_->MakeDatabase();
  ASSERT_NO_FATAL_FAILURE(Serve(uri, 2, "unix:" + redis_->socket_path()));
  RunRounds(PlainPostgres(uri), "PostgreSQL, two servers");
}

}  // namespace
}  // namespace perigee::tests
