// Measures the start of a server, the building of a board, and the memory of a board.

#include <atomic>
#include <chrono>
#include <future>
#include <iostream>

#include <grpcpp/support/proto_buffer_reader.h>

#include "absl/strings/str_cat.h"
#include "clients/cli/failure.h"
#include "perigee/v1/board.grpc.pb.h"
#include "server/core/status_macros.h"
#include "tests/bench/parts.h"

namespace perigee::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kStartLimit = 3;
constexpr double kRebuildLimit = 10;
constexpr double kMemberLimitBytes = 300;
constexpr int kReaders = 8;
constexpr std::chrono::minutes kPatience{2};
constexpr const char* kRebuilds = "perigee_board_rebuild_seconds_count{cache=\"redis\"}";

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// One member, whose neighbours are read while boards are built. A kept page would not ask the
// board.
load::Target OneMember(const Bench& bench) {
  load::Target target = bench.site.targets().front();
  target.members.resize(1);
  return target;
}

absl::StatusOr<std::string> ReadAround(const tests::ServerProcess& server,
                                       const load::Target& target) {
  v1::ListEntriesAroundRequest request;
  request.set_parent(target.Period());
  request.set_member(target.members.front());
  request.set_page_size(target.page_size);
  v1::ListEntriesResponse response;
  grpc::ClientContext context;
  const auto stub = v1::BoardService::NewStub(load::Connect(server.Address("public"), 1).front());
  PERIGEE_RETURN_IF_ERROR(cli::FromGrpc(stub->ListEntriesAround(&context, request, &response)));
  return response.SerializeAsString();
}

// Reads until it is stopped, and compares each answer with the expected one.
class CheckedReads {
 public:
  CheckedReads(const Bench& bench, const tests::ServerProcess& server, std::string expected)
      : begin_(Clock::now()), targets_{OneMember(bench)}, expected_(std::move(expected)) {
    load_ = LoadOn(targets_, load::AroundCall, server.Address("public"), kReaders);
    load_.stop = &stop_;
    load_.calls.front().answered = [this](grpc::ByteBuffer& answer) { Judge(answer); };
    result_ = std::async(std::launch::async, [this] {
      return load::RunFor(load_, kReaders, std::chrono::duration<double>(kPatience).count());
    });
  }

  // Waits for the first answer, and answers the seconds since the reads began.
  absl::StatusOr<double> AwaitFirst() {
    std::future<double> first = first_.get_future();
    if (first.wait_for(kPatience) != std::future_status::ready) {
      PERIGEE_RETURN_IF_ERROR(Stop().status());
      return absl::DeadlineExceededError("the board is not built");
    }
    return first.get();
  }

  // kInternal if an answer was refused or wrong.
  absl::StatusOr<load::Outcome> Stop() {
    stop_ = true;
    load::Outcome outcome = result_.get().Total();
    PERIGEE_RETURN_IF_ERROR(AllWell("reads while a board was built", outcome));
    if (wrong_ > 0) {
      return absl::InternalError(absl::StrCat(wrong_.load(), " reads were wrong"));
    }
    return outcome;
  }

 private:
  void Judge(grpc::ByteBuffer& answer) {
    if (!answered_.exchange(true)) {
      first_.set_value(SecondsSince(begin_));
    }
    v1::ListEntriesResponse page;
    grpc::ProtoBufferReader reader(&answer);
    if (!page.ParseFromZeroCopyStream(&reader) || page.SerializeAsString() != expected_) {
      ++wrong_;
    }
  }

  const Clock::time_point begin_;
  const std::vector<load::Target> targets_;
  const std::string expected_;
  load::Load load_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> answered_{false};
  std::atomic<std::int64_t> wrong_{0};
  std::promise<double> first_;
  std::future<load::Result> result_;
};

// Waits until Redis holds the board.
absl::Status AwaitInRedis(const tests::ServerProcess& server) {
  const auto begin = Clock::now();
  while (SecondsSince(begin) < std::chrono::duration<double>(kPatience).count()) {
    PERIGEE_ASSIGN_OR_RETURN(const double built, Metric(server, kRebuilds));
    if (built > 0) {
      return absl::OkStatus();
    }
  }
  return absl::DeadlineExceededError("the board does not come into Redis");
}

// Starts a server while clients read, and answers the seconds until its first answer.
absl::StatusOr<double> RunRebuild(const Bench& bench, Serving how, const std::string& expected) {
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, bench.site.ServeAnew(how));
  CheckedReads reads(bench, *server, expected);
  absl::StatusOr<double> seconds = reads.AwaitFirst();
  PERIGEE_RETURN_IF_ERROR(reads.Stop().status());
  return seconds;
}

