#pragma once

#include <functional>

#include <CLI/CLI.hpp>

#include "absl/status/status.h"
#include "clients/cli/session.h"

namespace perigee::cli {

// The command that the command line chose. It runs after parsing.
using Chosen = std::function<absl::Status(Session&)>;

// The options that name the server and the programme.
void AddServerOptions(CLI::App& app, Options& options);

// The end of the help: the exit codes.
inline constexpr const char* kExitCodesText =
    "Ends with 0 when done, 1 when refused, 2 when the command line is wrong, 3 when the server "
    "cannot be reached.";

// Parses the command line, runs the chosen command, prints a failure and answers the exit code.
// `after_failure`, if set, may print more.
int RunCommandLine(CLI::App& app, int argc, char** argv, Session& session, const Chosen& chosen,
                   const std::function<void(const absl::Status&)>& after_failure = nullptr);

}  // namespace perigee::cli
