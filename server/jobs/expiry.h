#pragma once

#include <string>

#include "absl/status/status.h"
#include "server/ports/clock.h"
#include "server/ports/store.h"

namespace perigee::jobs {

// Ends what has run out: holds that nobody resolved, lots that nobody spent.
class Expiry {
 public:
  Expiry(ports::Store& store, ports::Clock& clock) : store_(store), clock_(clock) {}

  // All that is due now, in all programmes; a programme that fails does not keep the others back,
  // and the first failure is told.
  absl::Status RunOnce();

 private:
  absl::Status RunProgram(const std::string& program);

  ports::Store& store_;
  ports::Clock& clock_;
};

}  // namespace perigee::jobs
