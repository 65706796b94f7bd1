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

// Handles due things of one kind.
struct DueHandler {
  ports::DueKind kind{};
  // Ends `due`, which is of one programme. A failed thing must not stop the others: a thing that is
  // still due afterwards counts as failed, with the first failure that is returned. `unit` gives
  // programme, time, lease, lane and principal. Blocks.
  std::function<absl::Status(ports::Store& store, const ports::Unit& unit,
                             std::span<const ports::Due> due)>
      end;
};

// Decides the changes that end all of `due`. All are of one programme, still due, and due at the
// unit's time.
using DecideDue = std::function<absl::StatusOr<ports::Decision>(
    const std::string& program, std::span<const ports::Due> due, ports::StoreReader& reader,
    const ports::UnitContext& unit)>;

// Ends those of `due` that are still due, in one unit of work, as DueHandler::end says. If the unit
// fails, each half gets a unit of its own, and so on, until only the things that fail by themselves
// are left.
absl::Status EndInUnits(ports::Store& store, ports::Unit unit, std::span<const ports::Due> due,
                        const DecideDue& decide);
// The same for work that destroys keys. A unit's keys are destroyed after its commit, and until
// another unit has seen that, the work may be listed as it was.
absl::Status EndWithKeys(ports::Store& store, const ports::Unit& unit,
                         std::span<const ports::Due> due, const DecideDue& decide);

// Handles the due things of all kinds in all programmes. One query finds them, and one lease
// decides which server does the work. Not for several threads at once.
class DueLoop {
 public:
  static constexpr std::string_view kJob = "due";

  struct Parts {
    ports::Store& store;
    ports::Clock& clock;
    const LeaseKeeper& leases;
  };
  // Due things of a kind without a handler are left alone.
  DueLoop(Parts parts, std::vector<DueHandler> handlers);

  // Ends all due things, if this server holds the lease. A failed thing does not stop the others.
  // The next run tries it again. Returns the first failure.
  absl::Status RunOnce();

  // How long to rest after a run: until the next listed thing falls due, ten seconds at most.
  std::chrono::milliseconds Rest() const;

 private:
  // The due things of one programme and kind.
  using Group = std::pair<std::string, ports::DueKind>;

  // Goes once through all due things. Returns whether it ended any, in which case more may be due.
  absl::StatusOr<bool> Pass(const ports::Lease& lease);
  void End(const ports::Lease& lease, const Group& group, std::span<const ports::Due> due,
           Time now);
  absl::StatusOr<std::vector<ports::Due>> StillDue(std::span<const ports::Due> due);

  const Parts parts_;
  std::map<ports::DueKind, DueHandler> handlers_;

  // State of the last run.
  bool held_ = false;
  std::optional<Time> next_;  // The time of the first thing that is not due yet.
  bool ended_ = false;        // Whether the last pass ended anything.
  std::set<ports::Due> failed_;
  absl::Status first_failure_;
};

}  // namespace perigee::jobs
