#pragma once

#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "server/domain/board.h"
#include "server/ports/clock.h"
#include "server/ports/store.h"

namespace perigee::jobs {

// Makes the final result of every period that was open at any time since its board was made, once
// its grace for late events is over. Not for several threads at once.
class PeriodCloser {
 public:
  PeriodCloser(ports::Store& store, ports::Clock& clock) : store_(store), clock_(clock) {}

  // All that is to be closed now, in all programmes; a board that fails does not keep the others
  // back, and the first failure is told.
  absl::Status RunOnce();

 private:
  absl::Status CloseBoard(const std::string& program, const domain::Board& board, Time now);

  ports::Store& store_;
  ports::Clock& clock_;
  // The first period of each board that may still be open, so that the past is gone through once.
  std::map<std::pair<std::string, domain::Revision>, std::string> next_;
};

}  // namespace perigee::jobs
