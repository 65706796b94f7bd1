// Compares durable writes with a bare loop that writes the same rows.

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/core/status_macros.h"
#include "tests/bench/parts.h"
#include "tests/bench/replay.h"

namespace perigee::bench {
namespace {

constexpr int kChannels = 4;
constexpr int kInFlight = 256;
constexpr int kTransfersPerCommit = 100;
constexpr int kActivitiesPerCommit = 1000;
constexpr double kP99LimitMs = 25;
// The transfers of the loop that syncs for each one: some seconds with a slow disk.
constexpr std::int64_t kSlowTransfers = 400;

absl::StatusOr<load::Result> RunTransfers(const Bench& bench, const tests::ServerProcess& server,
                                          int in_flight, double seconds) {
  const load::Load load = LoadOn(bench.site.targets(), TransferCall, server.Address("internal"),
                                 in_flight == 1 ? 1 : kChannels);
  load::Result result = load::RunFor(load, in_flight, seconds);
  PERIGEE_RETURN_IF_ERROR(AllWell("transfers", result.Total()));
  return result;
}

// Starts a server on the store, and answers the loop that replays its writes into a copy made
// before.
absl::StatusOr<std::unique_ptr<ReplayFloor>> CopyAndServe(const Bench& bench) {
  PERIGEE_RETURN_IF_ERROR(bench.site.Stop());
  PERIGEE_RETURN_IF_ERROR(bench.site.store().Copy());
  PERIGEE_RETURN_IF_ERROR(bench.site.Serve().status());
  PERIGEE_ASSIGN_OR_RETURN(auto source, OpenBareStore(bench.site.store().address()));
  PERIGEE_ASSIGN_OR_RETURN(auto into, OpenBareStore(bench.site.store().copy_address()));
  return ReplayFloor::Start(std::move(source), std::move(into));
}

// Runs ReplaySlowSync in a process with a slow disk, and answers the units a second.
absl::StatusOr<double> ReplaySlowly(const Bench& bench) {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string command = absl::StrCat(
      "env ", absl::StrJoin(SlowSync(bench.site.workshop()), " "), " ", self, " --replay '",
      bench.site.store().address(), "' '", bench.site.store().copy_address(), "'");
  std::FILE* output = ::popen(command.c_str(), "r");
  double rate = 0;
  const int read = output == nullptr ? 0 : std::fscanf(output, "%lf", &rate);
  if (output == nullptr || ::pclose(output) != 0 || read != 1 || rate <= 0) {
    return absl::InternalError("failed: " + command);
  }
  return rate;
}

}  // namespace

absl::Status ReplaySlowSync(const std::string& source, const std::string& copy) {
  PERIGEE_ASSIGN_OR_RETURN(auto from, OpenBareStore(source));
  PERIGEE_ASSIGN_OR_RETURN(auto into, OpenBareStore(copy));
  PERIGEE_ASSIGN_OR_RETURN(const auto floor, ReplayFloor::Start(std::move(from), std::move(into)));
  PERIGEE_ASSIGN_OR_RETURN(const ReplayFloor::Result result, floor->CatchUp(1, kSlowTransfers));
  std::cout << result.Rate() << "\n";
  return absl::OkStatus();
}

absl::Status MeasureTransfers(const Bench& bench) {
  std::cerr << "measuring transfers\n";
  PERIGEE_ASSIGN_OR_RETURN(const auto floor, CopyAndServe(bench));
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, bench.site.Serve());
  Rounds rate;
  Rounds p99;
  Rounds p50;
  for (int round = 0; round < bench.size.rounds; ++round) {
    PERIGEE_ASSIGN_OR_RETURN(const load::Result ours,
                             RunTransfers(bench, *server, kInFlight, bench.size.seconds));
    PERIGEE_ASSIGN_OR_RETURN(const ReplayFloor::Result bare, floor->CatchUp(kTransfersPerCommit));
    rate.Add(bare.Rate(), ours.Rate());
    p99.Add(kP99LimitMs, ours.Total().Micros(0.99) / 1000);
    p50.Add(kP99LimitMs, ours.Total().Micros(0.5) / 1000);
  }
  bench.Add({.work = "transfer, 256 in flight: rate",
             .floor_is = "bare loop that writes the same rows, 100 units a commit",
             .unit = "1/s",
             .target = {Target::Bound::kAtLeast, 0.6}},
            rate);
  bench.Add({.work = "transfer, 256 in flight: p99",
             .floor_is = "25 ms, as it stands",
             .unit = "ms",
             .target = {Target::Bound::kAtMost, 1}},
            p99);
  bench.Add({.what = "transfer, 256 in flight: p50", .unit = "ms", .value = Median(p50.ours)});
  return absl::OkStatus();
}

