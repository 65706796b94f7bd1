#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

#include "clients/cli/command_line.h"

namespace perigee::cli {

class Session;

// The name and the help of a command. `example` holds one or two full command lines.
struct CommandText {
  std::string name;
  std::string description;
  std::string example;
};

// NewCommand makes a command of a noun, without arguments. WhenChosen sets what the command does.
CLI::App* NewCommand(CLI::App& noun, const CommandText& text);
void WhenChosen(CLI::App& command, Chosen& chosen, Chosen run);

// Adds a command to a noun. `Args` holds its arguments; `bind` (CLI::App&, Args&) declares them,
// and `run` (Session&, const Args&) → Status does the work.
template <class Args, class Bind, class Run>
CLI::App* AddCommand(CLI::App& noun, Chosen& chosen, const CommandText& text, Bind bind, Run run) {
  auto args = std::make_shared<Args>();
  CLI::App* command = NewCommand(noun, text);
  bind(*command, *args);
  WhenChosen(*command, chosen,
             [args, run](Session& session) { return run(session, std::as_const(*args)); });
  return command;
}

CLI::App& AddNoun(CLI::App& root, const std::string& name, const std::string& description);

// The last part of a resource's name.
inline std::string IdOf(std::string_view name) {
  return std::string(name.substr(name.rfind('/') + 1));
}

void AddPrograms(CLI::App& root, Chosen& chosen);
void AddAssets(CLI::App& root, Chosen& chosen);
void AddRules(CLI::App& root, Chosen& chosen);
void AddMembers(CLI::App& root, Chosen& chosen);
void AddActivities(CLI::App& root, Chosen& chosen);
void AddCapital(CLI::App& root, Chosen& chosen);
void AddBoards(CLI::App& root, Chosen& chosen);
void AddWatch(CLI::App& root, Chosen& chosen);
void AddImport(CLI::App& root, Chosen& chosen);
void AddDemo(CLI::App& root, Chosen& chosen);
void AddCompletion(CLI::App& root, Chosen& chosen);

}  // namespace perigee::cli
