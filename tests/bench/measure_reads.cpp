// Compares reads of boards with an echo of the same answer.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "clients/load/scatter.h"
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
constexpr const char* kRawEchoIs = "callback echo that answers ready bytes, 64 in flight";

struct Read {
  std::string name;
  load::Call (*call)(const load::Target& target);
  double rate_target;
};
const Read kTop{"board page, top 20", load::PageCall, 1.0};
const Read kRank{"rank of any member", load::RankCall, 0.9};
const Read kAround{"around any member, 20", load::AroundCall, 0.9};
constexpr double kRawTarget = 0.9;
constexpr double kWriteRate = 1000;
constexpr int kWritesWaitingMax = 10'000;
constexpr std::chrono::minutes kPatience{10};
// More pages than the server keeps, of 20 entries on average.
constexpr int kSizeMin = 17;
constexpr int kSizeMax = 23;
constexpr double kOnRedisTarget = 0.45;
constexpr double kAloneTarget = 1.3;
// An explanation takes two views of the store and a thread of the executor.
constexpr double kExplainTarget = 10;

load::Load LoadOf(const Bench& bench, const tests::ServerProcess& server, const Read& read,
                  int channels) {
  return LoadOn(bench.site.targets(), read.call, server.Address("public"), channels);
}

load::Load RawLoadOf(const Bench& bench) {
  return LoadOn(bench.site.targets(), kTop.call, bench.echo.Address("raw"), kChannels);
}

