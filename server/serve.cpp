#include "server/serve.h"

#include <chrono>
#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <spdlog/spdlog.h>

#include "absl/cleanup/cleanup.h"
#include "server/adapters/board/memory_boards.h"
#include "server/adapters/board/redis_boards.h"
#include "server/adapters/member/member_directory.h"
#include "server/adapters/member/member_search.h"
#include "server/adapters/sql/postgres/postgres_store.h"
#include "server/adapters/sql/sqlite/sqlite_store.h"
#include "server/adapters/system/random_ids.h"
#include "server/adapters/system/system_clock.h"
#include "server/core/civil_time.h"
#include "server/core/error.h"
#include "server/core/page_token.h"
#include "server/core/sha256.h"
#include "server/core/status_macros.h"
#include "server/jobs/badge/badge_granting.h"
#include "server/jobs/board/board_projection.h"
#include "server/jobs/board/period_closer.h"
#include "server/jobs/due_loop.h"
#include "server/jobs/health.h"
#include "server/jobs/lease_keeper.h"
#include "server/jobs/ledger/expiry.h"
#include "server/jobs/member/erasing.h"
#include "server/jobs/member/erasing_again.h"
#include "server/jobs/member/terms.h"
#include "server/jobs/program/deleting.h"
#include "server/jobs/repeating.h"
#include "server/jobs/tier/tier_following.h"
#include "server/runtime/access_file.h"
#include "server/runtime/config.h"
#include "server/runtime/executor.h"
#include "server/runtime/grpc_server.h"
#include "server/runtime/metrics.h"
#include "server/runtime/metrics_door.h"
#include "server/runtime/ready_file.h"
#include "server/services/access/access_service.h"
#include "server/services/activity/activity_service.h"
#include "server/services/ask/ask_admin_service.h"
#include "server/services/ask/ask_service.h"
#include "server/services/audience/audience_service.h"
#include "server/services/badge/badge_admin_service.h"
#include "server/services/badge/badge_service.h"
#include "server/services/board/board_admin_service.h"
#include "server/services/board/board_service.h"
#include "server/services/board/places_after_write.h"
#include "server/services/champion/champion_admin_service.h"
#include "server/services/champion/champion_service.h"
#include "server/services/champion/contribution_admin_service.h"
#include "server/services/champion/contribution_service.h"
#include "server/services/champion/credential_service.h"
#include "server/services/explain/explain_service.h"
#include "server/services/insight/insight_admin_service.h"
#include "server/services/journal/audit_service.h"
#include "server/services/ledger/capital_admin_service.h"
#include "server/services/ledger/capital_service.h"
#include "server/services/member/facet_service.h"
#include "server/services/member/invitation_service.h"
#include "server/services/member/member_service.h"
#include "server/services/orbit/orbit_admin_service.h"
#include "server/services/orbit/orbit_service.h"
#include "server/services/program/program_service.h"
#include "server/services/reward/reward_admin_service.h"
#include "server/services/reward/reward_service.h"
#include "server/services/thanks/thanks_admin_service.h"
#include "server/services/thanks/thanks_service.h"
#include "server/services/tier/tier_admin_service.h"
#include "server/services/tier/tier_service.h"
#include "server/sign_in.h"
#include "server/use_cases/program/zones.h"

namespace perigee {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

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

// The parts that all other parts need.
struct Ground {
  runtime::Metrics metrics;
  adapters::SystemClock clock;
  adapters::SystemSteadyClock steady_clock;
  adapters::RandomIds ids;
  std::unique_ptr<sql::SqlStore> store;
};

absl::StatusOr<std::unique_ptr<sql::SqlStore>> OpenStore(const runtime::StoreAddress& store,
                                                         runtime::Metrics& metrics) {
  sql::SqlStoreOptions options;
  options.telemetry = &metrics;
  return store.IsPostgres() ? sql::OpenPostgresStore(store.where, options)
                            : sql::OpenSqliteStore({store.where, store.keys}, options);
}

constexpr std::size_t kReadThreads = 8;
constexpr std::size_t kInternalReadThreads = 4;
constexpr QueueLimits kReadQueue{4096, milliseconds(400)};
constexpr std::size_t kJobThreads = 2;
constexpr QueueLimits kJobQueue{64};

// The threads for work that may block.
struct Threads {
  explicit Threads(runtime::Metrics& metrics)
      : readers(kReadThreads, kReadQueue, &metrics.Queue("public reads")),
        internal_readers(kInternalReadThreads, kReadQueue, &metrics.Queue("internal reads")),
        workers(kJobThreads, kJobQueue),
        signs(1, {1}) {}

