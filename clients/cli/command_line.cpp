#include "clients/cli/command_line.h"

#include <iostream>
#include <string>
#include <vector>

#include "clients/cli/failure.h"
#include "server/core/version.h"

namespace perigee::cli {
namespace {

// Says what is wrong with a command line, and where help is.
std::string WhatIsWrong(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* at = &app;
  std::string path = app.get_name();
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
    path += " " + at->get_name();
  }
  const std::string next = "\n  next:   See `" + path + " --help`.\n";
  const std::vector<const CLI::App*> commands = at->get_subcommands(nullptr);
  if (commands.empty()) {
    return path + ": " + error.what() + next;
  }
  const std::vector<std::string> rest = app.remaining(true);
  std::string text = path + ": " +
                     (rest.empty() ? "which command? There are"
                                   : "there is no command `" + rest.front() + "`; there are");
  for (const CLI::App* command : commands) {
    text += (command == commands.front() ? " " : ", ") + command->get_name();
  }
  return text + "." + next;
}

}  // namespace

void AddServerOptions(CLI::App& app, Options& options) {
  app.add_option("--public", options.public_address,
                 "Address of the public door; of the server that `./dev up` runs if left out")
      ->envname("PERIGEE_PUBLIC");
  app.add_option("--internal", options.internal_address, "Address of the internal door, likewise")
      ->envname("PERIGEE_INTERNAL");
  ConnectionOptions& connection = options.connection;
  app.add_option("--ca", connection.ca_file, "Connect by TLS; the CA of the doors, in PEM")
      ->envname("PERIGEE_CA");
  app.add_flag("--tls", connection.system_cas, "Connect by TLS; this machine knows the CA")
      ->envname("PERIGEE_TLS");
  app.add_option("--client-cert", connection.client_certificate,
                 "Certificate to show at the internal door, with --client-key")
      ->envname("PERIGEE_CLIENT_CERT");
  app.add_option("--client-key", connection.client_key, "Its key")->envname("PERIGEE_CLIENT_KEY");
  // The token itself is no option: other users of a machine can read command lines.
  app.add_option("--token-file", connection.token_file,
                 "File of the token that says who calls; PERIGEE_TOKEN may hold the token itself")
      ->envname("PERIGEE_TOKEN_FILE");
  app.add_option("-p,--program", options.program, "The programme's id")->envname("PERIGEE_PROGRAM");
}

int RunCommandLine(CLI::App& app, int argc, char** argv, Session& session, const Chosen& chosen,
                   const std::function<void(const absl::Status&)>& after_failure) {
  app.set_version_flag("--version", app.get_name() + " " + std::string(Version()));
  // CLI11 reports errors by exceptions; they end here.
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      app.exit(error);
      return kExitOk;
    }
    std::cerr << WhatIsWrong(app, error);
    return kExitUsage;
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
