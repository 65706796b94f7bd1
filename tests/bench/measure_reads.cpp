// Compares reads of boards with an echo of the same answer.

#include <chrono>
#include <iostream>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "server/core/status_macros.h"
#include "tests/bench/parts.h"
#include "tests/bench/redis_floor.h"
#include "tests/bench/sample.h"

namespace perigee::bench {
namespace {

constexpr int kChannels = 4;
constexpr int kInFlight = 64;
constexpr double kSteadyRate = 20'000;
constexpr const char* kEchoIs = "callback echo that fills the same answer, 64 in flight";

struct Read {
  std::string name;
  load::Call (*call)(const load::Target& target);
  double rate_target;
};
const Read kTop{"board page, top 20", load::PageCall, 1.0};
const Read kRank{"rank of any member", load::RankCall, 0.85};
const Read kAround{"around any member, 20", load::AroundCall, 0.85};
constexpr double kOnRedisTarget = 0.45;
constexpr double kAloneTarget = 1.3;
// An explanation takes two views of the store and a thread of the executor.
constexpr double kExplainTarget = 10;

load::Load LoadOf(const Bench& bench, const tests::ServerProcess& server, const Read& read,
                  int channels) {
  return LoadOn(bench.site.targets(), read.call, server.Address("public"), channels);
}

struct Throughput {
  Rounds rate;
  Rounds cpu;
  std::int64_t calls = 0;  // Calls of our server, the warm-up included.
};
absl::StatusOr<Throughput> RunThroughput(const Bench& bench, const tests::ServerProcess& server,
                                         const Read& read) {
  std::cerr << "measuring " << read.name << "\n";
  const load::Load floor = LoadOf(bench, bench.echo, read, kChannels);
  const load::Load ours = LoadOf(bench, server, read, kChannels);
  Throughput throughput;
  for (int round = -1; round < bench.size.rounds; ++round) {
    // The first round is the warm-up.
    const double seconds = round < 0 ? bench.size.seconds / 4 : bench.size.seconds;
    PERIGEE_ASSIGN_OR_RETURN(const Sample a, TakeSample(bench.echo, {}, floor, kInFlight, seconds));
    PERIGEE_ASSIGN_OR_RETURN(const Sample b, TakeSample(server, {}, ours, kInFlight, seconds));
    throughput.calls += b.calls;
    if (round >= 0) {
      throughput.rate.Add(a.rate, b.rate);
      throughput.cpu.Add(a.cpu_us, b.cpu_us);
    }
  }
  return throughput;
}

// A call of ExplainEntry for any member. LoadOn gives it the channels.
load::Call ExplainCall(const load::Target& target) {
  load::Call call = load::RankCall(target);
  call.name = "explain";
  call.method = "/perigee.v1.BoardService/ExplainEntry";
  call.request = [&target](std::uint64_t n) {
    v1::ExplainEntryRequest request;
    request.set_parent(target.Period());
    request.set_member(target.Member(n));
    return load::ToBytes(request);
  };
  return call;
}

// The median latency, in microseconds, of a read that is alone on the server.
absl::StatusOr<double> RunAlone(const load::Load& load, double seconds) {
  const load::Outcome outcome = load::RunFor(load, 1, seconds).Total();
  PERIGEE_RETURN_IF_ERROR(AllWell(load.calls.front().name, outcome));
  return outcome.Micros(0.5);
}

absl::StatusOr<double> RunSteady(const load::Load& load, double seconds) {
  const auto length =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
  const load::Outcome outcome =
      load::RunOpen(load, load::Schedule({kSteadyRate}, length, load::Schedule::Arrivals::kPoisson),
                    static_cast<int>(kSteadyRate))
          .Total();
  PERIGEE_RETURN_IF_ERROR(AllWell(load.calls.front().name, outcome));
  return outcome.Micros(0.99);
}

// Redis holds the board only after a read has asked for it.
absl::Status AwaitRedis(const Bench& bench, const tests::ServerProcess& server) {
  const load::Load rank = LoadOf(bench, server, kRank, 1);
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (std::chrono::steady_clock::now() < end) {
    PERIGEE_RETURN_IF_ERROR(RunAlone(rank, 0.05).status());
    PERIGEE_ASSIGN_OR_RETURN(
        const double built, Metric(server, "perigee_board_rebuild_seconds_count{cache=\"redis\"}"));
    if (built > 0) {
      return absl::OkStatus();
    }
  }
  return absl::DeadlineExceededError("the board does not come into Redis");
}

absl::Status RunOnRedis(const Bench& bench, const tests::ServerProcess& server, RedisFloor& redis) {
  for (const Read& read : {kRank, kAround}) {
    PERIGEE_ASSIGN_OR_RETURN(const std::int64_t before, redis.Commands());
    PERIGEE_ASSIGN_OR_RETURN(const Throughput throughput, RunThroughput(bench, server, read));
    PERIGEE_ASSIGN_OR_RETURN(const std::int64_t after, redis.Commands());
    bench.Add({.work = read.name + ", with Redis: rate",
               .floor_is = kEchoIs,
               .unit = "calls/s",
               .target = {Target::Bound::kAtLeast, kOnRedisTarget}},
              throughput.rate);
    bench.Add(
        {.what = read.name + ": commands that Redis ran meanwhile",
         .unit = "/call",
         .value = static_cast<double>(after - before) / static_cast<double>(throughput.calls)});
  }
  for (const Read& read : {kTop, kRank}) {
    std::cerr << "measuring " << read.name << ", alone, with Redis\n";
    const load::Load floor = LoadOf(bench, bench.echo, read, 1);
    const load::Load ours = LoadOf(bench, server, read, 1);
    Rounds p50;
    for (int round = 0; round < bench.size.rounds; ++round) {
      PERIGEE_ASSIGN_OR_RETURN(const double echo_us, RunAlone(floor, bench.size.seconds / 2));
      PERIGEE_ASSIGN_OR_RETURN(const double redis_us, redis.RoundTripMicros());
      PERIGEE_ASSIGN_OR_RETURN(const double ours_us, RunAlone(ours, bench.size.seconds / 2));
      p50.Add(echo_us + redis_us, ours_us);
    }
    bench.Add({.work = read.name + ", alone, with Redis: p50",
               .floor_is = "the echo, 1 in flight, and a PING of Redis",
               .unit = "us",
               .target = {Target::Bound::kAtMost, kAloneTarget}},
              p50);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status MeasureReads(const Bench& bench) {
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, bench.site.Serve());
  const Pinned pinned({bench.echo.pid(), server->pid()});
  for (const Read& read : {kTop, kRank, kAround}) {
    PERIGEE_ASSIGN_OR_RETURN(const Throughput throughput, RunThroughput(bench, *server, read));
    bench.Add({.work = read.name + ": rate",
               .floor_is = kEchoIs,
               .unit = "calls/s",
               .target = {Target::Bound::kAtLeast, read.rate_target}},
              throughput.rate);
    bench.Add({.work = read.name + ": server CPU",
               .floor_is = kEchoIs,
               .unit = "us/call",
               .target = {Target::Bound::kAtMost, 1 / read.rate_target}},
              throughput.cpu);
  }
  return absl::OkStatus();
}

absl::Status MeasureSteadyReads(const Bench& bench) {
  std::cerr << "measuring " << kTop.name << " at a steady rate\n";
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, bench.site.Serve());
  const Pinned pinned({bench.echo.pid(), server->pid()});
  const load::Load floor = LoadOf(bench, bench.echo, kTop, kChannels);
  const load::Load ours = LoadOf(bench, *server, kTop, kChannels);
  PERIGEE_RETURN_IF_ERROR(RunSteady(ours, bench.size.seconds / 4).status());  // The warm-up.
  Rounds p99;
  for (int round = 0; round < bench.size.rounds; ++round) {
    PERIGEE_ASSIGN_OR_RETURN(const double a, RunSteady(floor, bench.size.seconds));
    PERIGEE_ASSIGN_OR_RETURN(const double b, RunSteady(ours, bench.size.seconds));
    p99.Add(a, b);
  }
  bench.Add({.work = kTop.name + ", 20 k/s steady: p99",
             .floor_is = "the echo at the same rate, open loop, Poisson arrivals",
             .unit = "us",
             .target = {Target::Bound::kAtMost, 1.5}},
            p99);
  return absl::OkStatus();
}

absl::Status MeasureReadsAlone(const Bench& bench) {
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, bench.site.Serve());
  const Pinned pinned({bench.echo.pid(), server->pid()});
  for (const Read& read : {kTop, kRank}) {
    std::cerr << "measuring " << read.name << ", alone\n";
    const load::Load floor = LoadOf(bench, bench.echo, read, 1);
    const load::Load ours = LoadOf(bench, *server, read, 1);
    Rounds p50;
    for (int round = 0; round < bench.size.rounds; ++round) {
      PERIGEE_ASSIGN_OR_RETURN(const double a, RunAlone(floor, bench.size.seconds / 2));
      PERIGEE_ASSIGN_OR_RETURN(const double b, RunAlone(ours, bench.size.seconds / 2));
      p50.Add(a, b);
    }
    bench.Add({.work = read.name + ", alone: p50",
               .floor_is = "the echo, 1 in flight",
               .unit = "us",
               .target = {Target::Bound::kAtMost, kAloneTarget}},
              p50);
  }
  return absl::OkStatus();
}

absl::Status MeasureExplain(const Bench& bench) {
  std::cerr << "measuring what makes an entry\n";
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, bench.site.Serve());
  const load::Load rank = LoadOf(bench, *server, kRank, 1);
  const load::Load explain =
      LoadOn(bench.site.targets(), ExplainCall, server->Address("public"), 1);
  PERIGEE_RETURN_IF_ERROR(RunAlone(rank, bench.size.seconds / 4).status());  // Builds the board.
  Rounds p50;
  for (int round = 0; round < bench.size.rounds; ++round) {
    PERIGEE_ASSIGN_OR_RETURN(const double a, RunAlone(rank, bench.size.seconds / 4));
    PERIGEE_ASSIGN_OR_RETURN(const double b, RunAlone(explain, bench.size.seconds / 2));
    p50.Add(a, b);
  }
  bench.Add({.work = "what makes an entry, alone: p50",
             .floor_is = "the same member's rank, 1 in flight",
             .unit = "us",
             .target = {Target::Bound::kAtMost, kExplainTarget}},
            p50);
  return absl::OkStatus();
}

absl::Status MeasureReadsOnRedis(const Bench& bench) {
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, bench.site.Serve({.redis = true}));
  PERIGEE_RETURN_IF_ERROR(AwaitRedis(bench, *server));
  PERIGEE_ASSIGN_OR_RETURN(RedisFloor redis, RedisFloor::Connect(bench.site.redis().socket_path()));
  const Pinned pinned({bench.echo.pid(), server->pid()});
  return RunOnRedis(bench, *server, redis);
}

}  // namespace perigee::bench