absl::Status MeasureTransfersAlone(const Bench& bench) {
  std::cerr << "measuring transfers, alone\n";
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, bench.site.Serve());
  const load::Load echo =
      LoadOn(bench.site.targets(), load::RankCall, bench.echo.Address("public"), 1);
  Rounds p50;
  Rounds p99;
  for (int round = 0; round < bench.size.rounds; ++round) {
    const double echo_us = load::RunFor(echo, 1, bench.size.seconds / 4).Total().Micros(0.5);
    const double floor_us = 2 * SyncMicros(bench.site.workshop().folder) + echo_us;
    PERIGEE_ASSIGN_OR_RETURN(const load::Result ours,
                             RunTransfers(bench, *server, 1, bench.size.seconds / 2));
    p50.Add(floor_us, ours.Total().Micros(0.5));
    p99.Add(floor_us, ours.Total().Micros(0.99));
  }
  bench.Add({.work = "transfer, alone: p50",
             .floor_is = "two fdatasync of a page and an echo of one entry",
             .unit = "us",
             .target = {Target::Bound::kAtMost, 1}},
            p50);
  bench.Add({.what = "transfer, alone: p99", .unit = "us", .value = Median(p99.ours)});
  return absl::OkStatus();
}

absl::Status MeasureSlowSync(const Bench& bench) {
  std::cerr << "measuring transfers with a slow disk\n";
  PERIGEE_RETURN_IF_ERROR(bench.site.Stop());
  PERIGEE_RETURN_IF_ERROR(bench.site.store().Copy());
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server,
                           bench.site.Serve({.slow_sync = true}));
  Rounds rate;
  for (int round = 0; round < bench.size.rounds; ++round) {
    PERIGEE_ASSIGN_OR_RETURN(const load::Result ours,
                             RunTransfers(bench, *server, kInFlight, bench.size.seconds));
    PERIGEE_ASSIGN_OR_RETURN(const double bare, ReplaySlowly(bench));
    rate.Add(bare, ours.Rate());
  }
  bench.Add({.work = "transfer, 256 in flight, syncs take 2 ms more: rate",
             .floor_is = "bare loop that writes the same rows, one unit a commit, on the same disk",
             .unit = "1/s",
             .target = {Target::Bound::kAtLeast, 30}},
            rate);
  return absl::OkStatus();
}

absl::Status MeasureActivities(const Bench& bench) {
  std::cerr << "measuring activities\n";
  PERIGEE_ASSIGN_OR_RETURN(const auto floor, CopyAndServe(bench));
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, bench.site.Serve());
  const auto channel = load::Connect(server->Address("internal"), 1).front();
  const load::Community& community = bench.site.communities().front();
  Rounds rate;
  // The numbers below are used: each member has one activity.
  auto begin = static_cast<std::uint64_t>(community.members);
  for (int round = 0; round < bench.size.rounds; ++round) {
    const std::uint64_t end = begin + static_cast<std::uint64_t>(bench.size.activities);
    const auto started = std::chrono::steady_clock::now();
    PERIGEE_RETURN_IF_ERROR(load::StreamActivities(channel, community, begin, end).status());
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    PERIGEE_ASSIGN_OR_RETURN(const ReplayFloor::Result bare, floor->CatchUp(kActivitiesPerCommit));
    rate.Add(bare.Rate(), static_cast<double>(end - begin) / seconds);
    begin = end;
  }
  bench.Add({.work = "activities by stream: rate",
             .floor_is = "bare loop that writes the same rows, 1000 units a commit",
             .unit = "1/s",
             .target = {Target::Bound::kAtLeast, 0.75}},
            rate);
  return absl::OkStatus();
}

}  // namespace perigee::bench