  void Stop() {
    readers.Stop();
    internal_readers.Stop();
    workers.Stop();
    signs.Stop();
  }

  // Each door has threads of its own, so that a crowd at the public door cannot shut the other.
  runtime::ThreadExecutor readers;
  runtime::ThreadExecutor internal_readers;
  runtime::ThreadExecutor workers;
  runtime::ThreadExecutor signs;  // A thread of its own, so that no work delays a sign of life.
};

std::unique_ptr<adapters::RedisBoards> ConnectRedis(
    const std::optional<runtime::RedisAddress>& address, const std::string& secret) {
  if (!address.has_value()) {
    return nullptr;
  }
  adapters::RedisConfig config;
  config.socket_path = address->socket_path;
  config.host = address->host;
  config.port = address->port;
  return std::make_unique<adapters::RedisBoards>(config, HmacSha256(secret, "ids in Redis"));
}

// The boards of this process, their copy in Redis, and the projection that keeps both up to date.
struct Boards {
  // `secret` is the store's.
  Boards(Ground& ground, const runtime::Config& config, const std::string& secret,
         ports::Executor& workers)
      : redis(ConnectRedis(config.redis, secret)),
        directory(*ground.store),
        terms(*ground.store),
        projection({.store = *ground.store,
                    .feed = ground.store->feed(),
                    .memory = memory,
                    .shared = redis.get(),
                    .directory = directory,
                    .terms = terms,
                    .clock = ground.clock,
                    .executor = workers,
                    .telemetry = ground.metrics}) {}

  adapters::MemoryBoards memory;
  const std::unique_ptr<adapters::RedisBoards> redis;
  adapters::StoreMemberDirectory directory;
  jobs::StoreTerms terms;
  jobs::BoardProjection projection;
};

// OK while the server can serve every programme.
absl::Status Readiness(const ports::Store& store) {
  if (Zone::AnyMissing()) {
    return Error(Reason::kTimeZoneMissing, "this host lacks a time zone that a programme has");
  }
  return store.Ready();
}

// The services of both doors.
class Services {
 public:
  Services(Ground& ground, Threads& threads, Boards& boards, const PageTokens& tokens,
           SignIn* sign_in)
      : search_(*ground.store),
        call_(*ground.store, ground.clock, threads.readers, ground.metrics, GatekeeperOf(sign_in)),
        internal_call_(*ground.store, ground.clock, threads.internal_readers, ground.metrics,
                       GatekeeperOf(sign_in)),
        members_(call_, ground.ids, boards.projection, tokens),
        facets_(call_, boards.projection, tokens),
        champions_(call_, tokens),
        asks_(call_, tokens),
        thanks_(call_, tokens),
        rewards_(call_, tokens),
        credentials_(call_, ground.ids, tokens),
        contributions_(call_, tokens),
        orbit_(call_),
        badges_(call_, tokens),
        tiers_(call_, tokens),
        explain_(call_, boards.projection),
        capital_(call_, tokens),
        boards_(call_, boards.projection, boards.directory, tokens),
        program_admin_(internal_call_, tokens),
        member_admin_(internal_call_, ground.ids, tokens, search_),
        facet_admin_(internal_call_, boards.projection),
        invitation_admin_(internal_call_, ground.ids, tokens),
        champion_admin_(internal_call_, tokens),
        ask_admin_(internal_call_, tokens),
        thanks_admin_(internal_call_, tokens),
        reward_admin_(internal_call_, tokens),
        credential_admin_(internal_call_),
        contribution_admin_(internal_call_, tokens),
        orbit_admin_(internal_call_, tokens),
        badge_admin_(internal_call_, tokens),
        tier_admin_(internal_call_, tokens),
        insight_admin_(internal_call_, tokens),
        access_admin_(internal_call_, ground.ids, tokens,
                      sign_in == nullptr ? std::set<std::string>() : sign_in->issuers()),
        audience_admin_(internal_call_, tokens, boards.terms),
        audit_admin_(internal_call_, tokens),
        places_(boards.projection, boards.directory, tokens, threads.internal_readers),
        activity_admin_(internal_call_, tokens, places_),
        capital_admin_(internal_call_, places_),
        board_admin_(internal_call_, boards.projection) {}

