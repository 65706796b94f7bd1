#pragma once

#include "absl/status/status.h"

namespace perigee::runtime {
struct Config;
}  // namespace perigee::runtime

namespace perigee {

// Keeps SIGTERM and SIGINT for Serve. To be called before there is a second thread.
void KeepEndSignals();

// Opens the store, brings up the boards, the jobs and the doors, and serves until it is told to end
// by one of those signals; then it drains, and a second signal ends the process at once. The error
// of the store, a door or the ready file if it cannot begin.
absl::Status Serve(const runtime::Config& config);

}  // namespace perigee