// Makes one more board of the same asset, with other ranks.
absl::Status MakeSecondBoard(const tests::ServerProcess& server, const std::string& program) {
  v1::CreateBoardRequest request;
  request.set_parent(program);
  request.set_board_id("second");
  request.mutable_board()->set_display_name("Second");
  request.mutable_board()->set_asset("reputation");
  request.mutable_board()->set_cadence(v1::Board::CADENCE_ALL_TIME);
  request.mutable_board()->set_scheme(v1::Board::SCHEME_DENSE);
  request.set_request_id(load::RequestId(NewRun(), 0));
  v1::Board made;
  grpc::ClientContext context;
  const auto stub =
      v1::BoardAdminService::NewStub(load::Connect(server.Address("internal"), 1).front());
  const grpc::Status status = stub->CreateBoard(&context, request, &made);
  return status.error_code() == grpc::StatusCode::ALREADY_EXISTS ? absl::OkStatus()
                                                                 : cli::FromGrpc(status);
}

}  // namespace

absl::Status MeasureStart(const Bench& bench) {
  std::cerr << "measuring the start\n";
  Rounds seconds;
  for (int round = 0; round < bench.size.rounds; ++round) {
    PERIGEE_RETURN_IF_ERROR(bench.site.Serve().status());
    PERIGEE_RETURN_IF_ERROR(bench.site.Stop());
    const auto begin = Clock::now();
    PERIGEE_RETURN_IF_ERROR(bench.site.Serve().status());
    seconds.Add(kStartLimit, SecondsSince(begin));
  }
  bench.Add({.work = "start to ready",
             .floor_is = "3 s, as it stands",
             .unit = "s",
             .target = {Target::Bound::kAtMost, 1}},
            seconds);
  return absl::OkStatus();
}

absl::Status MeasureRebuild(const Bench& bench) {
  std::cerr << "measuring the building of a board\n";
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* before, bench.site.Serve());
  PERIGEE_ASSIGN_OR_RETURN(const std::string expected, ReadAround(*before, OneMember(bench)));
  Rounds from_store;
  for (int round = 0; round < bench.size.rounds; ++round) {
    PERIGEE_ASSIGN_OR_RETURN(const double seconds, RunRebuild(bench, {}, expected));
    from_store.Add(kRebuildLimit, seconds);
  }
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, bench.site.Serve({.redis = true}));
  PERIGEE_RETURN_IF_ERROR(ReadAround(*server, OneMember(bench)).status());
  PERIGEE_RETURN_IF_ERROR(AwaitInRedis(*server));
  Rounds from_redis;
  for (int round = 0; round < bench.size.rounds; ++round) {
    PERIGEE_ASSIGN_OR_RETURN(const double seconds, RunRebuild(bench, {.redis = true}, expected));
    from_redis.Add(kRebuildLimit, seconds);
  }
  const Line line{.floor_is = "10 s, as it stands; no read refused or wrong meanwhile",
                  .unit = "s",
                  .target = {Target::Bound::kAtMost, 1}};
  Line store_line = line;
  store_line.work = "board built from the store";
  bench.Add(store_line, from_store);
  Line redis_line = line;
  redis_line.work = "board taken from Redis";
  bench.Add(redis_line, from_redis);
  return absl::OkStatus();
}

absl::Status MeasureMemory(const Bench& bench) {
  std::cerr << "measuring the memory of boards\n";
  const load::Target& target = bench.site.targets().front();
  Rounds first;
  Rounds second;
  for (int round = 0; round < bench.size.rounds; ++round) {
    PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, bench.site.ServeAnew());
    PERIGEE_RETURN_IF_ERROR(MakeSecondBoard(*server, target.program));
    const std::int64_t empty = server->AnonymousBytes();
    PERIGEE_RETURN_IF_ERROR(ReadWhole(server->Address("public"), target.Period()));
    const std::int64_t one = server->AnonymousBytes();
    PERIGEE_RETURN_IF_ERROR(
        ReadTop(server->Address("public"), target.program + "/boards/second/periods/current")
            .status());
    const std::int64_t two = server->AnonymousBytes();
    const auto members = static_cast<double>(target.members.size());
    first.Add(kMemberLimitBytes, static_cast<double>(one - empty) / members);
    second.Add(kMemberLimitBytes, static_cast<double>(two - one) / members);
  }
  bench.Add({.work = "memory, a member on a first board, with its name",
             .floor_is = "300 B, as it stands: growth of the server's own memory",
             .unit = "B",
             .target = {Target::Bound::kAtMost, 1}},
            first);
  bench.Add({.work = "memory, a member on one more board",
             .floor_is = "300 B, as it stands: growth of the server's own memory",
             .unit = "B",
             .target = {Target::Bound::kAtMost, 1}},
            second);
  return absl::OkStatus();
}

}  // namespace perigee::bench
