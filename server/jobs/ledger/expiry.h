#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "server/jobs/lease_keeper.h"
#include "server/ports/clock.h"
#include "server/ports/store.h"

namespace perigee::jobs {

// Ends what has run out: holds that nobody resolved, lots that nobody spent.
class Expiry {
 public:
  static constexpr std::string_view kJob = "expiry";

  Expiry(ports::Store& store, ports::Clock& clock, const LeaseKeeper& leases)
      : store_(store), clock_(clock), leases_(leases) {}

  // All that is due now, in the programmes this server holds the lease of; a programme that fails
  // does not keep the others back, and the first failure is told.
  absl::Status RunOnce();

 private:
  absl::Status RunProgram(const ports::Lease& lease);

  ports::Store& store_;
  ports::Clock& clock_;
  const LeaseKeeper& leases_;
};

}  // namespace perigee::jobs
