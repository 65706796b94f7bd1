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

// Keeps this server present among those on its store, and knows which leases it holds. No two
// machines compare their clocks: a server that is gone is one whose count of signs this one has
// itself seen unchanged for longer than `length`; and this server holds nothing any more once its
// own last sign was sent longer ago than `length` less `margin`. Safe from many threads.
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
    // For clocks that do not go equally fast.
    std::chrono::milliseconds margin{1500};
    // No other server can use the store meanwhile: one that is present is of the past.
    bool alone = false;
  };
  // Of the lease of one job, since it was last told.
  struct Change {
    std::string job;
    bool taken = false;
    bool lost = false;  // Both: it was lost and taken again.
    bool held = false;  // Now.
  };
  LeaseKeeper(Parts parts, Options options, std::function<void(const Change& change)> on_change);

  // Shows a sign of life, takes leases that are free, and removes servers that are gone. To be
  // called several times in `length` less `margin`, by one thread that does nothing else. On an
  // error it holds its leases as long as their time runs.
  absl::Status RunOnce();

  // The lease of a job that this server may do now; nullopt: it may not.
  std::optional<ports::Lease> Held(std::string_view job) const;
  bool Holds(const ports::Lease& lease) const;

  // Gives all leases up, so that another server takes them at once, and takes none any more. Work
  // under a lease must have ended.
  absl::Status GiveUp();

 private:
  using Instant = std::chrono::steady_clock::time_point;
  struct Sighting {
    std::int64_t signs = 0;
    Instant since;  // When it was first seen there.
  };

  // Under running_.
  absl::Status Renew();
  absl::StatusOr<bool> RemoveTheGone();
  void Tell();

  std::set<ports::Lease> HeldNow() const;

  const Parts parts_;
  const Options options_;
  const std::function<void(const Change& change)> on_change_;

  std::mutex running_;  // Before mutex_. Guards the four below.
  bool ended_ = false;
  Uuid server_;  // Nil: not present.
  std::map<Uuid, Sighting> others_;
  std::set<ports::Lease> told_;

  mutable std::mutex mutex_;  // Guards the two below.
  std::set<ports::Lease> held_;
  std::optional<Instant> until_;  // When it ends if no other sign comes through.
};

}  // namespace perigee::jobs
