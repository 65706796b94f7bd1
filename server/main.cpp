#include <chrono>
#include <csignal>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <spdlog/spdlog.h>

#include "absl/cleanup/cleanup.h"
#include "server/adapters/boards/memory_boards.h"
#include "server/adapters/boards/redis_boards.h"
#include "server/adapters/memory/member_directory.h"
#include "server/adapters/sql/check.h"
#include "server/adapters/sql/copy.h"
#include "server/adapters/sql/postgres_driver.h"
#include "server/adapters/sql/postgres_store.h"
#include "server/adapters/sql/sqlite_driver.h"
#include "server/adapters/sql/sqlite_store.h"
#include "server/adapters/system/random_ids.h"
#include "server/adapters/system/system_clock.h"
#include "server/core/error.h"
#include "server/core/page_token.h"
#include "server/core/status_macros.h"
#include "server/jobs/board_projection.h"
#include "server/jobs/expiry.h"
#include "server/jobs/health.h"
#include "server/jobs/lease_keeper.h"
#include "server/jobs/period_closer.h"
#include "server/jobs/repeating.h"
#include "server/runtime/config.h"
#include "server/runtime/executor.h"
#include "server/runtime/grpc_server.h"
#include "server/runtime/log.h"
#include "server/runtime/metrics.h"
#include "server/runtime/metrics_door.h"
#include "server/runtime/ready_file.h"
#include "server/services/activity_service.h"
#include "server/services/board_admin_service.h"
#include "server/services/board_service.h"
#include "server/services/capital_admin_service.h"
#include "server/services/capital_service.h"
#include "server/services/member_service.h"
#include "server/services/program_service.h"

