#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/jobs/lease_keeper.h"
#include "server/ports/due.h"
#include "server/ports/store.h"

namespace perigee::ports {
class Clock;
}  // namespace perigee::ports

namespace perigee::jobs {

// What is done with things of one kind that fell due.
struct DueHandler {
  ports::DueKind kind{};
  // Ends `due`, which is of one programme. What fails must keep back nothing else of it: what
  // stands afterwards counts as failed, with the first failure that is answered. `unit` says for
  // whom: programme, time, lease, lane and principal. Blocks.
  std::function<absl::Status(ports::Store& store, const ports::Unit& unit,
                             std::span<const ports::Due> due)>
      end;
};

// Decides what ends all of `due`, which is of one programme, stands, and is due at the unit's time.
using DecideDue = std::function<absl::StatusOr<ports::Decision>(
    const std::string& program, std::span<const ports::Due> due, ports::StoreReader& reader,
    const ports::UnitContext& unit)>;

// Ends those of `due` that still stand in one unit of work, as DueHandler::end says. Where that
// fails, each half has a unit of its own, and so on, until only what fails by itself is left.
absl::Status EndInUnits(ports::Store& store, ports::Unit unit, std::span<const ports::Due> due,
                        const DecideDue& decide);

// Does what falls due, of all kinds and in all programmes: one query finds it, one lease says which
// server does it. Not for several threads at once.
class DueLoop {
 public:
  static constexpr std::string_view kJob = "due";

  struct Parts {
    ports::Store& store;
    ports::Clock& clock;
    const LeaseKeeper& leases;
  };
  // A kind without a handler is left alone.
  DueLoop(Parts parts, std::vector<DueHandler> handlers);

  // All that is due now, if this server holds the lease. What fails keeps nothing else back; it is
  // tried again by the next run, and the first failure is told.
  absl::Status RunOnce();

  // How long to rest after that: until the next thing falls due that was there, ten seconds at
  // most.
  std::chrono::milliseconds Rest() const;

 private:
  using Group = std::pair<std::string, ports::DueKind>;  // Of one programme and kind.

  // Goes once through all that is due. Whether it ended anything, so that more may be due.
  absl::StatusOr<bool> Pass(const ports::Lease& lease);
  void End(const ports::Lease& lease, const Group& group, std::span<const ports::Due> due,
           Time now);
  absl::StatusOr<std::vector<ports::Due>> Standing(std::span<const ports::Due> due);

  const Parts parts_;
  std::map<ports::DueKind, DueHandler> handlers_;

  // Of the last run.
  bool held_ = false;
  std::optional<Time> next_;  // The first thing that is not due yet.
  bool ended_ = false;        // Something, in the last pass.
  std::set<ports::Due> failed_;
  absl::Status first_failure_;
};

}  // namespace perigee::jobs
