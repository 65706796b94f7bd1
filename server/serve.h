#pragma once

#include "absl/status/status.h"

namespace perigee::runtime {
struct Config;
}  // namespace perigee::runtime

namespace perigee {

// Keeps SIGTERM and SIGINT for Serve. Must be called before a second thread exists.
void KeepEndSignals();

// Opens the store, starts the boards, the jobs and the doors, and serves until one of those signals
// arrives. Then it drains; a second signal ends the process at once. Returns the error of the
// store, a door or the ready file if it cannot begin.
absl::Status Serve(const runtime::Config& config);

}  // namespace perigee
