#pragma once

#include <chrono>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace perigee::cli {

// How the client ends. Stated in its help.
inline constexpr int kExitOk = 0;
inline constexpr int kExitRefused = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitUnavailable = 3;

// What the command line got wrong.
absl::Status UsageFailure(std::string_view what);

// A server's answer with all that it says about itself.
absl::Status FromGrpc(const grpc::Status& status);

// The reason, such as `INSUFFICIENT_FUNDS`; empty if the status is no refusal of the server.
std::string ReasonIn(const absl::Status& status);

// Whether the same message may be sent again.
bool MayRetry(const absl::Status& status);
// What the server asks to wait before that.
std::optional<std::chrono::milliseconds> RetryDelay(const absl::Status& status);

// Says what went wrong, the reason and field, and what to do next; answers the exit code.
int PrintFailure(const absl::Status& status, std::ostream& err,
                 std::string_view program = "perigee");

}  // namespace perigee::cli
