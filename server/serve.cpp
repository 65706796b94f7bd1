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
#include "server/core/civil_time.h"
#include "server/core/error.h"
#include "server/core/page_token.h"
#include "server/core/status_macros.h"
#include "server/door_services.h"
#include "server/ground.h"
#include "server/jobs/badge/badge_granting.h"
#include "server/jobs/board/period_closer.h"
#include "server/jobs/delivery/event_passing.h"
#include "server/jobs/delivery/sending.h"
#include "server/jobs/due_loop.h"
#include "server/jobs/health.h"
#include "server/jobs/inbox/inbox_pushing.h"
#include "server/jobs/insider/items.h"
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
#include "server/runtime/grpc_server.h"
#include "server/runtime/metrics.h"
#include "server/runtime/metrics_door.h"
#include "server/runtime/ready_file.h"
#include "server/senders.h"
#include "server/sign_in.h"
#include "server/use_cases/insider/attachments.h"
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

// OK while the server can serve every programme.
absl::Status Readiness(const ports::Store& store) {
  if (Zone::AnyMissing()) {
    return Error(Reason::kTimeZoneMissing, "this host lacks a time zone that a programme has");
  }
  return store.Ready();
}

// Streams whose callers may not have them any more end within a second.
constexpr milliseconds kRecheckPause{500};
constexpr milliseconds kHealthPause = seconds(15);
// Counting goes over all members, so it may take no more than a fiftieth of a processor.
constexpr int kHealthRests = 50;
constexpr milliseconds kForgetPause = hours(1);
constexpr std::chrono::days kRequestIdsKept{35};
constexpr milliseconds kSweepPause = std::chrono::minutes(10);
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
  Jobs(Ground& ground, Threads& threads, Senders& senders, bool alone)
      : leases_({ground.store->leases(), ground.steady_clock, ground.ids}, LeaseOptions(alone),
                [&metrics = ground.metrics](const jobs::LeaseKeeper::Change& change) {
                  LeaseChanged(metrics, change);
                }),
        due_({*ground.store, ground.clock, leases_},
             {jobs::HoldExpiry(), jobs::LotExpiry(), jobs::PeriodClosing(), jobs::DraftRemoval(),
              jobs::MemberErasing(), jobs::ProgramDeleting(), jobs::TraitSettling(),
              jobs::AppointmentSettling(), jobs::ContributionCrediting(), jobs::InvitationExpiry(),
              jobs::RedemptionExpiry(), jobs::BadgeApplying(), jobs::TierApplying(),
              jobs::TierReviewing(), jobs::ItemSettling(), jobs::SeatSettling()}),
        sending_({*ground.store, ground.clock, leases_, senders.threads, senders.outgoing,
                  senders.vapid(), ground.metrics}),
        pushing_({*ground.store, ground.clock, leases_}),
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
    repeating_.push_back(std::make_unique<jobs::Repeating>(
        threads.workers, [this] { return sending_.Rest(); },
        Logged("sending", [this] { return sending_.RunOnce(); })));
    if (senders.vapid() != nullptr) {
      repeating_.push_back(std::make_unique<jobs::Repeating>(
          threads.workers, [this] { return pushing_.Rest(); },
          Logged("inbox_pushing", [this] { return pushing_.RunOnce(); })));
    }
    repeat(
        "health", kHealthPause, [this] { return health_.RunOnce(); }, kHealthRests);
    repeat("forget_requests", kForgetPause, [&ground] {
      return ground.store->ForgetRequests(ground.clock.Now() - kRequestIdsKept);
    });
    repeat("sweep_blobs", kSweepPause, [&ground] {
      return use_cases::SweepBlobs(*ground.store, *ground.blobs, ground.clock.Now());
    });
  }

  // Ends all jobs and leaves them to another server.
  void HandOver() {
    repeating_.clear();
    sending_.Stop();
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
  jobs::Sending sending_;
  jobs::InboxPushing pushing_;
  jobs::Health health_;
  std::vector<std::unique_ptr<jobs::Repeating>> repeating_;
  std::optional<jobs::Repeating> showing_signs_;
};

// Consoles and ingestion keep few streams open. More open streams would not make writes faster.
constexpr int kInternalOpenPerConnection = 128;
constexpr milliseconds kDrainPatience = seconds(10);

struct Doors {
  void Drain(const DoorServices& services) const {
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

absl::StatusOr<Doors> OpenDoors(const runtime::Config& config, Ground& ground,
                                DoorServices& services) {
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
  ground.blobs = OpenBlobs(config.store, ground.ids);
  PERIGEE_RETURN_IF_ERROR(ground.store->Read(use_cases::CheckZones));
  PERIGEE_RETURN_IF_ERROR(EraseAgainAfterARestore(ground));
  PERIGEE_ASSIGN_OR_RETURN(const std::string secret, ground.store->TokenSecret());
  const PageTokens tokens(secret);
  Threads threads(ground.metrics);
  Boards boards(ground, config, secret, threads.workers);
  jobs::BadgeGranting badges({*ground.store, ground.clock, threads.workers, ground.metrics});
  jobs::TierFollowing tiers({*ground.store, ground.clock, threads.workers, ground.metrics});
  jobs::EventPassing events({*ground.store, ground.clock, threads.workers, ground.metrics});
  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<Senders> senders, Senders::Open(config.access));
  // No work may call the projection or a service after its destruction. stop_work may run twice.
  const auto stop_work = [&] {
    ground.store->Stop();
    boards.projection.Stop();
    badges.Stop();
    tiers.Stop();
    events.Stop();
    threads.Stop();
  };
  const absl::Cleanup stop_at_the_latest_now = stop_work;
  PERIGEE_RETURN_IF_ERROR(boards.projection.Start());
  PERIGEE_RETURN_IF_ERROR(badges.Start());
  PERIGEE_RETURN_IF_ERROR(tiers.Start());
  PERIGEE_RETURN_IF_ERROR(events.Start());
  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<SignIn> sign_in,
                           SignIn::Open(config.access, *ground.store, secret, ground.steady_clock));
  DoorServices services(ground, threads, boards, tokens, sign_in.get(), *senders);
  std::optional<jobs::Repeating> rechecking;
  if (sign_in != nullptr) {
    rechecking.emplace(threads.workers, kRecheckPause, [&] {
      services.RecheckStreams();
      ground.metrics.SignIns(sign_in->Figures());
    });
  }
  Jobs jobs(ground, threads, *senders, !config.store.IsPostgres());
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
