#pragma once

#include <chrono>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace perigee::cli {

// The exit codes of the client. The help states them.
inline constexpr int kExitOk = 0;
inline constexpr int kExitRefused = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitUnavailable = 3;
inline constexpr int kExitUndecided = 4;  // Only of `verify`.

// A failure of the command line itself.
absl::Status UsageFailure(std::string_view what);
bool IsUsageFailure(const absl::Status& status);
// What was asked cannot be told.
absl::Status Undecided(std::string_view why);

// The status of a call, with all details of the refusal.
absl::Status FromGrpc(const grpc::Status& status);

// The reason, such as `INSUFFICIENT_FUNDS`; empty if the status is not a refusal of the server.
std::string ReasonIn(const absl::Status& status);

// The field that the server refuses, empty if it refuses none, and the id in a name that is no id.
struct RefusedField {
  std::string field;
  std::optional<std::string> id;
};
RefusedField RefusedFieldOf(const absl::Status& status);
// The same failure, told of the command line: the message names what to mend, and no field.
absl::Status WithMessage(const absl::Status& status, const std::string& message);
// A refusal of the server, told of one item of a file, such as `badge helper`. Other failures stay
// as they are.
absl::Status OfItem(const std::string& item, const absl::Status& status);
// What the server says of a resource that is missing, for a client that looked through a list.
absl::Status NotFoundFailure(const std::string& resource_name);

// Whether the same message may be sent again.
bool MayRetry(const absl::Status& status);
// Whether no server has answered.
bool CannotBeReached(const absl::Status& status);
// How long the server asks to wait before that.
std::optional<std::chrono::milliseconds> RetryDelay(const absl::Status& status);

// Prints the message, the reason, the field and the next step, and answers the exit code.
int PrintFailure(const absl::Status& status, std::ostream& err,
                 std::string_view program = "perigee");

}  // namespace perigee::cli
