#include "tests/bench/measures.h"

#include <unistd.h>

#include <chrono>
#include <functional>
#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "clients/load/engine.h"
#include "perigee/v1/board.pb.h"
#include "perigee/v1/capital.pb.h"
#include "server/core/status_macros.h"
#include "tests/bench/median.h"
#include "tests/bench/replay.h"

namespace perigee::bench {
namespace {

constexpr int kChannels = 4;
constexpr int kReadsInFlight = 64;
constexpr int kWritesInFlight = 256;
constexpr int kTransfersPerCommit = 100;
constexpr int kActivitiesPerCommit = 1000;
constexpr const char* kService = "/perigee.v1.BoardService/";

// A pair of figures for each round, floor and ours, taken next to each other in time.
struct Rounds {
  std::vector<double> floor;
  std::vector<double> ours;

  void Add(double floor_figure, double our_figure) {
    floor.push_back(floor_figure);
    ours.push_back(our_figure);
  }
  double Ratio() const {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < ours.size(); ++i) {
      ratios.push_back(ours[i] / floor[i]);
    }
    return Median(ratios);
  }
  void Fill(Line& line) const {
    line.floor = Median(floor);
    line.ours = Median(ours);
    line.ratio = Ratio();
  }
};

struct Read {
  std::string name;
  std::string method;
  std::function<grpc::ByteBuffer(std::uint64_t)> request;
  double rate_target;
};

std::vector<Read> Reads(const load::Community& community) {
  const std::string period = community.Period();
  v1::ListEntriesRequest page;
  page.set_parent(period);
  const auto any_member = [community](std::uint64_t n) { return community.Member(n * 104729); };
  return {{"board page, top 20", "ListEntries",
           [bytes = load::ToBytes(page)](std::uint64_t /*n*/) { return bytes; }, 1.0},
          {"rank of any member", "BatchGetEntries",
           [period, any_member](std::uint64_t n) {
             v1::BatchGetEntriesRequest request;
             request.set_parent(period);
             request.add_members(any_member(n));
             return load::ToBytes(request);
           },
           0.85},
          {"around any member, 20", "ListEntriesAround",
           [period, any_member](std::uint64_t n) {
             v1::ListEntriesAroundRequest request;
             request.set_parent(period);
             request.set_member(any_member(n));
             return load::ToBytes(request);
           },
           0.85}};
}

// One kind of call, and how many of them are open.
struct Loop {
  load::Load load;
  int in_flight;
};

Loop MakeLoop(const Child& server, const Read& read, int in_flight) {
  load::Call call;
  call.name = read.name;
  call.channels = load::Connect(server.Address("public"), in_flight == 1 ? 1 : kChannels);
  call.method = kService + read.method;
  call.request = read.request;
  return {{{call}}, in_flight};
}

absl::Status NoneRefused(const Loop& loop, const load::Result& result) {
  const load::Outcome total = result.Total();
  return total.Refused() == 0 && total.Ok() > 0
             ? absl::OkStatus()
             : absl::InternalError(absl::StrCat(loop.load.calls.front().name, ": ", total.Refused(),
                                                " of ", total.Ended(),
                                                " refused: ", total.refusal));
}

// One side of a round: rate and the server's processor time a call.
struct Side {
  double rate = 0;
  double cpu_us = 0;
};
absl::StatusOr<Side> RunSide(const Child& server, const Loop& loop, double seconds) {
  const double cpu = server.CpuSeconds();
  const load::Result result = load::RunFor(loop.load, loop.in_flight, seconds);
  PERIGEE_RETURN_IF_ERROR(NoneRefused(loop, result));
  return Side{result.Rate(),
              (server.CpuSeconds() - cpu) * 1e6 / static_cast<double>(result.Total().Ended())};
}

absl::Status MeasureThroughput(const Bench& bench, const Read& read, std::vector<Line>& lines) {
  const Loop floor = MakeLoop(bench.echo, read, kReadsInFlight);
  const Loop ours = MakeLoop(bench.server, read, kReadsInFlight);
  Rounds rate;
  Rounds cpu;
  for (int round = -1; round < bench.size.rounds; ++round) {
    // The first one warms up.
    const double seconds = round < 0 ? bench.size.seconds / 4 : bench.size.seconds;
    PERIGEE_ASSIGN_OR_RETURN(const Side a, RunSide(bench.echo, floor, seconds));
    PERIGEE_ASSIGN_OR_RETURN(const Side b, RunSide(bench.server, ours, seconds));
    if (round >= 0) {
      rate.Add(a.rate, b.rate);
      cpu.Add(a.cpu_us, b.cpu_us);
    }
  }
  const std::string floor_is = "callback echo that fills the same answer, 64 in flight";
  Line& by_rate = lines.emplace_back(Line{read.name + ": rate", floor_is, "calls/s"});
  by_rate.target = read.rate_target;
  rate.Fill(by_rate);
  Line& by_cpu = lines.emplace_back(Line{read.name + ": server CPU", floor_is, "us/call"});
  by_cpu.bound = Line::Bound::kAtMost;
  by_cpu.target = 1 / read.rate_target;
  cpu.Fill(by_cpu);
  return absl::OkStatus();
}

absl::Status MeasureAlone(const Bench& bench, const Read& read, std::vector<Line>& lines) {
  const Loop floor = MakeLoop(bench.echo, read, 1);
  const Loop ours = MakeLoop(bench.server, read, 1);
  Rounds p50;
  for (int round = 0; round < bench.size.rounds; ++round) {
    const load::Result a = load::RunFor(floor.load, 1, bench.size.seconds / 2);
    const load::Result b = load::RunFor(ours.load, 1, bench.size.seconds / 2);
    PERIGEE_RETURN_IF_ERROR(NoneRefused(ours, b));
    p50.Add(a.Total().Micros(0.5), b.Total().Micros(0.5));
  }
  Line& line = lines.emplace_back(Line{read.name + ", alone: p50", "the echo, 1 in flight", "us"});
  line.bound = Line::Bound::kAtMost;
  line.target = 1.3;
  p50.Fill(line);
  return absl::OkStatus();
}

Loop Transfers(const Bench& bench, int in_flight, std::uint64_t salt) {
  load::Call call;
  call.name = "PostTransfers";
  call.channels = load::Connect(bench.server.Address("internal"), in_flight == 1 ? 1 : kChannels);
  call.method = "/perigee.v1.CapitalAdminService/PostTransfers";
  call.request = [salt, community = bench.community](std::uint64_t n) {
    v1::PostTransfersRequest request;
    request.set_parent(community.program);
    v1::Transfer& transfer = *request.add_transfers();
    transfer.set_debit_account(community.Asset() + "/accounts/issued");
    transfer.set_credit_account(community.Member(n * 104729) + "/accounts/reputation");
    transfer.set_amount(1);
    request.set_request_id(load::RequestId(salt, n));
    return load::ToBytes(request);
  };
  return {{{call}}, in_flight};
}

absl::Status MeasureTransfers(const Bench& bench, ReplayFloor& floor, std::vector<Line>& lines) {
  Rounds rate;
  Rounds p99;
  for (int round = 0; round < bench.size.rounds; ++round) {
    const Loop loop = Transfers(bench, kWritesInFlight, 100 + static_cast<std::uint64_t>(round));
    const load::Result ours = load::RunFor(loop.load, loop.in_flight, bench.size.seconds);
    PERIGEE_RETURN_IF_ERROR(NoneRefused(loop, ours));
    PERIGEE_ASSIGN_OR_RETURN(const ReplayFloor::Result bare, floor.CatchUp(kTransfersPerCommit));
    rate.Add(bare.Rate(), ours.Rate());
    p99.Add(25, ours.Total().Micros(0.99) / 1000);
  }
  Line& by_rate = lines.emplace_back(
      Line{"transfer, 256 in flight: rate",
           "bare SQLite loop that writes the same rows, 100 units a commit", "1/s"});
  by_rate.target = 0.6;
  rate.Fill(by_rate);
  Line& by_latency =
      lines.emplace_back(Line{"transfer, 256 in flight: p99", "25 ms, as it stands", "ms"});
  by_latency.bound = Line::Bound::kAtMost;
  by_latency.target = 1;
  p99.Fill(by_latency);
  return absl::OkStatus();
}

absl::Status MeasureTransferAlone(const Bench& bench, std::vector<Line>& lines) {
  const Loop echo = MakeLoop(bench.echo, Reads(bench.community)[1], 1);
  Rounds p50;
  for (int round = 0; round < bench.size.rounds; ++round) {
    const double echo_us = load::RunFor(echo.load, 1, bench.size.seconds / 4).Total().Micros(0.5);
    const double sync_us = SyncMicros(bench.folder);
    const Loop loop = Transfers(bench, 1, 200 + static_cast<std::uint64_t>(round));
    const load::Result ours = load::RunFor(loop.load, 1, bench.size.seconds / 2);
    PERIGEE_RETURN_IF_ERROR(NoneRefused(loop, ours));
    p50.Add(2 * sync_us + echo_us, ours.Total().Micros(0.5));
  }
  Line& line = lines.emplace_back(
      Line{"transfer, alone: p50", "two fdatasync of a page and an echo of one entry", "us"});
  line.bound = Line::Bound::kAtMost;
  line.target = 1;
  p50.Fill(line);
  return absl::OkStatus();
}

absl::Status MeasureIngest(const Bench& bench, ReplayFloor& floor, std::vector<Line>& lines) {
  // What was written before, the floor has to write before it can be timed on the activities.
  PERIGEE_RETURN_IF_ERROR(floor.CatchUp(kActivitiesPerCommit).status());
  const auto channel = load::Connect(bench.server.Address("internal"), 1).front();
  Rounds rate;
  auto begin = static_cast<std::uint64_t>(bench.size.members);
  for (int round = 0; round < bench.size.rounds; ++round) {
    const std::uint64_t end = begin + bench.size.activities;
    const auto started = std::chrono::steady_clock::now();
    PERIGEE_RETURN_IF_ERROR(load::StreamActivities(channel, bench.community, begin, end).status());
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    PERIGEE_ASSIGN_OR_RETURN(const ReplayFloor::Result bare, floor.CatchUp(kActivitiesPerCommit));
    rate.Add(bare.Rate(), static_cast<double>(end - begin) / seconds);
    begin = end;
  }
  Line& line = lines.emplace_back(
      Line{"activities by stream: rate",
           "bare SQLite loop that writes the same rows, 1000 units a commit", "1/s"});
  line.target = 0.75;
  rate.Fill(line);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<Line>> MeasureReads(const Bench& bench) {
  std::vector<Line> lines;
  Pin(bench.echo.pid(), Processors::kServers);
  Pin(bench.server.pid(), Processors::kServers);
  Pin(::getpid(), Processors::kLoad);
  const std::vector<Read> reads = Reads(bench.community);
  for (const Read& read : reads) {
    std::cerr << "measuring " << read.name << "\n";
    PERIGEE_RETURN_IF_ERROR(MeasureThroughput(bench, read, lines));
  }
  for (const Read& read : {reads[0], reads[1]}) {
    std::cerr << "measuring " << read.name << ", alone\n";
    PERIGEE_RETURN_IF_ERROR(MeasureAlone(bench, read, lines));
  }
  Pin(bench.echo.pid(), Processors::kAll);
  Pin(bench.server.pid(), Processors::kAll);
  Pin(::getpid(), Processors::kAll);
  return lines;
}

absl::StatusOr<std::vector<Line>> MeasureWrites(const Bench& bench) {
  std::vector<Line> lines;
  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<ReplayFloor> floor,
                           ReplayFloor::Copy(bench.database, bench.folder + "/floor.db"));
  std::cerr << "measuring transfers\n";
  PERIGEE_RETURN_IF_ERROR(MeasureTransfers(bench, *floor, lines));
  PERIGEE_RETURN_IF_ERROR(MeasureTransferAlone(bench, lines));
  std::cerr << "measuring activities\n";
  PERIGEE_RETURN_IF_ERROR(MeasureIngest(bench, *floor, lines));
  return lines;
}

}  // namespace perigee::bench
