// Measures watched boards, while they change and while they do not.

#include <algorithm>
#include <chrono>
#include <iostream>
#include <thread>
#include <vector>

#include <grpcpp/support/proto_buffer_reader.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/load/watchers.h"
#include "perigee/v1/capital.pb.h"
#include "server/core/status_macros.h"
#include "tests/bench/parts.h"

namespace perigee::bench {
namespace {

constexpr double kWriteRate = 5000;
constexpr double kSeenLimitMs = 50;
constexpr double kWatcherLimitKib = 40;
constexpr int kChannels = 4;
constexpr int kWatchersThatMeasure = 16;
constexpr int kStreamsOfAConnection = 100;
constexpr int kPageSize = 20;
constexpr std::chrono::seconds kPatienceToSee{5};

std::chrono::nanoseconds Nanos(double seconds) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>(seconds));
}

// Members at the top earn at a steady rate while the board is watched.
absl::StatusOr<load::Outcome> RunWatched(const load::Target& target,
                                         const tests::ServerProcess& server, double seconds) {
  load::Watchers watchers(load::Connect(server.Address("public"), kChannels), target.Period(),
                          kPageSize, kWatchersThatMeasure);
  PERIGEE_RETURN_IF_ERROR(watchers.AwaitOpen());
  load::Call call = load::TransferCall(target, NewRun(), load::Receivers::kTheTop);
  call.answered = [&watchers](grpc::ByteBuffer& answer) {
    v1::PostTransfersResponse response;
    grpc::ProtoBufferReader reader(&answer);
    if (response.ParseFromZeroCopyStream(&reader)) {
      watchers.Written(response.revision());
    }
  };
  const load::Outcome writes = load::RunOpen({{call}},
                                             load::Schedule({kWriteRate}, Nanos(seconds),
                                                            load::Schedule::Arrivals::kPoisson),
                                             static_cast<int>(kWriteRate))
                                   .Total();
  PERIGEE_RETURN_IF_ERROR(AllWell("transfers", writes));
  load::Outcome seen = watchers.Finish(kPatienceToSee);
  PERIGEE_RETURN_IF_ERROR(AllWell("changes on a watched board", seen));
  return seen;
}

// The cost of watchers for the server.
struct Cost {
  double kib_each = 0;
  double cpu_share = 0;  // The share of one processor, while nothing changes.
};
absl::StatusOr<Cost> RunIdle(const load::Target& target, const tests::ServerProcess& server,
                             int watchers, int connections, double seconds) {
  const std::int64_t before = server.AnonymousBytes();
  load::Watchers open(load::Connect(server.Address("public"), connections), target.Period(),
                      kPageSize, watchers);
  PERIGEE_RETURN_IF_ERROR(open.AwaitOpen());
  const std::int64_t after = server.AnonymousBytes();
  const double cpu = server.CpuSeconds();
  std::this_thread::sleep_for(Nanos(seconds));  // repo-lint: what the server does in it is measured
  return Cost{static_cast<double>(after - before) / 1024 / watchers,
              (server.CpuSeconds() - cpu) / seconds};
}

// Builds the first page, so that the cost of a first connection is not counted.
absl::Status WarmUp(const load::Target& target, const tests::ServerProcess& server) {
  return RunIdle(target, server, 1, 1, 0).status();
}

}  // namespace

absl::Status MeasureChangeSeen(const Bench& bench) {
  std::cerr << "measuring changes on a watched board\n";
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, bench.site.Serve());
  load::Target target;
  target.public_address = server->Address("public");
  target.internal_address = server->Address("internal");
  target.program = bench.site.communities().front().program;
  target.board = bench.site.targets().front().board;
  PERIGEE_RETURN_IF_ERROR(load::Explore(target));
  Rounds p99;
  Rounds p50;
  for (int round = 0; round < bench.size.rounds; ++round) {
    PERIGEE_ASSIGN_OR_RETURN(const load::Outcome seen,
                             RunWatched(target, *server, bench.size.seconds));
    p99.Add(kSeenLimitMs, seen.Micros(0.99) / 1000);
    p50.Add(kSeenLimitMs, seen.Micros(0.5) / 1000);
  }
  bench.Add({.work = "change seen on a watched board, 5 k transfers/s: p99",
             .floor_is = "50 ms after the answer, as it stands",
             .unit = "ms",
             .target = {Target::Bound::kAtMost, 1}},
            p99);
  bench.Add({.what = "change seen on a watched board, 5 k transfers/s: p50",
             .unit = "ms",
             .value = Median(p50.ours)});
  return absl::OkStatus();
}

absl::Status MeasureWatchers(const Bench& bench) {
  std::cerr << "measuring " << bench.size.watchers << " watchers\n";
  const load::Target& target = bench.site.targets().front();
  const int shared = std::max(1, bench.size.watchers / kStreamsOfAConnection);
  Rounds memory;
  std::vector<double> cpu;
  for (int round = 0; round < bench.size.rounds; ++round) {
    // A new server for each round, because it would reuse the memory of earlier watchers.
    PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, bench.site.ServeAnew());
    PERIGEE_RETURN_IF_ERROR(WarmUp(target, *server));
    PERIGEE_ASSIGN_OR_RETURN(const Cost cost, RunIdle(target, *server, bench.size.watchers, shared,
                                                      bench.size.idle_seconds));
    memory.Add(kWatcherLimitKib, cost.kib_each);
    cpu.push_back(cost.cpu_share);
  }
  const std::string watchers =
      absl::StrCat(bench.size.watchers, " watchers, ", kStreamsOfAConnection, " a connection");
  bench.Add({.work = watchers + ": memory each",
             .floor_is = "40 KiB, as it stands",
             .unit = "KiB",
             .target = {Target::Bound::kAtMost, 1}},
            memory);
  bench.Add({.what = absl::StrFormat("%s: CPU during the %.0f s after the last one opened",
                                     watchers, bench.size.idle_seconds),
             .unit = "% of one",
             .value = Median(cpu) * 100});
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, bench.site.ServeAnew());
  PERIGEE_RETURN_IF_ERROR(WarmUp(target, *server));
  PERIGEE_ASSIGN_OR_RETURN(const Cost apart, RunIdle(target, *server, bench.size.watchers / 10,
                                                     bench.size.watchers / 10, 0));
  bench.Add({.what = absl::StrCat(bench.size.watchers / 10,
                                  " watchers, each with a connection of its own: memory each"),
             .unit = "KiB",
             .value = apart.kib_each});
  return absl::OkStatus();
}

}  // namespace perigee::bench