struct Throughput {
  Rounds rate;
  Rounds cpu;
  std::int64_t calls = 0;  // Calls of our server, the warm-up included.
};
absl::StatusOr<Throughput> RunAgainst(const Bench& bench, const load::Load& floor,
                                      const tests::ServerProcess& server, const load::Load& ours) {
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

absl::StatusOr<Throughput> RunThroughput(const Bench& bench, const tests::ServerProcess& server,
                                         const Read& read) {
  std::cerr << "measuring " << read.name << "\n";
  return RunAgainst(bench, LoadOf(bench, bench.echo, read, kChannels), server,
                    LoadOf(bench, server, read, kChannels));
}

// Measures pages beside the raw echo, and adds a line of their rate.
absl::StatusOr<Throughput> AddRaw(const Bench& bench, const std::string& work,
                                  const std::string& floor_is, const tests::ServerProcess& server,
                                  const load::Load& ours) {
  std::cerr << "measuring " << work << ", beside a raw echo\n";
  PERIGEE_ASSIGN_OR_RETURN(Throughput throughput,
                           RunAgainst(bench, RawLoadOf(bench), server, ours));
  bench.Add({.work = work + ", of a raw echo: rate",
             .floor_is = floor_is,
             .unit = "calls/s",
             .target = {Target::Bound::kAtLeast, kRawTarget}},
            throughput.rate);
  return throughput;
}

// The same with a line of the server's processor time.
absl::Status AddRawWithCpu(const Bench& bench, const std::string& work, const std::string& floor_is,
                           const tests::ServerProcess& server, const load::Load& ours) {
  PERIGEE_ASSIGN_OR_RETURN(const Throughput throughput,
                           AddRaw(bench, work, floor_is, server, ours));
  bench.Add({.work = work + ", of a raw echo: server CPU",
             .floor_is = floor_is,
             .unit = "us/call",
             .target = {Target::Bound::kAtMost, 1 / kRawTarget}},
            throughput.cpu);
  return absl::OkStatus();
}

// The size of one answer.
absl::StatusOr<double> BytesOf(load::Load load) {
  std::atomic<std::size_t> bytes{0};
  load.calls.front().answered = [&](grpc::ByteBuffer& answer) { bytes = answer.Length(); };
  PERIGEE_RETURN_IF_ERROR(AllWell(load.calls.front().name, load::RunCalls(load, 1, 1).Total()));
  return static_cast<double>(bytes.load());
}

// Writes at a steady rate while it lives. The members at the top earn, so that the first page
// changes.
class Writes {
 public:
  Writes(const Bench& bench, const tests::ServerProcess& server) {
    load_ = LoadOn(
        bench.site.targets(),
        [](const load::Target& target) {
          return load::TransferCall(target, NewRun(), load::Receivers::kTheTop);
        },
        server.Address("internal"), kChannels);
    load_.stop = &stop_;
    result_ = std::async(std::launch::async, [this] {
      return load::RunOpen(
          load_, load::Schedule({kWriteRate}, kPatience, load::Schedule::Arrivals::kConstant),
          kWritesWaitingMax);
    });
  }
  ~Writes() { static_cast<void>(End()); }
  Writes(const Writes&) = delete;
  Writes& operator=(const Writes&) = delete;
  Writes(Writes&&) = delete;
  Writes& operator=(Writes&&) = delete;

  // kInternal if a write was refused.
  absl::Status End() {
    stop_ = true;
    return result_.valid() ? AllWell("transfers", result_.get().Total()) : absl::OkStatus();
  }

 private:
  std::atomic<bool> stop_{false};
  load::Load load_;
  std::future<load::Result> result_;
};

// Reads the pages of many boards in many sizes, in no order. A tenth of the pages gets half of the
// reads, as the cube of an even number has it.
load::Load ManyPages(const std::vector<load::Target>& boards, const std::string& address) {
  std::vector<grpc::ByteBuffer> requests;
  for (load::Target board : boards) {
    for (int size = kSizeMin; size <= kSizeMax; ++size) {
      board.page_size = size;
      requests.push_back(load::PageCall(board).request(0));
    }
  }
  load::Load load = LoadOn({boards.front()}, load::PageCall, address, kChannels);
  load.calls.front().request = [requests = std::move(requests)](std::uint64_t n) {
    const double even = static_cast<double>(load::Scatter(n)) * 0x1p-64;
    const auto place = even * even * even * static_cast<double>(requests.size());
    return requests[std::min(static_cast<std::size_t>(place), requests.size() - 1)];
  };
  return load;
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
  PERIGEE_RETURN_IF_ERROR(AddRawWithCpu(bench, kTop.name, kRawEchoIs, *server,
                                        LoadOf(bench, *server, kTop, kChannels)));
  PERIGEE_ASSIGN_OR_RETURN(const double echoed, BytesOf(RawLoadOf(bench)));
  PERIGEE_ASSIGN_OR_RETURN(const double answered, BytesOf(LoadOf(bench, *server, kTop, 1)));
  bench.Add({.what = "bytes of a page of the echoes", .unit = "B", .value = echoed});
  bench.Add({.what = "bytes of a page of ours", .unit = "B", .value = answered});
  return absl::OkStatus();
}

absl::Status MeasurePagesUnderWrites(const Bench& bench) {
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, bench.site.Serve());
  const Pinned pinned({bench.echo.pid(), server->pid()});
  Writes writes(bench, *server);
  PERIGEE_RETURN_IF_ERROR(AddRaw(bench, kTop.name + ", 1000 writes/s to it",
                                 "the raw echo while the server gets the same writes", *server,
                                 LoadOf(bench, *server, kTop, kChannels))
                              .status());
  return writes.End();
}

absl::Status MeasureManyPages(const Bench& bench) {
  PERIGEE_RETURN_IF_ERROR(bench.site.Stop());
  PERIGEE_ASSIGN_OR_RETURN(const auto site,
                           Site::Open(bench.site.workshop(), bench.site.engine(),
                                      MakeCommunities(1, bench.size.boards_members), "many-pages"));
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, site->Serve());
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<load::Target> boards,
                           OpenBoards(site->targets().front(), server->Address("public"),
                                      server->Address("internal"), bench.size.boards));
  const Pinned pinned({bench.echo.pid(), server->pid()});
  const int pages = bench.size.boards * (kSizeMax - kSizeMin + 1);
  PERIGEE_RETURN_IF_ERROR(
      AddRawWithCpu(bench, absl::StrCat(pages, " different pages of about 20"),
                    "callback echo that answers one page's ready bytes, 64 in flight", *server,
                    ManyPages(boards, server->Address("public"))));
  return site->Stop();
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
