#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/load/engine.h"
#include "tests/support/server_process.h"

namespace perigee::bench {

// The figures of a closed loop of calls. The processor times are for each call.
struct Sample {
  double rate = 0;  // Calls a second.
  double p50_us = 0;
  double p99_us = 0;
  double cpu_us = 0;        // The server's.
  double store_cpu_us = 0;  // The store's own processes'.
  std::int64_t calls = 0;
};

// Runs the load against the server for `seconds`. `store` are the store's own processes. kInternal
// if a call was refused.
absl::StatusOr<Sample> TakeSample(const tests::ServerProcess& server,
                                  const std::vector<pid_t>& store, const load::Load& load,
                                  int in_flight, double seconds);

// The medians of each figure. `samples` must not be empty.
Sample MedianOf(const std::vector<Sample>& samples);

}  // namespace perigee::bench
