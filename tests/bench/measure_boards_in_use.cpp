// Measures what boards in use add to the cost of a durable write.

#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "server/core/status_macros.h"
#include "tests/bench/parts.h"
#include "tests/bench/sample.h"

namespace perigee::bench {
namespace {

constexpr std::array kInFlight{1, 32};
constexpr int kChannels = 4;
constexpr int kReadsWaitingMax = 1000;
constexpr double kWakeSeconds = 10;
constexpr std::chrono::minutes kPatience{10};
constexpr double kCostTarget = 1.10;

// A server of which the first `boards` boards are in use.
struct Side {
  std::unique_ptr<Site> site;
  tests::ServerProcess* server = nullptr;
  std::vector<load::Target> boards;

  std::vector<pid_t> Processes() const {
    std::vector<pid_t> processes = site->store().Processes();
    processes.push_back(server->pid());
    return processes;
  }
};

absl::StatusOr<Side> OpenSide(const Bench& bench, const std::string& name, int boards) {
  Side side;
  PERIGEE_ASSIGN_OR_RETURN(side.site,
                           Site::Open(bench.site.workshop(), bench.site.engine(),
                                      MakeCommunities(1, bench.size.boards_members), name));
  PERIGEE_ASSIGN_OR_RETURN(side.server, side.site->Serve());
  PERIGEE_ASSIGN_OR_RETURN(side.boards,
                           OpenBoards(side.site->targets().front(), side.server->Address("public"),
                                      side.server->Address("internal"), boards));
  return side;
}

absl::StatusOr<Sample> RunWrites(const Side& side, int in_flight, double seconds) {
  const load::Load writes =
      LoadOn(side.site->targets(), TransferCall, side.server->Address("internal"),
             in_flight == 1 ? 1 : kChannels);
  return TakeSample(*side.server, side.site->store().Processes(), writes, in_flight, seconds);
}

// Lets boards that rested while others were written to catch up, one after the other.
absl::Status Wake(const Side& side) {
  const load::Load pages = LoadOn(side.boards, load::PageCall, side.server->Address("public"), 1);
  return AllWell("pages", load::RunFor(pages, 1, kWakeSeconds).Total());
}

// The same while boards are read, `reads_per_second` in all.
absl::StatusOr<Sample> RunWritesAndReads(const Side& side, int in_flight, double seconds,
                                         double reads_per_second) {
  std::atomic<bool> stop{false};
  load::Load pages = LoadOn(side.boards, load::PageCall, side.server->Address("public"), 1);
  pages.stop = &stop;
  std::future<load::Result> reads = std::async(std::launch::async, [&] {
    return load::RunOpen(
        pages, load::Schedule({reads_per_second}, kPatience, load::Schedule::Arrivals::kConstant),
        kReadsWaitingMax);
  });
  absl::StatusOr<Sample> sample = RunWrites(side, in_flight, seconds);
  stop = true;
  PERIGEE_RETURN_IF_ERROR(AllWell("pages", reads.get().Total()));
  return sample;
}

}  // namespace

absl::Status MeasureBoardsInUse(const Bench& bench) {
  const int boards = bench.size.boards;
  std::cerr << "measuring writes with " << boards << " boards in use\n";
  PERIGEE_RETURN_IF_ERROR(bench.site.Stop());
  PERIGEE_ASSIGN_OR_RETURN(const Side one, OpenSide(bench, "one-board", 1));
  PERIGEE_ASSIGN_OR_RETURN(const Side many, OpenSide(bench, "many-boards", boards));
  const Pinned pinned_one(one.Processes());
  const Pinned pinned_many(many.Processes());
  for (const bool looked_at : {false, true}) {
    if (looked_at) {
      PERIGEE_RETURN_IF_ERROR(Wake(one));
      PERIGEE_RETURN_IF_ERROR(Wake(many));
    }
    for (const int in_flight : kInFlight) {
      Rounds cpu;
      for (int round = 0; round < bench.size.rounds; ++round) {
        const auto run = [&](const Side& side) {
          return looked_at ? RunWritesAndReads(side, in_flight, bench.size.seconds, boards)
                           : RunWrites(side, in_flight, bench.size.seconds);
        };
        PERIGEE_ASSIGN_OR_RETURN(const Sample a, run(one));
        PERIGEE_ASSIGN_OR_RETURN(const Sample b, run(many));
        cpu.Add(a.cpu_us, b.cpu_us);
      }
      bench.Add(
          {.work = absl::StrCat("write, ", in_flight, " in flight, ", boards, " boards ",
                                looked_at ? "read once a second" : "read once", ": server CPU"),
           .floor_is = "the same with one board, which gets all the reads",
           .unit = "us/call",
           .target = {Target::Bound::kAtMost, kCostTarget}},
          cpu);
    }
  }
  PERIGEE_RETURN_IF_ERROR(one.site->Stop());
  return many.site->Stop();
}

}  // namespace perigee::bench
