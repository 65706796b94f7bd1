#include <iostream>
#include <string>

#include <CLI/CLI.hpp>

#include "clients/cli/command_line.h"
#include "clients/cli/commands/command.h"
#include "clients/cli/session.h"

namespace perigee::cli {
namespace {

void AddOptions(CLI::App& app, Options& options) {
  AddServerOptions(app, options);
  app.add_flag("--json", options.json, "One JSON document; for streams one line a message");
  app.add_option("--request-id", options.request_id,
                 "Repeat an earlier change under its UUID: it takes effect once");
  app.add_option("--timeout", options.timeout_seconds, "Seconds to wait for one answer")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

int Run(int argc, char** argv) {
  CLI::App app("perigee: the command line of a customer-champion programme", "perigee");
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(std::string("\nExamples:\n"
                         "  perigee demo -p demo\n"
                         "  perigee boards top renown -p demo\n"
                         "  perigee capital account m-002/seeds -p demo\n\n") +
             kExitCodesText);
  Session session(std::cout);
  Chosen chosen;
  AddOptions(app, session.options);
  AddPrograms(app, chosen);
  AddAssets(app, chosen);
  AddRules(app, chosen);
  AddMembers(app, chosen);
  AddActivities(app, chosen);
  AddCapital(app, chosen);
  AddBoards(app, chosen);
  AddWatch(app, chosen);
  AddImport(app, chosen);
  AddDemo(app, chosen);
  AddCompletion(app, chosen);
  return RunCommandLine(app, argc, argv, session, chosen);
}

}  // namespace
}  // namespace perigee::cli

// Only a mistake in the options themselves can throw here, and it would show at every start.
// NOLINTNEXTLINE(bugprone-exception-escape)
int main(int argc, char** argv) { return perigee::cli::Run(argc, argv); }
