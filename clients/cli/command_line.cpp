#include "clients/cli/command_line.h"

#include <iostream>

#include "clients/cli/failure.h"

namespace perigee::cli {

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
  // CLI11 reports errors by exceptions; they end here.
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
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
