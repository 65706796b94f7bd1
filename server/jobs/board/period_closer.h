#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "server/domain/board/board.h"
#include "server/jobs/lease_keeper.h"
#include "server/ports/clock.h"
#include "server/ports/store.h"
#include "server/use_cases/board/close_period.h"

namespace perigee::jobs {

// Makes the final result of every period that was open at any time since its board was made, once
// its grace for late events is over, and removes the drafts that closings left behind. Not for
// several threads at once.
class PeriodCloser {
 public:
  static constexpr std::string_view kJob = "period_closer";

  PeriodCloser(ports::Store& store, ports::Clock& clock, const LeaseKeeper& leases,
               const use_cases::ResultLimits& limits = {})
      : store_(store), clock_(clock), leases_(leases), limits_(limits) {}

  // All that is to be closed now, in the programmes this server holds the lease of; a board that
  // fails does not keep the others back, and the first failure is told.
  absl::Status RunOnce();

 private:
  absl::Status CloseBoard(const ports::Lease& lease, const domain::Board& board, Time now);

  ports::Store& store_;
  ports::Clock& clock_;
  const LeaseKeeper& leases_;
  const use_cases::ResultLimits limits_;
  // The first period of each board that may still be open, so that the past is gone through once.
  std::map<std::pair<std::string, domain::Revision>, std::string> next_;
};

}  // namespace perigee::jobs
