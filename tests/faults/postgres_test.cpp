#include <libpq-fe.h>

#include <chrono>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "perigee/v1/board.grpc.pb.h"
#include "tests/faults/plain_sql.h"
#include "tests/faults/programme.h"
#include "tests/faults/workload.h"
#include "tests/matchers/status.h"
#include "tests/support/need.h"
#include "tests/support/paced_reads.h"
#include "tests/support/perigeed.h"
#include "tests/support/postgres_server.h"
#include "tests/support/process.h"
#include "tests/support/tcp_proxy.h"

namespace perigee::tests {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kWarm{150};
constexpr int kRounds = 3;
constexpr int kOk = 200;

void Pass(milliseconds time) { Await(steady_clock::now() + time); }

// The things that a fault may break.
struct Scene {
  PostgresServer& postgres;
  TcpProxy& way;
  Workload& workload;
  std::string uri;  // The database, without the proxy.

  std::string Admin() const { return postgres.Uri("postgres"); }
  void TerminateBackends() const {
    RunSql(Admin(),
           "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '" +
               PostgresServer::DatabaseOf(uri) + "'");
  }
};
using Connected = std::unique_ptr<PGconn, decltype(&PQfinish)>;

struct Trouble {
  std::string name;
  std::function<void(Scene& scene)> happens;
  bool outcome_unknown = false;  // Some unanswered writes are surely done.
};
void PrintTo(const Trouble& trouble, std::ostream* out) { *out << trouble.name; }

// A server whose PostgreSQL the test can break, and the connection to it too.
class PostgresTest : public testing::TestWithParam<Trouble> {
 protected:
  void SetUp() override {
    std::string reason;
    postgres_ = PostgresServer::Start(reason, {.port = true, .connections_max = 40});
    if (postgres_ == nullptr) {
      PERIGEE_SKIP_OR_FAIL(reason);
    }
    direct_ = postgres_->MakeDatabase();
    const std::size_t port = direct_.find("127.0.0.1:") + 10;
    const std::string target = direct_.substr(port, direct_.find('/', port) - port);
    int number = 0;
    ASSERT_TRUE(absl::SimpleAtoi(target, &number)) << direct_;
    way_ = std::make_unique<TcpProxy>(number);
    const std::string store =
        absl::StrReplaceAll(direct_, {{":" + target + "/", absl::StrCat(":", way_->port(), "/")}});
    ASSERT_EQ(Perigeed::Run("migrate", direct_).exit_code, 0);
    server_ = std::make_unique<Perigeed>(Perigeed::Options{.store = store});
    ASSERT_THAT(server_->Start(), IsOk());
    sql_ = std::make_unique<PlainPostgres>(direct_);
    workload_ =
        std::make_unique<Workload>(*sql_, std::vector<Perigeed*>{server_.get()}, FaultSeed());
    ASSERT_THAT(workload_->SetUp(), IsOk());
  }

  std::string direct_;
  std::unique_ptr<PostgresServer> postgres_;
  std::unique_ptr<TcpProxy> way_;
  std::unique_ptr<Perigeed> server_;
  std::unique_ptr<PlainSql> sql_;
  std::unique_ptr<Workload> workload_;
};

TEST_P(PostgresTest, TheServerLosesNothingAndGoesOnByItself) {
  Scene scene{*postgres_, *way_, *workload_, direct_};
  workload_->Round([] { Pass(kWarm); });
  workload_->Look(false, direct_);  // From here on the server holds boards.
  const pid_t pid = server_->pid();
  for (int round = 0; round < kRounds && !HasFailure(); ++round) {
    // Boards are read without the store.
    workload_->RoundWithReads(0, [&] {
      Pass(kWarm);
      GetParam().happens(scene);
      EXPECT_TRUE(Await([&] { return server_->Readiness() == kOk; }));
    });
    workload_->Look(true, direct_);
  }
  EXPECT_EQ(workload_->Total().unadvised, 0);
  EXPECT_EQ(server_->pid(), pid);
  if (GetParam().outcome_unknown) {
    workload_->Settle(direct_);
    EXPECT_GT(workload_->Total().replayed, 0);
  }
  workload_->Print(GetParam().name);
}

INSTANTIATE_TEST_SUITE_P(
    , PostgresTest,
    testing::Values(Trouble{"KilledAndStartedAgain",
                            [](Scene& scene) {
                              scene.postgres.Kill();
                              scene.workload.Mark();
                              Pass(milliseconds(150));
                              EXPECT_TRUE(scene.postgres.Restart());
                            }},
                    Trouble{"BackendsTerminated",
                            [](Scene& scene) {
                              for (int i = 0; i < 5; ++i) {
                                scene.workload.Mark();
                                scene.TerminateBackends();
                                Pass(milliseconds(60));
                              }
                            }},
                    Trouble{"CutBetweenTheCommitAndItsAnswer",
                            [](Scene& scene) {
                              for (int i = 0; i < 10; ++i) {
                                const int before = scene.way.cuts();
                                scene.way.Set({.cut_before = "COMMIT"});
                                EXPECT_TRUE(Await([&] { return scene.way.cuts() > before; }));
                                scene.workload.Mark();
                                Pass(milliseconds(60));
                              }
                              scene.way.Set({});
                            },
                            true},
                    Trouble{"CutInTheMidstOfReplies",
                            [](Scene& scene) {
                              for (std::size_t bytes = 0; bytes < 8; ++bytes) {
                                scene.way.Set({.cut = bytes * 7});
                                Pass(milliseconds(30));
                                scene.workload.Mark();
                                scene.way.Set({});
                                Pass(milliseconds(60));
                              }
                            }},
                    Trouble{"Refusing",
                            [](Scene& scene) {
                              scene.way.Set({.refuse = true});
                              Pass(milliseconds(300));
                              scene.workload.Mark();
                              scene.way.Set({});
                            }},
                    Trouble{"Paused",
                            [](Scene& scene) {
                              scene.postgres.Pause();
                              Pass(milliseconds(800));
                              scene.workload.Mark();
                              scene.postgres.Resume();
                            }},
                    Trouble{"StatementsTimeOut",
                            [](Scene& scene) {
                              const std::string set =
                                  "ALTER DATABASE " + PostgresServer::DatabaseOf(scene.uri);
                              RunSql(scene.Admin(), set + " SET statement_timeout = '1ms'");
                              scene.TerminateBackends();
                              Pass(milliseconds(300));
                              scene.workload.Mark();
                              RunSql(scene.Admin(), set + " RESET statement_timeout");
                              scene.TerminateBackends();
                            }},
                    Trouble{"TooManyConnections",
                            [](Scene& scene) {
                              std::vector<Connected> held;
                              for (int i = 0; i < 10; ++i) {
                                scene.TerminateBackends();
                                while (held.empty() ||
                                       PQstatus(held.back().get()) == CONNECTION_OK) {
                                  held.emplace_back(PQconnectdb(scene.Admin().c_str()), &PQfinish);
                                }
                                held.pop_back();
                                // This connection is for the next TerminateBackends.
                                held.pop_back();
                                Pass(milliseconds(30));
                              }
                              scene.workload.Mark();
                            }}),
    [](const auto& trouble) { return trouble.param.name; });

}  // namespace
}  // namespace perigee::tests