  std::vector<grpc::Service*> AtThePublicDoor() {
    return {&members_, &facets_, &champions_, &contributions_, &credentials_, &asks_,   &thanks_,
            &rewards_, &badges_, &tiers_,     &orbit_,         &capital_,     &boards_, &explain_};
  }
  std::vector<grpc::Service*> AtTheInternalDoor() {
    return {&program_admin_,  &member_admin_,       &facet_admin_,      &invitation_admin_,
            &champion_admin_, &contribution_admin_, &credential_admin_, &ask_admin_,
            &thanks_admin_,   &reward_admin_,       &badge_admin_,      &tier_admin_,
            &orbit_admin_,    &access_admin_,       &audience_admin_,   &audit_admin_,
            &activity_admin_, &capital_admin_,      &board_admin_,      &insight_admin_};
  }

  int OpenAtThePublicDoor() const { return call_.open(); }
  int OpenAtTheInternalDoor() const { return internal_call_.open(); }
  void StopStreams() {
    members_.StopStreams();
    boards_.StopStreams();
    audit_admin_.StopStreams();
    activity_admin_.StopStreams();
    orbit_admin_.Stop();
  }
  void RecheckStreams() {
    members_.RecheckStreams();
    boards_.RecheckStreams();
    audit_admin_.RecheckStreams();
    activity_admin_.RecheckStreams();
  }

 private:
  static services::Gatekeeper* GatekeeperOf(SignIn* sign_in) {
    return sign_in == nullptr ? nullptr : &sign_in->gatekeeper();
  }

  adapters::StoreMemberSearch search_;
  services::Call call_;
  services::Call internal_call_;
  services::MemberService members_;
  services::FacetService facets_;
  services::ChampionService champions_;
  services::AskService asks_;
  services::ThanksService thanks_;
  services::RewardService rewards_;
  services::CredentialService credentials_;
  services::ContributionService contributions_;
  services::OrbitService orbit_;
  services::BadgeService badges_;
  services::TierService tiers_;
  services::ExplainService explain_;
  services::CapitalService capital_;
  services::BoardService boards_;
  services::ProgramAdminService program_admin_;
  services::MemberAdminService member_admin_;
  services::FacetAdminService facet_admin_;
  services::InvitationAdminService invitation_admin_;
  services::ChampionAdminService champion_admin_;
  services::AskAdminService ask_admin_;
  services::ThanksAdminService thanks_admin_;
  services::RewardAdminService reward_admin_;
  services::CredentialAdminService credential_admin_;
  services::ContributionAdminService contribution_admin_;
  services::OrbitAdminService orbit_admin_;
  services::BadgeAdminService badge_admin_;
  services::TierAdminService tier_admin_;
  services::InsightAdminService insight_admin_;
  services::AccessAdminService access_admin_;
  services::AudienceAdminService audience_admin_;
  services::AuditAdminService audit_admin_;
  services::PlacesAfterWrite places_;
  services::ActivityAdminService activity_admin_;
  services::CapitalAdminService capital_admin_;
  services::BoardAdminService board_admin_;
};

// Streams whose callers may not have them any more end within a second.
constexpr milliseconds kRecheckPause{500};
constexpr milliseconds kHealthPause = seconds(15);
// Counting goes over all members, so it may take no more than a fiftieth of a processor.
constexpr int kHealthRests = 50;
constexpr milliseconds kForgetPause = hours(1);
constexpr std::chrono::days kRequestIdsKept{35};
constexpr milliseconds kSignPause = milliseconds(1500);
// Without other servers a sign is only a needless write.
constexpr milliseconds kSignPauseAlone = seconds(30);

jobs::LeaseKeeper::Options LeaseOptions(bool alone) {
  jobs::LeaseKeeper::Options options;
  options.jobs = {std::string(jobs::DueLoop::kJob)};
  options.alone = alone;
  if (alone) {
    options.length = 4 * kSignPauseAlone;
  }
  return options;
}

// The work that is started by the clock. Runs as soon as it is constructed.
class Jobs {
 public:
  // `alone`: no other server can be on the store.
  Jobs(Ground& ground, Threads& threads, bool alone)
      : leases_({ground.store->leases(), ground.steady_clock, ground.ids}, LeaseOptions(alone),
                [&metrics = ground.metrics](const jobs::LeaseKeeper::Change& change) {
                  LeaseChanged(metrics, change);
                }),
        due_({*ground.store, ground.clock, leases_},
             {jobs::HoldExpiry(), jobs::LotExpiry(), jobs::PeriodClosing(), jobs::DraftRemoval(),
              jobs::MemberErasing(), jobs::ProgramDeleting(), jobs::TraitSettling(),
              jobs::AppointmentSettling(), jobs::ContributionCrediting(), jobs::InvitationExpiry(),
              jobs::RedemptionExpiry(), jobs::BadgeApplying(), jobs::TierApplying(),
              jobs::TierReviewing()}),
        health_(*ground.store, ground.clock, ground.metrics) {
    for (const std::string& job : LeaseOptions(alone).jobs) {
      ground.metrics.LeaseChanged(job, false, false, false);
    }
    const std::function<void()> show_sign = Logged("leases", [this] { return leases_.RunOnce(); });
    show_sign();
    showing_signs_.emplace(threads.signs, alone ? kSignPauseAlone : kSignPause, show_sign);
    const auto repeat = [&](std::string_view name, milliseconds pause,
                            std::function<absl::Status()> run, int rests = 0) {
      repeating_.push_back(std::make_unique<jobs::Repeating>(threads.workers, pause,
                                                             Logged(name, std::move(run)), rests));
    };
    repeating_.push_back(std::make_unique<jobs::Repeating>(
        threads.workers, [this] { return due_.Rest(); },
        Logged(jobs::DueLoop::kJob, [this] { return due_.RunOnce(); })));
    repeat(
        "health", kHealthPause, [this] { return health_.RunOnce(); }, kHealthRests);
    repeat("forget_requests", kForgetPause, [&ground] {
      return ground.store->ForgetRequests(ground.clock.Now() - kRequestIdsKept);
    });
  }

