#include <iostream>
#include <string>

#include <CLI/CLI.hpp>

#include "clients/cli/command_line.h"
#include "clients/cli/commands/command.h"
#include "clients/cli/session.h"

namespace perigee::cli {
namespace {

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
  AddPerigee(app, session.options, chosen);
  return RunCommandLine(app, argc, argv, session, chosen);
}

}  // namespace
}  // namespace perigee::cli

// Only a mistake in the options themselves can throw here, and it would show at every start.
// NOLINTNEXTLINE(bugprone-exception-escape)
int main(int argc, char** argv) { return perigee::cli::Run(argc, argv); }
