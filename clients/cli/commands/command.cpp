#include "clients/cli/commands/command.h"

namespace perigee::cli {

CLI::App* NewCommand(CLI::App& noun, const CommandText& text) {
  CLI::App* command = noun.add_subcommand(text.name, text.description);
  command->footer("\nExample:\n" + text.example);
  return command;
}

void WhenChosen(CLI::App& command, Chosen& chosen, Chosen run) {
  command.callback([&chosen, run = std::move(run)] { chosen = run; });
}

CLI::App& AddNoun(CLI::App& root, const std::string& name, const std::string& description) {
  CLI::App* noun = root.add_subcommand(name, description);
  noun->require_subcommand(1);
  return *noun;
}

}  // namespace perigee::cli
