#pragma once

#include <chrono>
#include <functional>

#include "absl/status/status.h"

namespace perigee::ports {

// Runs work that may block, on bounded threads and a bounded queue. Safe from many threads.
class Executor {
 public:
  virtual ~Executor() = default;
  // kOverloaded, at once, if too much work waits already; kShuttingDown if the executor is
  // stopping. In both cases `work` will not run.
  virtual absl::Status Submit(std::function<void()> work) = 0;
  // Runs `work` once after `delay`, unless the executor stops first. Not for exact times.
  virtual void After(std::chrono::milliseconds delay, std::function<void()> work) = 0;
};

}  // namespace perigee::ports
