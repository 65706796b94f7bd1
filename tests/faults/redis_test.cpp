#include <chrono>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "perigee/v1/board.grpc.pb.h"
#include "tests/faults/plain_sql.h"
#include "tests/faults/programme.h"
#include "tests/faults/workload.h"
#include "tests/matchers/status.h"
#include "tests/support/need.h"
#include "tests/support/paced_reads.h"
#include "tests/support/perigeed.h"
#include "tests/support/process.h"
#include "tests/support/redis_server.h"
#include "tests/support/tcp_proxy.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kCalm{500};
constexpr std::size_t kReadersAtOnce = 500;
constexpr const char* kPeriod = "programs/fault/boards/all/periods/all-time";

void Pass(milliseconds time) { Await(steady_clock::now() + time); }

struct Trouble {
  std::string name;
  std::function<void(RedisServer& redis, TcpProxy& way)> happens;
};
void PrintTo(const Trouble& trouble, std::ostream* out) { *out << trouble.name; }

// A server whose Redis the test can break, and the connection to it too.
class RedisFixture : public testing::Test {
 protected:
  void SetUp() override {
    std::string reason;
    redis_ = RedisServer::Start(reason, RedisServer::Door::kPort);
    if (redis_ == nullptr) {
      PERIGEE_SKIP_OR_FAIL(reason);
    }
    way_ = std::make_unique<TcpProxy>(redis_->port());
    ASSERT_EQ(Perigeed::Run("migrate", store_).exit_code, 0);
    server_ = std::make_unique<Perigeed>(
        Perigeed::Options{.store = store_, .redis = absl::StrCat("127.0.0.1:", way_->port())});
    ASSERT_THAT(server_->Start(), IsOk());
    workload_ =
        std::make_unique<Workload>(sql_, std::vector<Perigeed*>{server_.get()}, FaultSeed());
    ASSERT_THAT(workload_->SetUp(), IsOk());
  }

  // Waits until reads alone have brought the board into Redis.
  bool EventuallyInRedis() {
    const auto stub = v1::BoardService::NewStub(server_->Channel("public"));
    return Await([&] {
      v1::ListEntriesRequest request;
      request.set_parent(kPeriod);
      grpc::ClientContext context;
      v1::ListEntriesResponse response;
      EXPECT_TRUE(stub->ListEntries(&context, request, &response).ok());
      const std::string size = redis_->Send("DBSIZE");
      return size.starts_with(":") && size != ":0";
    });
  }
  void ExpectCachesAreRight() {
    v1::VerifyBoardRequest request;
    request.set_name(kPeriod);
    const auto stub = v1::BoardAdminService::NewStub(server_->Channel("internal"));
    v1::VerifyBoardResponse response;
    // The server may need a moment to notice that Redis answers again.
    EXPECT_TRUE(Await([&] {
      grpc::ClientContext context;
      const grpc::Status status = stub->VerifyBoard(&context, request, &response);
      EXPECT_TRUE(status.ok()) << status.error_message();
      return response.caches_size() == 2;
    }));
    for (const auto& cache : response.caches()) {
      EXPECT_TRUE(cache.equal()) << cache.cache();
    }
  }

  TemporaryFolder folder_;
  std::string store_ = "sqlite:" + folder_.File("store.db");
  PlainSqlite sql_{folder_.File("store.db")};
  std::unique_ptr<RedisServer> redis_;
  std::unique_ptr<TcpProxy> way_;
  std::unique_ptr<Perigeed> server_;
  std::unique_ptr<Workload> workload_;
};

class RedisTest : public RedisFixture, public testing::WithParamInterface<Trouble> {};

TEST_P(RedisTest, ReadsStayRightAndWritesDoNotNotice) {
  workload_->RoundWithReads(0, [] { Pass(kCalm); });
  const double calm = workload_->RateOfLastRound();
  workload_->Look(false, store_);
  ASSERT_TRUE(EventuallyInRedis());

  workload_->RoundWithReads(0, [&] { GetParam().happens(*redis_, *way_); });
  // Writes that waited for Redis would stop. The bound is loose, because other programs share this
  // machine.
  EXPECT_GT(workload_->RateOfLastRound(), calm / 5);
  workload_->Look(false, store_);
  EXPECT_EQ(workload_->Total().unavailable + workload_->Total().broken, 0);
  EXPECT_TRUE(EventuallyInRedis());
  ExpectCachesAreRight();

  workload_->RoundWithReads(0, [] { Pass(kCalm); });
  workload_->Look(true, store_);
  workload_->Print(GetParam().name);
}

// Tests cold starts: many readers come at once to a server without boards, while Redis is away or
// holds them all.
using ColdStartTest = RedisFixture;

