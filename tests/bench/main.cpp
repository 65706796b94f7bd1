#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>

#include "clients/load/community.h"
#include "server/core/status_macros.h"
#include "tests/bench/child.h"
#include "tests/bench/echo_server.h"
#include "tests/bench/measures.h"
#include "tests/bench/report.h"

namespace perigee::bench {
namespace {

struct Options {
  std::string server;
  std::string json;
  bool quick = false;
  bool smoke = false;
  bool echo = false;
  std::string echo_ready_file;
};

Size SizeOf(const Options& options) {
  if (options.smoke) {
    return {"smoke", 1, 0.1, 200, 1'000};
  }
  if (options.quick) {
    return {"quick", 3, 1, 100'000, 30'000};
  }
  return {"full", 5, 2, 1'000'000, 100'000};
}

// A folder on the disk that the project is on: others may be kept in memory, where a sync is free.
class Folder {
 public:
  Folder() : path_("build/bench." + std::to_string(::getpid())) {
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

absl::Status Measure(const Options& options) {
  const Folder folder;
  const std::string database = folder.path() + "/perigee.db";
  const std::string store = "sqlite:" + database;
  if (std::system((options.server + " migrate --store " + store).c_str()) != 0) {
    return absl::InternalError("the store could not be made");
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<Child> echo,
                           Child::Start({"/proc/self/exe", "--echo"}, folder.path(), "echo"));
  PERIGEE_ASSIGN_OR_RETURN(
      const std::unique_ptr<Child> server,
      Child::Start(
          {options.server, "serve", "--store", store, "--redis", "none", "--public-address",
           "127.0.0.1:0", "--internal-address", "127.0.0.1:0", "--metrics-address", "127.0.0.1:0"},
          folder.path(), "server"));
  const Size size = SizeOf(options);
  const Bench bench{size,          *echo,   *server, {"programs/bench", size.members},
                    folder.path(), database};
  std::cerr << "making " << bench.size.members << " members\n";
  PERIGEE_RETURN_IF_ERROR(
      load::FillCommunity(server->Address("public"), server->Address("internal"), bench.community));
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Line> lines, MeasureReads(bench));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Line> writes, MeasureWrites(bench));
  lines.insert(lines.end(), writes.begin(), writes.end());
  std::cout << Table(lines);
  return options.json.empty() ? absl::OkStatus()
                              : WriteJson(options.json, lines, bench.size.name, bench.size.rounds);
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app{"Measures a Perigee server against floors taken in the same run."};
  app.add_option("--server", options.server, "The server's program.");
  app.add_option("--json", options.json, "Where to write the table as JSON.");
  app.add_flag("--quick", options.quick, "Less of everything: under two minutes.");
  app.add_flag("--smoke", options.smoke, "So little that the figures mean nothing.");
  app.add_flag("--echo", options.echo, "Be the floor; started by the benchmark itself.");
  app.add_option("--ready-file", options.echo_ready_file, "Where the floor says that it is ready.");
  CLI11_PARSE(app, argc, argv);
  if (options.echo) {
    return ServeEcho(options.echo_ready_file);
  }
  const absl::Status status = Measure(options);
  if (!status.ok()) {
    std::cerr << "perigee-bench: " << std::string(status.message()) << "\n";
  }
  return status.ok() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace perigee::bench

int main(int argc, char** argv) { return perigee::bench::Main(argc, argv); }