namespace perigee {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kReadThreads = 8;
constexpr std::size_t kInternalReadThreads = 4;
constexpr QueueLimits kReadQueue{4096, milliseconds(400)};
// Consoles and ingestion keep few streams open; no write gains by more of them at once.
constexpr int kInternalOpenPerConnection = 128;
constexpr std::size_t kJobThreads = 2;
constexpr QueueLimits kJobQueue{64};
constexpr milliseconds kExpiryPause = seconds(10);
constexpr milliseconds kCloserPause = seconds(30);
constexpr milliseconds kHealthPause = seconds(15);
// The figures are counted over all members: no more than a fiftieth of a processor for that.
constexpr int kHealthRests = 50;
constexpr milliseconds kForgetPause = hours(1);
constexpr milliseconds kSignPause = milliseconds(1500);
// Where no other server can be, a sign is only a write for nothing.
constexpr milliseconds kSignPauseAlone = seconds(30);
constexpr std::chrono::days kRequestIdsKept{35};
constexpr milliseconds kDrainPatience = seconds(10);

sigset_t EndSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

// A second signal, while the server drains, ends it at once.
void WaitForEndSignal() {
  const sigset_t signals = EndSignals();
  int signal = 0;
  sigwait(&signals, &signal);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

bool IsPostgres(const runtime::StoreAddress& store) {
  return store.engine == runtime::StoreAddress::Engine::kPostgres;
}

adapters::RedisConfig ToRedisConfig(const runtime::RedisAddress& address) {
  adapters::RedisConfig config;
  config.socket_path = address.socket_path;
  config.host = address.host;
  config.port = address.port;
  return config;
}

std::function<void()> Job(std::string_view name, std::function<absl::Status()> run) {
  return [name, run = std::move(run)] {
    if (const absl::Status status = run(); !status.ok()) {
      spdlog::warn("event=job_failed job={} cause=\"{}\"", name, std::string(status.message()));
    }
  };
}

jobs::LeaseKeeper::Options LeaseOptions(bool alone) {
  jobs::LeaseKeeper::Options options;
  options.jobs = {std::string(jobs::Expiry::kJob), std::string(jobs::PeriodCloser::kJob)};
  options.alone = alone;
  if (alone) {
    options.length = 4 * kSignPauseAlone;
  }
  return options;
}

// NOLINTNEXTLINE(readability-function-size): one scope ends the parts in the reverse of this order.
absl::Status Serve(const runtime::Config& config) {
  runtime::Metrics metrics;
  adapters::SystemClock clock;
  adapters::SystemSteadyClock steady_clock;
  adapters::RandomIds ids;
  sql::SqlStoreOptions store_options;
  store_options.telemetry = &metrics;
  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<sql::SqlStore> store,
                           IsPostgres(config.store)
                               ? sql::OpenPostgresStore(config.store.where, store_options)
                               : sql::OpenSqliteStore(config.store.where, store_options));
  PERIGEE_ASSIGN_OR_RETURN(const std::string secret, store->TokenSecret());
  const PageTokens tokens(secret);
  adapters::MemoryBoards memory_boards;
  std::optional<adapters::RedisBoards> redis_boards;
  if (config.redis.has_value()) {
    redis_boards.emplace(ToRedisConfig(*config.redis));
  }
  adapters::StoreMemberDirectory directory(*store);
  // Each door has its own, so that no crowd at the public one can shut the other.
  runtime::ThreadExecutor readers(kReadThreads, kReadQueue, &metrics.Queue("public reads"));
  runtime::ThreadExecutor internal_readers(kInternalReadThreads, kReadQueue,
                                           &metrics.Queue("internal reads"));
  runtime::ThreadExecutor workers(kJobThreads, kJobQueue);
  runtime::ThreadExecutor signs(1, {1});  // Of its own: no work may keep a sign of life.

  jobs::BoardProjection projection({.store = *store,
                                    .memory = memory_boards,
                                    .shared = redis_boards ? &*redis_boards : nullptr,
                                    .directory = directory,
                                    .clock = clock,
                                    .executor = workers,
                                    .telemetry = metrics});
  store->OnCommit([&](const std::string& program, domain::Revision head) {
    projection.Committed(program, head);
  });
  // Nobody may come back to the projection, or to a service, when it is gone. Once is enough.
  const auto stop_work = [&] {
    store->Stop();
    projection.Stop();
    readers.Stop();
    internal_readers.Stop();
    workers.Stop();
    signs.Stop();
  };
  const absl::Cleanup stop_at_the_latest_now = stop_work;
  PERIGEE_RETURN_IF_ERROR(projection.Start());

  services::Call call(*store, clock, readers, metrics);
  services::Call internal_call(*store, clock, internal_readers, metrics);
  services::ProgramAdminService program_admin(internal_call, tokens);
  services::MemberService members(call);
  services::MemberAdminService member_admin(internal_call, ids, tokens);
  services::ActivityAdminService activity_admin(internal_call, tokens);
  services::CapitalService capital(call, tokens);
  services::CapitalAdminService capital_admin(internal_call);
  services::BoardService boards(call, projection, directory, tokens, metrics);
  services::BoardAdminService board_admin(internal_call, projection);

  const bool alone = !IsPostgres(config.store);
  const jobs::LeaseKeeper::Options lease_options = LeaseOptions(alone);
  for (const std::string& job : lease_options.jobs) {
    metrics.LeasesChanged(job, 0, 0, 0);
  }
  jobs::LeaseKeeper leases({store->leases(), steady_clock, ids}, lease_options,
                           [&](const jobs::LeaseKeeper::Change& change) {
                             spdlog::info("event=leases_changed job={} taken={} lost={} held={}",
                                          change.job, change.taken, change.lost, change.held);
                             metrics.LeasesChanged(change.job, change.taken, change.lost,
                                                   change.held);
                           });
  jobs::Expiry expiry(*store, clock, leases);
  jobs::PeriodCloser closer(*store, clock, leases);
  jobs::Health health(*store, clock, metrics);
  std::vector<std::unique_ptr<jobs::Repeating>> repeating;
  const auto repeat = [&](std::string_view name, milliseconds pause,
                          std::function<absl::Status()> run, int rests = 0) {
    repeating.push_back(
        std::make_unique<jobs::Repeating>(workers, pause, Job(name, std::move(run)), rests));
  };
  const std::function<void()> show_sign = Job("leases", [&] { return leases.RunOnce(); });
  show_sign();
  std::optional<jobs::Repeating> showing_signs(std::in_place, signs,
                                               alone ? kSignPauseAlone : kSignPause, show_sign);
  repeat(jobs::Expiry::kJob, kExpiryPause, [&] { return expiry.RunOnce(); });
  repeat(jobs::PeriodCloser::kJob, kCloserPause, [&] { return closer.RunOnce(); });
  repeat(
      "health", kHealthPause, [&] { return health.RunOnce(); }, kHealthRests);
  repeat("forget_requests", kForgetPause,
         [&] { return store->ForgetRequests(clock.Now() - kRequestIdsKept); });

  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<runtime::MetricsDoor> metrics_door,
                           runtime::MetricsDoor::Start(config.metrics_address, metrics.registry(),
                                                       [&] { return store->Ready(); }));
  PERIGEE_ASSIGN_OR_RETURN(
      const std::unique_ptr<runtime::GrpcServer> internal_door,
      runtime::GrpcServer::Start(
          {config.internal_address,
           {&program_admin, &member_admin, &activity_admin, &capital_admin, &board_admin},
           kInternalOpenPerConnection}));
  PERIGEE_ASSIGN_OR_RETURN(
      const std::unique_ptr<runtime::GrpcServer> public_door,
      runtime::GrpcServer::Start({config.public_address, {&members, &capital, &boards}}));
  const runtime::BoundAddresses bound{public_door->address(), internal_door->address(),
                                      metrics_door->address()};
  spdlog::info("event=serving public={} internal={} metrics={} redis={}",
               bound.public_address.ToString(), bound.internal_address.ToString(),
               bound.metrics_address.ToString(), config.redis.has_value() ? "yes" : "no");
  if (!config.ready_file.empty()) {
    PERIGEE_RETURN_IF_ERROR(runtime::WriteReadyFile(config.ready_file, bound));
  }

