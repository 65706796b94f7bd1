#pragma once

#include <functional>

#include <CLI/CLI.hpp>

#include "absl/status/status.h"
#include "clients/cli/session.h"

namespace perigee::cli {

// The command that the command line chose, to be run once parsing is over.
using Chosen = std::function<absl::Status(Session&)>;

// The options that name the server and the programme.
void AddServerOptions(CLI::App& app, Options& options);

// The last words of the help: how the program ends.
inline constexpr const char* kExitCodesText =
    "Ends with 0 when done, 1 when refused, 2 when the command line is wrong, 3 when the server "
    "cannot be reached.";

// Parses the command line, runs what it chose, prints what went wrong, and answers the exit code.
// `after_failure`, if there, may add to what was printed.
int RunCommandLine(CLI::App& app, int argc, char** argv, Session& session, const Chosen& chosen,
                   const std::function<void(const absl::Status&)>& after_failure = nullptr);

}  // namespace perigee::cli
