// Measures what boards in use add to the cost of a durable write.

#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/cli/failure.h"
#include "perigee/v1/board.grpc.pb.h"
#include "server/core/status_macros.h"
#include "tests/bench/parts.h"
#include "tests/bench/sample.h"

namespace perigee::bench {
namespace {

constexpr std::array kInFlight{1, 32};
constexpr int kChannels = 4;
constexpr int kReadsWaitingMax = 1000;
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

absl::Status MakeBoard(const std::string& address, const load::Target& target) {
  v1::CreateBoardRequest request;
  request.set_parent(target.program);
  request.set_board_id(target.board.substr(target.board.rfind('/') + 1));
  request.mutable_board()->set_display_name("One of many");
  request.mutable_board()->set_asset("reputation");
  request.mutable_board()->set_cadence(v1::Board::CADENCE_ALL_TIME);
  request.set_request_id(load::RequestId(NewRun(), 0));
  v1::Board made;
  grpc::ClientContext context;
  return cli::FromGrpc(v1::BoardAdminService::NewStub(load::Connect(address, 1).front())
                           ->CreateBoard(&context, request, &made));
}

// Makes the boards that are missing, and reads each once, so that the server builds it.
absl::StatusOr<Side> OpenSide(const Bench& bench, const std::string& name, int boards) {
  Side side;
  PERIGEE_ASSIGN_OR_RETURN(side.site,
                           Site::Open(bench.site.workshop(), bench.site.engine(),
                                      MakeCommunities(1, bench.size.boards_members), name));
  PERIGEE_ASSIGN_OR_RETURN(side.server, side.site->Serve());
  side.boards.push_back(side.site->targets().front());
  while (side.boards.size() < static_cast<std::size_t>(boards)) {
    load::Target& target = side.boards.emplace_back(side.boards.front());
    target.board = absl::StrFormat("%s/boards/no-%d", target.program, side.boards.size());
    target.members.clear();
    PERIGEE_RETURN_IF_ERROR(MakeBoard(side.server->Address("internal"), target));
  }
  for (const load::Target& target : side.boards) {
    PERIGEE_RETURN_IF_ERROR(ReadTop(side.server->Address("public"), target.Period()).status());
  }
  return side;
}

absl::StatusOr<Sample> RunWrites(const Side& side, int in_flight, double seconds) {
  const load::Load writes =
      LoadOn(side.site->targets(), TransferCall, side.server->Address("internal"),
             in_flight == 1 ? 1 : kChannels);
  return TakeSample(*side.server, side.site->store().Processes(), writes, in_flight, seconds);
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
