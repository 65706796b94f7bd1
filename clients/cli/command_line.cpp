#include "clients/cli/command_line.h"

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "clients/cli/failure.h"
#include "server/core/version.h"

namespace perigee::cli {
namespace {

// What is wrong if a word stands where a command belongs and is none; else empty.
std::string UnknownCommand(const CLI::App& app, int argc, const char* const* argv) {
  const CLI::App* at = &app;
  std::string path = app.get_name();
  for (int i = 1; i < argc && argv[i][0] != '-'; ++i) {
    const std::vector<const CLI::App*> commands = at->get_subcommands(nullptr);
    if (commands.empty()) {
      return {};
    }
    const auto found = std::ranges::find(commands, argv[i], &CLI::App::get_name);
    if (found == commands.end()) {
      std::string text = path + ": there is no command `" + argv[i] + "`; there are";
      for (const CLI::App* command : commands) {
        text += (command == commands.front() ? " " : ", ") + command->get_name();
      }
      return text + ".";
    }
    at = *found;
    path += " " + at->get_name();
  }
  return {};
}

}  // namespace

void AddServerOptions(CLI::App& app, Options& options) {
  app.add_option("--public", options.public_address,
                 "Address of the public door; of the server that `./dev up` runs if left out")
      ->envname("PERIGEE_PUBLIC");
  app.add_option("--internal", options.internal_address, "Address of the internal door, likewise")
      ->envname("PERIGEE_INTERNAL");
  app.add_option("-p,--program", options.program, "The programme's id")->envname("PERIGEE_PROGRAM");
}

int RunCommandLine(CLI::App& app, int argc, char** argv, Session& session, const Chosen& chosen,
                   const std::function<void(const absl::Status&)>& after_failure) {
  app.set_version_flag("--version", app.get_name() + " " + std::string(Version()));
  // CLI11 reports errors by exceptions; they end here.
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (const std::string unknown = UnknownCommand(app, argc, argv); !unknown.empty()) {
      std::cerr << unknown << '\n';
      return kExitUsage;
    }
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  const absl::Status status = chosen(session);
  if (status.ok()) {
    return kExitOk;
  }
  const int exit_code = PrintFailure(status, std::cerr, app.get_name());
  if (after_failure != nullptr) {
    after_failure(status);
  }
  return exit_code;
}

}  // namespace perigee::cli
