#include <atomic>
#include <csignal>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/command_line.h"
#include "clients/cli/failure.h"
#include "clients/cli/session.h"
#include "clients/load/community.h"
#include "clients/load/driver.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"

namespace perigee::load {
namespace {

// A signal handler has no argument of ours, so it sets this variable.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::atomic<bool> g_stop = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may set it");

// Ctrl-C ends a run early and shows its figures.
void StopOnInterrupt() {
  struct sigaction action {};
  action.sa_handler = [](int /*signal*/) { g_stop = true; };
  ::sigaction(SIGINT, &action, nullptr);
}

struct FillOptions {
  int members = 10'000;
  int programs = 1;
};

using cli::Chosen;

void AddRun(CLI::App& command, Options& options) {
  command.add_option("--board", options.board, "The board's id")->capture_default_str();
  command.add_option("--size", options.page_size, "Entries a page")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command.add_option("--seconds", options.seconds, "How long")
      ->check(CLI::Range(0.1, 1e6))
      ->capture_default_str();
  command.add_option("--channels", options.channels, "Connections for each kind of call")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command.add_option("--deadline", options.deadline_ms, "Milliseconds that each call may take")
      ->check(CLI::Range(1, 3'600'000))
      ->capture_default_str();
  command.add_option("--csv", options.csv, "Write the table to this file, too");
  command.add_option("--json", options.json,
                     "Write everything to this file, too: options, machine, each second");
}

void AddLoops(CLI::App& command, Options& options) {
  CLI::Option* rate =
      command
          .add_option("--rate", options.rate,
                      "Open loop: so many calls a second, whatever the server does; latency counts "
                      "from when each was due")
          ->check(CLI::Range(0.01, 1e6));
  if (options.rate > 0) {
    rate->capture_default_str();
  }
  command
      .add_option("--in-flight", options.in_flight,
                  "Closed loop: so many calls are always open, each followed by the next")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str()
      ->excludes(rate)
      ->each([&options](const std::string& /*value*/) { options.rate = 0; });
  command.add_flag("--constant", options.constant,
                   "Open loop: calls at equal distances instead of by chance (Poisson)");
  command
      .add_option("--in-flight-max", options.in_flight_max,
                  "Open loop: when so many are open the next ones wait, and are late")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
}

void AddWatchers(CLI::App& command, Options& options) {
  command.add_option("--watchers", options.watchers, "Streams that watch the top")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
}

// The options as given or by default, for the report.
std::map<std::string, std::string> Given(const CLI::App& command) {
  std::map<std::string, std::string> given;
  for (const CLI::Option* option : command.get_options()) {
    given[option->get_name(false, true)] =
        option->count() > 0 ? absl::StrJoin(option->results(), " ") : option->get_default_str();
  }
  std::erase_if(given, [](const auto& item) { return item.second.empty(); });
  return given;
}

absl::Status Print(const Options& options, const Report& report) {
  std::cout << Text(report);
  if (!options.csv.empty()) {
    PERIGEE_RETURN_IF_ERROR(WriteCsv(report, options.csv));
  }
  if (!options.json.empty()) {
    PERIGEE_RETURN_IF_ERROR(WriteJson(report, options.json));
  }
  return absl::OkStatus();
}

// Adds a command that measures. `options` are its defaults; `more` adds options of its own.
void AddMeasure(CLI::App& app, Chosen& chosen, const std::string& name, const std::string& what,
                Command measure, Options options = {},
                const std::function<void(CLI::App&, Options&)>& more = AddLoops) {
  CLI::App* command = app.add_subcommand(name, what);
  const auto kept = std::make_shared<Options>(std::move(options));
  AddRun(*command, *kept);
  more(*command, *kept);
  command->callback([=, &chosen] {
    chosen = [=](cli::Session& session) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(const Target target, FindTarget(session, *kept));
      StopOnInterrupt();
      PERIGEE_ASSIGN_OR_RETURN(Report report, measure(*kept, target, g_stop));
      report.command = name;
      report.options = Given(*command);
      report.options["--program"] = target.program;
      report.options["--public"] = target.public_address;
      report.options["--internal"] = target.internal_address;
      report.options["members"] = absl::StrCat(target.members.size());
      return Print(*kept, report);
    };
  });
}

absl::Status Fill(cli::Session& session, const FillOptions& options) {
  PERIGEE_ASSIGN_OR_RETURN(const std::string public_address, session.Address(cli::Door::kPublic));
  PERIGEE_ASSIGN_OR_RETURN(const std::string internal_address,
                           session.Address(cli::Door::kInternal));
  PERIGEE_RETURN_IF_ERROR(session.ConnectionTo(public_address).status());
  PERIGEE_ASSIGN_OR_RETURN(const cli::Connection connection,
                           session.ConnectionTo(internal_address));
  PERIGEE_ASSIGN_OR_RETURN(const std::string program, session.ProgramName());
  for (int i = 1; i <= options.programs; ++i) {
    const Community community{options.programs == 1 ? program : absl::StrCat(program, "-", i),
                              options.members};
    PERIGEE_RETURN_IF_ERROR(FillCommunity(public_address, internal_address, community, connection));
    std::cout << community.program << " has " << community.members << " members and the board `all`"
              << std::endl;
  }
  return absl::OkStatus();
}

void AddFill(CLI::App& app, Chosen& chosen) {
  CLI::App* command = app.add_subcommand(
      "fill",
      "Make a programme to load, through the API: members, a rule, a board with all scores");
  const auto options = std::make_shared<FillOptions>();
  command->add_option("--members", options->members, "How many members")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  command
      ->add_option("--programs", options->programs,
                   "How many programmes; several are called PROGRAM-1, PROGRAM-2, ...")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  command->callback([=, &chosen] {
    chosen = [options](cli::Session& session) { return Fill(session, *options); };
  });
}

void AddCommands(CLI::App& app, Chosen& chosen) {
  AddFill(app, chosen);
  AddMeasure(app, chosen, "pages", "Read the top of a board", Pages);
  AddMeasure(app, chosen, "ranks", "Read the rank of any member", Ranks);
  AddMeasure(app, chosen, "around", "Read who stands around any member", Around);
  AddMeasure(app, chosen, "transfers", "Give a unit to any member; durable", Transfers);
  AddMeasure(app, chosen, "activities", "Record activities of any member; durable", Activities, {},
             [](CLI::App& command, Options& options) {
               AddLoops(command, options);
               command
                   .add_option("--per-stream", options.per_stream,
                               "So many by each client stream, which is then the call measured; "
                               "--rate stays activities a second")
                   ->check(CLI::Range(1, 100'000'000));
               command.add_option("--batch", options.batch, "Activities a message of a stream")
                   ->check(CLI::Range(1, 1000))
                   ->capture_default_str();
             });
  Options watch;
  watch.watchers = 100;
  watch.rate = 100;
  AddMeasure(app, chosen, "watch",
             "Watch a board, give to its top, and see how long that takes to be shown", Watch,
             watch, [](CLI::App& command, Options& options) {
               AddLoops(command, options);
               AddWatchers(command, options);
             });
  Options mix;
  mix.watchers = 10;
  AddMeasure(
      app, chosen, "mix",
      "A day of an app: reads mostly, some writes, watchers; --rate is that of the evening's "
      "peak, and the run goes through the day",
      Mix, mix, [](CLI::App& command, Options& options) {
        AddLoops(command, options);
        AddWatchers(command, options);
        command.add_flag("--flat", options.flat, "The peak's rate all the time");
      });
  Options overload;
  overload.deadline_ms = 1000;
  AddMeasure(
      app, chosen, "overload",
      "The peak of one kind of call, then up to three times as much: good answers, refusals, "
      "and how the server is at once afterwards",
      Overload, overload, [](CLI::App& command, Options& options) {
        command.add_option("--what", options.what, "What it is made of")
            ->check(CLI::IsMember({"transfers", "pages", "around", "statements"}))
            ->capture_default_str();
      });
  AddMeasure(app, chosen, "lineup",
             "Pages, around, activities and transfers, with 1 and with 32 in flight, each for "
             "--seconds",
             Lineup, {}, [](CLI::App& /*command*/, Options& /*options*/) {});
}

int Run(int argc, char** argv) {
  CLI::App app("perigee-load: puts load on a Perigee server and measures what comes of it",
               "perigee-load");
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(std::string("\nExamples:\n"
                         "  perigee-load fill -p load --members 100000\n"
                         "  perigee-load pages -p load --rate 5000 --seconds 30\n"
                         "  perigee-load mix -p load --rate 2000 --seconds 240 --json day.json\n\n"
                         "Ctrl-C ends a run and shows what was measured until then.\n") +
             cli::kExitCodesText);
  cli::Session session(std::cout);
  Chosen chosen;
  cli::AddServerOptions(app, session.options);
  AddCommands(app, chosen);
  return cli::RunCommandLine(app, argc, argv, session, chosen, [](const absl::Status& status) {
    if (cli::ReasonIn(status) == ReasonName(Reason::kNotFound)) {
      std::cerr << "          `perigee-load fill` makes a programme to load.\n";
    }
  });
}

}  // namespace
}  // namespace perigee::load

// Only a mistake in the options themselves can throw here, and it would show at every start.
// NOLINTNEXTLINE(bugprone-exception-escape)
int main(int argc, char** argv) { return perigee::load::Run(argc, argv); }
