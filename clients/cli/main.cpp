#include <iostream>

#include <CLI/CLI.hpp>

#include "clients/cli/commands/command.h"
#include "clients/cli/session.h"

namespace perigee::cli {

namespace {

void AddOptions(CLI::App& app, Options& options) {
  app.add_option("--public", options.public_address,
                 "Address of the public door; of the server that `./dev up` runs if left out")
      ->envname("PERIGEE_PUBLIC");
  app.add_option("--internal", options.internal_address, "Address of the internal door, likewise")
      ->envname("PERIGEE_INTERNAL");
  app.add_option("-p,--program", options.program, "The programme's id")->envname("PERIGEE_PROGRAM");
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
  app.footer(
      "\nExamples:\n"
      "  perigee demo -p demo\n"
      "  perigee boards top reputation -p demo\n"
      "  perigee capital account ada/reputation -p demo\n\n"
      "Ends with 0 when done, 1 when refused, 2 when the command line is wrong, 3 when the server "
      "cannot be reached.");
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
  // CLI11 reports by exceptions; they end here.
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  const absl::Status status = chosen(session);
  return status.ok() ? kExitOk : PrintFailure(status, std::cerr);
}

}  // namespace

}  // namespace perigee::cli

// What escapes is a mistake in the options themselves, met at every start.
// NOLINTNEXTLINE(bugprone-exception-escape)
int main(int argc, char** argv) { return perigee::cli::Run(argc, argv); }