  // Ends all jobs and leaves them to another server.
  void HandOver() {
    repeating_.clear();
    showing_signs_.reset();
    Logged("leases", [this] { return leases_.GiveUp(); })();
  }

 private:
  static std::function<void()> Logged(std::string_view name, std::function<absl::Status()> run) {
    return [name, run = std::move(run)] {
      if (const absl::Status status = run(); !status.ok()) {
        spdlog::warn("event=job_failed job={} cause=\"{}\"", name, std::string(status.message()));
      }
    };
  }

  static void LeaseChanged(runtime::Metrics& metrics, const jobs::LeaseKeeper::Change& change) {
    spdlog::info("event=lease_changed job={} taken={} lost={} held={}", change.job, change.taken,
                 change.lost, change.held);
    metrics.LeaseChanged(change.job, change.taken, change.lost, change.held);
  }

  jobs::LeaseKeeper leases_;
  jobs::DueLoop due_;
  jobs::Health health_;
  std::vector<std::unique_ptr<jobs::Repeating>> repeating_;
  std::optional<jobs::Repeating> showing_signs_;
};

// Consoles and ingestion keep few streams open. More open streams would not make writes faster.
constexpr int kInternalOpenPerConnection = 128;
constexpr milliseconds kDrainPatience = seconds(10);

struct Doors {
  void Drain(const Services& services) const {
    std::thread other([&] {
      public_door->Drain(kDrainPatience, [&] { return services.OpenAtThePublicDoor(); });
    });
    internal_door->Drain(kDrainPatience, [&] { return services.OpenAtTheInternalDoor(); });
    other.join();
  }

