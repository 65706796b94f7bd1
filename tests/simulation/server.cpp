#include "tests/simulation/server.h"

#include <utility>

#include "server/core/check.h"
#include "server/core/status_macros.h"
#include "tests/simulation/decisions.h"

namespace perigee::simulation {
namespace {

std::unique_ptr<sql::Connection> Connect(const sql::Database& database) {
  absl::StatusOr<std::unique_ptr<sql::Connection>> connection =
      database.Connect(sql::Database::Access::kWrite);
  PERIGEE_CHECK(connection.ok(), "the simulation can open its store");
  return *std::move(connection);
}

}  // namespace

Server::Server(const sql::Database& database, FaultyCache& cache, ports::Clock& clock,
               ports::Ids& ids, const Sabotage& sabotage)
    : connection_(std::make_unique<FaultyConnection>(Connect(database), faults)),
      leases_(database),
      store_(std::make_unique<SteppedStore>(database, *connection_, leases_, sabotage)),
      link_(cache),
      directory_(*store_),
      terms_(*store_),
      badges_({*store_, clock, executor_, telemetry_}, rules_),
      tiers_({*store_, clock, executor_, telemetry_}, rules_),
      keeper_({leases_, steady_clock_, ids},
              {.jobs = {std::string(jobs::DueLoop::kJob)}, .alone = true},
              [](const jobs::LeaseKeeper::Change&) {}),
      expiry_(
          {*store_, clock, keeper_},
          {jobs::HoldExpiry(), jobs::LotExpiry(), jobs::MemberErasing(), jobs::ProgramDeleting(),
           jobs::AppointmentSettling(), jobs::RedemptionExpiry(), jobs::ContributionCrediting(),
           jobs::BadgeApplying(), jobs::TierApplying(), jobs::TierReviewing()}),
      closer_({*store_, clock, keeper_},
              {jobs::PeriodClosing(kResultLimits), jobs::DraftRemoval(kResultLimits)}) {
  jobs::BoardProjection::Options options;
  options.past_periods_max = 3;
  options.make_worker = [this] {
    workers_.push_back(std::make_shared<SteppedWorker>());
    return workers_.back();
  };
  view_ = std::make_unique<jobs::BoardProjection>(
      jobs::BoardProjection::Parts{*store_, store_->feed(), memory_, &link_, directory_, terms_,
                                   clock, executor_, telemetry_},
      std::move(options));
}

absl::Status Server::Start() {
  PERIGEE_RETURN_IF_ERROR(view_->Start());
  PERIGEE_RETURN_IF_ERROR(badges_.Start());
  return tiers_.Start();
}

}  // namespace perigee::simulation