  WaitForEndSignal();
  spdlog::info("event=draining");
  // First of all the jobs, so that another server does them while this one drains.
  repeating.clear();
  showing_signs.reset();
  Job("leases", [&] { return leases.GiveUp(); })();
  boards.StopWatches();
  public_door->Drain(kDrainPatience);
  internal_door->Drain(kDrainPatience);
  stop_work();
  spdlog::info("event=ended");
  return absl::OkStatus();
}

absl::Status Migrate(const runtime::StoreAddress& store) {
  return IsPostgres(store) ? sql::MigratePostgresStore(store.where)
                           : sql::MigrateSqliteStore(store.where);
}

absl::Status Check(const runtime::StoreAddress& store) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<sql::Finding> findings,
                           IsPostgres(store) ? sql::CheckPostgresStore(store.where)
                                             : sql::CheckSqliteStore(store.where));
  for (const sql::Finding& finding : findings) {
    std::cout << finding.program << ": " << finding.what << "\n";
  }
  if (!findings.empty()) {
    return Error(Reason::kInternal, "the store is not as it must be");
  }
  std::cout << "the store is as it must be\n";
  return absl::OkStatus();
}

// A SQLite file is locked meanwhile, so nobody serves it.
absl::StatusOr<std::unique_ptr<sql::Database>> OpenToCopy(const runtime::StoreAddress& store) {
  if (IsPostgres(store)) {
    return sql::OpenPostgres(store.where, sql::PostgresUse::kBulk);
  }
  return sql::OpenSqlite(store.where, sql::SqliteUse::kServe);
}

absl::Status Copy(const runtime::Config& config) {
  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<sql::Database> from, OpenToCopy(config.store));
  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<sql::Database> to, OpenToCopy(config.copy_to));
  PERIGEE_ASSIGN_OR_RETURN(const sql::Copied copied, sql::CopyProgram(*from, *to, config.program));
  std::cout << "copied " << config.program << " up to revision " << copied.revision << ": "
            << copied.rows << " rows, the same on both sides, digest " << copied.digest << "\n";
  return absl::OkStatus();
}

int Run(const runtime::Config& config) {
  absl::Status status;
  switch (config.command) {
    case runtime::Config::Command::kServe:
      status = Serve(config);
      break;
    case runtime::Config::Command::kMigrate:
      status = Migrate(config.store);
      break;
    case runtime::Config::Command::kCheck:
      status = Check(config.store);
      break;
    case runtime::Config::Command::kCopy:
      status = Copy(config);
      break;
  }
  if (!status.ok()) {
    std::cerr << "perigeed: " << status.message() << "\n";
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace perigee

int main(int argc, char** argv) {
  const perigee::runtime::ParsedConfig parsed = perigee::runtime::ParseCommandLine(argc, argv);
  if (!parsed.config.has_value()) {
    return parsed.exit_code;
  }
  // Before any thread is, so that all of them leave the signals to the one that waits.
  const sigset_t signals = perigee::EndSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  perigee::runtime::StartLog();
  return perigee::Run(*parsed.config);
}