  std::unique_ptr<runtime::MetricsDoor> metrics_door;
  std::unique_ptr<runtime::GrpcServer> internal_door;
  std::unique_ptr<runtime::GrpcServer> public_door;
};

absl::StatusOr<Doors> OpenDoors(const runtime::Config& config, Ground& ground, Services& services) {
  const runtime::AccessFile access = config.access.value_or(runtime::AccessFile{});
  Doors doors;
  PERIGEE_ASSIGN_OR_RETURN(doors.metrics_door,
                           runtime::MetricsDoor::Start(
                               config.metrics_address, ground.metrics.registry(),
                               [&ground] { return Readiness(*ground.store); }, access.tls));
  PERIGEE_ASSIGN_OR_RETURN(
      doors.internal_door,
      runtime::GrpcServer::Start({.address = config.internal_address,
                                  .services = services.AtTheInternalDoor(),
                                  .open_per_connection = kInternalOpenPerConnection,
                                  .tls = access.TlsOfTheInternalDoor()}));
  PERIGEE_ASSIGN_OR_RETURN(doors.public_door,
                           runtime::GrpcServer::Start({.address = config.public_address,
                                                       .services = services.AtThePublicDoor(),
                                                       .tls = access.tls}));
  return doors;
}

// Tells the log, and any reader of the ready file, that the server serves, and at which addresses.
absl::Status Announce(const runtime::Config& config, const Doors& doors, bool asks_who_calls) {
  const runtime::BoundAddresses bound{doors.public_door->address(), doors.internal_door->address(),
                                      doors.metrics_door->address()};
  spdlog::info(
      "event=serving public={} internal={} metrics={} redis={} tls={} "
      "sign_in={}",
      bound.public_address.ToString(), bound.internal_address.ToString(),
      bound.metrics_address.ToString(), config.redis.has_value() ? "yes" : "no",
      config.access.has_value() && config.access->tls.has_value() ? "yes" : "no",
      asks_who_calls ? "yes" : "no");
  return config.ready_file.empty() ? absl::OkStatus()
                                   : runtime::WriteReadyFile(config.ready_file, bound);
}

absl::Status EraseAgainAfterARestore(Ground& ground) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<ports::Revived> revived,
                           ground.store->RevivedByARestore());
  if (revived.empty()) {
    return absl::OkStatus();
  }
  const jobs::ErasedAgain again = jobs::EraseAgain(*ground.store, ground.clock, revived);
  spdlog::warn("event=members_erased_again members={} programs={} failed={} cause=\"{}\"",
               again.members, again.programs, again.failed,
               std::string(again.first_failure.message()));
  return absl::OkStatus();
}

}  // namespace

void KeepEndSignals() {
  const sigset_t signals = EndSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

// The parts are destroyed in the reverse order of their construction.
absl::Status Serve(const runtime::Config& config) {
  Ground ground;
  PERIGEE_ASSIGN_OR_RETURN(ground.store, OpenStore(config.store, ground.metrics));
  PERIGEE_RETURN_IF_ERROR(ground.store->Read(use_cases::CheckZones));
  PERIGEE_RETURN_IF_ERROR(EraseAgainAfterARestore(ground));
  PERIGEE_ASSIGN_OR_RETURN(const std::string secret, ground.store->TokenSecret());
  const PageTokens tokens(secret);
  Threads threads(ground.metrics);
  Boards boards(ground, config, secret, threads.workers);
  jobs::BadgeGranting badges({*ground.store, ground.clock, threads.workers, ground.metrics});
  jobs::TierFollowing tiers({*ground.store, ground.clock, threads.workers, ground.metrics});
  // No work may call the projection or a service after its destruction. stop_work may run twice.
  const auto stop_work = [&] {
    ground.store->Stop();
    boards.projection.Stop();
    badges.Stop();
    tiers.Stop();
    threads.Stop();
  };
  const absl::Cleanup stop_at_the_latest_now = stop_work;
  PERIGEE_RETURN_IF_ERROR(boards.projection.Start());
  PERIGEE_RETURN_IF_ERROR(badges.Start());
  PERIGEE_RETURN_IF_ERROR(tiers.Start());
  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<SignIn> sign_in,
                           SignIn::Open(config.access, *ground.store, secret, ground.steady_clock));
  Services services(ground, threads, boards, tokens, sign_in.get());
  std::optional<jobs::Repeating> rechecking;
  if (sign_in != nullptr) {
    rechecking.emplace(threads.workers, kRecheckPause, [&] {
      services.RecheckStreams();
      ground.metrics.SignIns(sign_in->Figures());
    });
  }
  Jobs jobs(ground, threads, !config.store.IsPostgres());
  PERIGEE_ASSIGN_OR_RETURN(const Doors doors, OpenDoors(config, ground, services));
  PERIGEE_RETURN_IF_ERROR(Announce(config, doors, sign_in != nullptr));

  WaitForEndSignal();
  spdlog::info("event=draining");
  // The jobs end first, so that another server does them while this one drains.
  jobs.HandOver();
  rechecking.reset();
  services.StopStreams();
  doors.Drain(services);
  stop_work();
  spdlog::info("event=ended");
  return absl::OkStatus();
}

}  // namespace perigee
