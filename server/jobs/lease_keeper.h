#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/core/uuid.h"
#include "server/ports/leases.h"

namespace perigee::ports {
class Ids;
class SteadyClock;
}  // namespace perigee::ports

namespace perigee::jobs {

// Keeps this server present among the servers on its store, and knows which leases it holds.
// Machines do not compare their clocks. Another server counts as gone when this one has seen its
// count of signs unchanged for longer than `length`. This server holds no lease once its own last
// sign is older than `length` less `margin`. Safe from many threads.
class LeaseKeeper {
 public:
  struct Parts {
    ports::Leases& leases;
    ports::SteadyClock& clock;
    ports::Ids& ids;
  };
  struct Options {
    std::vector<std::string> jobs;
    // The same for all servers on a store.
    std::chrono::milliseconds length{6000};
    // For clocks that run at slightly different speeds.
    std::chrono::milliseconds margin{1500};
    // True: no other server can use the store, so any other server that is present is left over
    // from the past.
    bool alone = false;
  };
  // Changes to the lease of one job since the last report.
  struct Change {
    std::string job;
    bool taken = false;
    bool lost = false;  // With `taken`: the lease was lost and taken again.
    bool held = false;  // Whether the lease is held now.
  };
  LeaseKeeper(Parts parts, Options options, std::function<void(const Change& change)> on_change);

  // Shows a sign of life, takes free leases, and removes servers that are gone. Call it several
  // times in `length` less `margin`, from one thread that does nothing else. After an error the
  // leases stay held until their time ends.
  absl::Status RunOnce();

  // The lease of a job, if this server may do the job now. Otherwise nullopt.
  std::optional<ports::Lease> Held(std::string_view job) const;
  bool Holds(const ports::Lease& lease) const;

  // Gives up all leases, so that another server takes them at once, and takes no more. Work under a
  // lease must have ended.
  absl::Status GiveUp();

 private:
  using Instant = std::chrono::steady_clock::time_point;
  struct Sighting {
    std::int64_t signs = 0;
    Instant since;  // When this count was first seen.
  };

  // Called with running_ held.
  absl::Status Renew();
  absl::StatusOr<bool> RemoveTheGone();
  void Tell();

  std::set<ports::Lease> HeldNow() const;

  const Parts parts_;
  const Options options_;
  const std::function<void(const Change& change)> on_change_;

  std::mutex running_;  // Taken before mutex_. Guards the four below.
  bool ended_ = false;
  Uuid server_;  // Nil: not present.
  std::map<Uuid, Sighting> others_;
  std::set<ports::Lease> told_;

  mutable std::mutex mutex_;  // Guards the two below.
  std::set<ports::Lease> held_;
  std::optional<Instant> until_;  // When the leases end if no other sign gets through.
};

}  // namespace perigee::jobs