TEST_F(ColdStartTest, ManyReadersAtOnceBuildABoardOnce) {
  workload_->Round([] { Pass(kCalm); });
  for (const bool away : {false, true}) {
    workload_->Kill(0);
    way_->Set({.refuse = away});
    ASSERT_THAT(workload_->Start(0), IsOk());
    std::vector<std::shared_ptr<grpc::Channel>> channels;
    for (int i = 0; i < 4; ++i) {
      channels.push_back(server_->Channel("public"));
    }
    PacedReads reads(channels, milliseconds(0), [](std::size_t) {
      v1::ListEntriesRequest request;
      request.set_parent(kPeriod);
      return request;
    });
    reads.Run(kReadersAtOnce);
    for (const BoardRead& read : reads.reads()) {
      EXPECT_TRUE(read.status.ok()) << read.status.error_message();
    }
    EXPECT_LE(server_->Metric("perigee_board_rebuild_seconds_count{cache=\"memory\"}"), 1);
  }
}

using RedisLogTest = RedisFixture;

TEST_F(RedisLogTest, EachChangeOfRedisIsLoggedOnce) {
  const auto logged = [&](const std::string& event, int times) {
    return Await([&] { return server_->InLog(event) == times; });
  };
  workload_->Round([] { Pass(kCalm); });
  ASSERT_TRUE(EventuallyInRedis());
  EXPECT_TRUE(logged("event=redis_up", 1));
  redis_->Stop();
  workload_->Round([] { Pass(kCalm); });
  EXPECT_TRUE(logged("event=redis_away", 1));
  ASSERT_TRUE(redis_->Restart());
  EXPECT_TRUE(logged("event=redis_up", 2));
  EXPECT_TRUE(logged("event=redis_away", 1));
}

INSTANTIATE_TEST_SUITE_P(
    , RedisTest,
    testing::Values(Trouble{"KilledAndEmptyAgain",
                            [](RedisServer& redis, TcpProxy&) {
                              redis.Stop();
                              Pass(milliseconds(400));
                              EXPECT_TRUE(redis.Restart());
                              Pass(milliseconds(400));
                            }},
                    Trouble{"Flushed",
                            [](RedisServer& redis, TcpProxy&) {
                              for (int i = 0; i < 10; ++i) {
                                EXPECT_EQ(redis.Send("FLUSHALL"), "+OK");
                                Pass(milliseconds(70));
                              }
                            }},
                    Trouble{"Paused",
                            [](RedisServer& redis, TcpProxy&) {
                              redis.Pause();
                              Pass(milliseconds(1500));
                              redis.Resume();
                              Pass(milliseconds(300));
                            }},
                    Trouble{"Slow",
                            [](RedisServer&, TcpProxy& way) {
                              way.Set({.delay = milliseconds(40)});
                              Pass(milliseconds(1000));
                              way.Set({});
                            }},
                    Trouble{"CutInTheMidstOfReplies",
                            [](RedisServer&, TcpProxy& way) {
                              for (std::size_t bytes = 0; bytes < 12; ++bytes) {
                                way.Set({.cut = bytes * bytes});
                                Pass(milliseconds(60));
                                way.Set({});
                                Pass(milliseconds(40));
                              }
                            }},
                    Trouble{"Silent",
                            [](RedisServer&, TcpProxy& way) {
                              way.Set({.swallow = true});
                              Pass(milliseconds(1500));
                              way.Set({});
                              Pass(milliseconds(300));
                            }},
                    Trouble{"Refusing",
                            [](RedisServer&, TcpProxy& way) {
                              way.Set({.refuse = true});
                              Pass(milliseconds(600));
                              way.Set({});
                              Pass(milliseconds(300));
                            }},
                    Trouble{"Full",
                            [](RedisServer& redis, TcpProxy&) {
                              EXPECT_EQ(redis.Send("CONFIG SET maxmemory-policy noeviction"),
                                        "+OK");
                              EXPECT_EQ(redis.Send("CONFIG SET maxmemory 1"), "+OK");
                              Pass(milliseconds(800));
                              EXPECT_EQ(redis.Send("CONFIG SET maxmemory 0"), "+OK");
                            }},
                    Trouble{"RestoredFromAnOldSnapshot",
                            [](RedisServer& redis, TcpProxy&) {
                              EXPECT_EQ(redis.Send("SAVE"), "+OK");
                              Pass(milliseconds(400));
                              for (int i = 0; i < 3; ++i) {
                                EXPECT_TRUE(redis.Restart());
                                EXPECT_NE(redis.Send("DBSIZE"), ":0");
                                Pass(milliseconds(200));
                              }
                            }},
                    Trouble{"Loading",
                            [](RedisServer& redis, TcpProxy&) {
                              EXPECT_EQ(redis.Send("SAVE"), "+OK");
                              Pass(milliseconds(100));
                              // The load is so slow that Redis answers LOADING for a while.
                              EXPECT_TRUE(redis.Restart({"--key-load-delay", "200000",
                                                         "--loading-process-events-interval-bytes",
                                                         "1024"}));
                              Pass(milliseconds(200));
                            }}),
    [](const auto& trouble) { return trouble.param.name; });

}  // namespace
}  // namespace perigee::tests
