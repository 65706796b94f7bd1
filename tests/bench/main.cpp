#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "server/core/status_macros.h"
#include "tests/bench/echo_server.h"
#include "tests/bench/parts.h"
#include "tests/bench/replay.h"
#include "tests/bench/report.h"
#include "tests/bench/scale.h"
#include "tests/bench/stages.h"
#include "tests/support/server_process.h"

namespace perigee::bench {
namespace {

constexpr const char* kBoth = "both";
constexpr int kSkipped = 77;  // The exit code that CTest counts as skipped.

struct Options {
  std::string server;
  std::string before;
  std::string disk_faults = PERIGEE_DISK_FAULTS_LIBRARY;
  std::string clock_shift = PERIGEE_CLOCK_SHIFT_LIBRARY;
  std::string engine = kBoth;
  std::vector<std::string> only;
  std::string json;
  int members = 0;  // 0: the number of the size.
  bool quick = false;
  bool smoke = false;
  bool scale = false;
  std::vector<std::string> axes;
  std::int64_t entries_max = 10'000'000;
  std::string csv;
  bool echo = false;
  std::string echo_ready_file;
  std::vector<std::string> replay;
};

// The folder of the stores. It is on the disk of the project, because other folders may be in
// memory, where a sync is free. PostgreSQL never runs as root, so it cannot enter a home of root
// that is closed to others.
std::string Ground() {
  using std::filesystem::perms;
  std::filesystem::create_directories("build");
  for (std::filesystem::path above = std::filesystem::absolute("build");
       ::geteuid() == 0 && above.has_relative_path(); above = above.parent_path()) {
    if ((std::filesystem::status(above).permissions() & perms::others_exec) == perms::none) {
      return "/var/cache/perigee-bench";
    }
  }
  return "build";
}

// A folder that is removed at the end of the run.
class Folder {
 public:
  Folder() : path_(Ground() + "/bench." + std::to_string(::getpid())) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  Folder(Folder&&) = delete;
  Folder& operator=(Folder&&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Workshop WorkshopIn(const Folder& folder, const Options& options) {
  return {options.server,      options.before, options.disk_faults,
          options.clock_shift, folder.path(),  Ground() + "/bench.stores"};
}

Size SizeOf(const Options& options) {
  Size size;
  if (options.smoke) {
    size = {"smoke", 1, 0.1, 200, 100, 1'000, 20, 0.1, 100, 10, 1, 200};
  } else if (options.quick) {
    size = {"quick", 3, 0.6, 100'000, 100'000, 20'000, 2'000, 1};
    size.sweeps = 1;
    size.swept_members = 20'000;
  }
  if (options.members > 0) {
    size.members = options.members;
    size.swept_members = options.members;
  }
  return size;
}

Growth GrowthOf(const Options& options) {
  Growth growth{"full",
                5,
                1,
                {10'000, 100'000, 1'000'000},
                {1, 10, 100, 1000},
                100'000,
                {1'000'000, 2'000'000, 5'000'000, 10'000'000},
                100'000};
  if (options.quick) {
    growth = {"quick",
              3,
              0.5,
              {10'000, 30'000, 100'000},
              {1, 10, 100},
              10'000,
              {50'000, 100'000, 200'000},
              10'000};
  }
  if (options.smoke) {
    growth = {"smoke", 1, 0.05, {100, 200}, {1, 4}, 200, {500, 1000}, 100};
  }
  std::erase_if(growth.entries,
                [&](std::int64_t entries) { return entries > options.entries_max; });
  const auto wanted = [&](const std::string& axis) {
    return options.axes.empty() || std::ranges::find(options.axes, axis) != options.axes.end();
  };
  if (!wanted(kMembersAxis)) {
    growth.members.clear();
  }
  if (!wanted(kProgramsAxis)) {
    growth.programs.clear();
  }
  if (!wanted(kEntriesAxis)) {
    growth.entries.clear();
  }
  return growth;
}

std::vector<std::string> Engines(const Options& options) {
  return options.engine == kBoth ? std::vector<std::string>{kSqlite, kPostgres}
                                 : std::vector{options.engine};
}

bool Wanted(const Options& options, const Part& part) {
  return options.only.empty() || std::ranges::find(options.only, part.name) != options.only.end();
}

// A failed server explains the failed calls to it, so its message comes first.
absl::Status Explained(const std::string& part, const absl::Status& status, const Site& site) {
  const absl::Status alive = site.Alive();
  if (status.ok() && alive.ok()) {
    return status;
  }
  return absl::InternalError(absl::StrCat(part, ": ", std::string(alive.message()),
                                          alive.ok() || status.ok() ? "" : "; ",
                                          std::string(status.message())));
}

// Of a store that no part needs.
constexpr int kMembersUnneeded = 100;

// A part that fails does not stop the other parts, unless the server is gone. Answers the first
// failure.
absl::Status MeasureEngine(const Options& options, const Workshop& workshop,
                           const std::string& engine, const tests::ServerProcess& echo,
                           const Size& size, Report& report) {
  const bool is_needed = std::ranges::any_of(
      Parts(), [&](const Part& part) { return Wanted(options, part) && !part.own_stores; });
  PERIGEE_ASSIGN_OR_RETURN(
      const std::unique_ptr<Site> site,
      Site::Open(workshop, engine, MakeCommunities(1, is_needed ? size.members : kMembersUnneeded),
                 engine));
  const Bench bench{size, echo, *site, report};
  absl::Status first;
  for (const Part& part : Parts()) {
    if (!Wanted(options, part)) {
      continue;
    }
    std::cerr << engine << ": " << part.name << "\n";
    const absl::Status measured =
        Explained(absl::StrCat(engine, ", ", part.name), part.measure(bench), *site);
    if (!measured.ok()) {
      std::cerr << std::string(measured.message()) << "\n";
      first.Update(measured);
      PERIGEE_RETURN_IF_ERROR(site->Alive());
    }
  }
  first.Update(site->Stop());
  return first;
}

absl::Status Measure(const Options& options) {
  const Folder folder;
  const Workshop workshop = WorkshopIn(folder, options);
  const Size size = SizeOf(options);
  const UsageMeter meter;
  Report report{.size = size.name,
                .rounds = size.rounds,
                .members = size.members,
                .machine = ThisMachine(),
                .sync_us = SyncMicros(folder.path())};
  PERIGEE_ASSIGN_OR_RETURN(
      const std::unique_ptr<tests::ServerProcess> echo,
      tests::ServerProcess::Start({"/proc/self/exe", "--echo"}, folder.path(), "echo"));
  absl::Status first;
  for (const std::string& engine : Engines(options)) {
    first.Update(MeasureEngine(options, workshop, engine, *echo, size, report));
  }
  first.Update(echo->Stop());
  report.usage = meter.Read();
  std::cout << Table(report);
  if (!options.json.empty()) {
    first.Update(WriteJson(options.json, report));
  }
  return first;
}

absl::Status MeasureScale(const Options& options) {
  const Folder folder;
  const Workshop workshop = WorkshopIn(folder, options);
  const Growth growth = GrowthOf(options);
  const UsageMeter meter;
  Report report{.size = growth.name,
                .rounds = growth.rounds,
                .machine = ThisMachine(),
                .sync_us = SyncMicros(folder.path())};
  PERIGEE_ASSIGN_OR_RETURN(
      const std::unique_ptr<tests::ServerProcess> echo,
      tests::ServerProcess::Start({"/proc/self/exe", "--echo"}, folder.path(), "echo"));
  std::vector<Stage> stages;
  for (const std::string& engine : Engines(options)) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<Stage> grown,
                             MeasureGrowth(growth, workshop, engine, *echo));
    stages.insert(stages.end(), grown.begin(), grown.end());
  }
  PERIGEE_RETURN_IF_ERROR(echo->Stop());
  report.usage = meter.Read();
  report.lines = RemainingRates(stages);
  std::cout << Table(report);
  return options.json.empty() ? absl::OkStatus()
                              : WriteStages(options.json, options.csv, stages, report);
}

absl::Status Run(const Options& options) {
  if (!options.replay.empty()) {
    return ReplaySlowSync(options.replay[0], options.replay[1]);
  }
  return options.scale ? MeasureScale(options) : Measure(options);
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app{"Measures a Perigee server against floors taken in the same run."};
  app.add_option("--server", options.server, "The server's program.");
  app.add_option("--before", options.before,
                 "The program of an older server, for the part of that name.");
  app.add_option("--engine", options.engine, "Which store to measure.")
      ->check(CLI::IsMember({kSqlite, kPostgres, kBoth}));
  std::vector<std::string> names;
  std::string parts = "Only these parts:";
  for (const Part& part : Parts()) {
    names.emplace_back(part.name);
    absl::StrAppend(&parts, "\n  ", part.name, ": ", part.what);
  }
  app.add_option("--only", options.only, parts)->check(CLI::IsMember(names));
  // `./dev bench` gives this option before those of its user; the last one counts.
  app.add_option("--json", options.json, "Where to write the figures as JSON.")->take_last();
  app.add_option("--members", options.members, "So many members, instead of the size's.");
  app.add_flag("--quick", options.quick, "Less of everything: under two minutes a store.");
  app.add_flag("--smoke", options.smoke, "So little that the figures mean nothing.");
  app.add_flag("--scale", options.scale, "Measure at growing sizes instead.");
  app.add_option("--axis", options.axes, "Let only these grow.")
      ->check(CLI::IsMember({kMembersAxis, kProgramsAxis, kEntriesAxis}));
  app.add_option("--entries-max", options.entries_max, "How far the journal may grow at most.");
  app.add_option("--csv", options.csv, "Where to write the sizes as CSV, beside --json.")
      ->take_last();
  app.add_flag("--echo", options.echo, "Be the floor; started by the benchmark itself.");
  app.add_option("--ready-file", options.echo_ready_file, "Where the floor says that it is ready.");
  app.add_option("--replay", options.replay, "Be another floor; started by the benchmark itself.")
      ->expected(2);
  CLI11_PARSE(app, argc, argv);
  if (options.echo) {
    return ServeEcho(options.echo_ready_file);
  }
  const absl::Status status = Run(options);
  if (status.ok()) {
    return EXIT_SUCCESS;
  }
  std::cerr << "perigee-bench: " << std::string(status.message()) << "\n";
  // A machine without the engine's server is not a fault, except in CI.
  return absl::IsUnavailable(status) && std::getenv("CI") == nullptr ? kSkipped : EXIT_FAILURE;
}

}  // namespace
}  // namespace perigee::bench

int main(int argc, char** argv) { return perigee::bench::Main(argc, argv); }
