// Measures how the closing of a large board's period slows other calls.

#include <atomic>
#include <chrono>
#include <future>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "clients/cli/failure.h"
#include "perigee/v1/board.grpc.pb.h"
#include "server/core/status_macros.h"
#include "tests/bench/parts.h"

namespace perigee::bench {
namespace {

constexpr int kOtherMembers = 1000;
constexpr int kChannels = 4;
constexpr double kWritesPerSecond = 200;
constexpr int kWaitingMax = 50'000;
constexpr std::chrono::minutes kPatience{10};
constexpr double kP99Ratio = 10;
constexpr std::uint64_t kSalt = 77;
constexpr absl::Duration kAgo = absl::Hours(24 * 60);  // The period and its grace are over.

std::string BoardOf(const load::Community& community) {
  return community.program + "/boards/closing";
}

absl::Status MakeBoard(const tests::ServerProcess& server, const load::Community& community) {
  v1::CreateBoardRequest request;
  request.set_parent(community.program);
  request.set_board_id("closing");
  request.mutable_board()->set_display_name("To be closed");
  request.mutable_board()->set_asset("reputation");
  request.mutable_board()->set_cadence(v1::Board::CADENCE_DAY);
  request.mutable_board()->set_time_zone("UTC");
  request.mutable_board()->set_grace_hours(1);
  request.set_request_id(load::RequestId(kSalt, 1));
  v1::Board made;
  grpc::ClientContext context;
  return cli::FromGrpc(
      v1::BoardAdminService::NewStub(load::Connect(server.Address("internal"), 1).front())
          ->CreateBoard(&context, request, &made));
}

// The name of the day in UTC.
std::string DayOf(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d", time, absl::UTCTimeZone());
}

absl::StatusOr<v1::Period> Close(const tests::ServerProcess& server, const std::string& period) {
  v1::ClosePeriodRequest request;
  request.set_name(period);
  request.set_request_id(load::RequestId(kSalt, 2));
  v1::Period closed;
  grpc::ClientContext context;
  PERIGEE_RETURN_IF_ERROR(cli::FromGrpc(
      v1::BoardAdminService::NewStub(load::Connect(server.Address("internal"), 1).front())
          ->ClosePeriod(&context, request, &closed)));
  return closed;
}

// Writes durably at a steady rate until `stop`, whatever happened to earlier writes.
load::Outcome WriteOn(const std::vector<load::Target>& targets, const tests::ServerProcess& server,
                      std::chrono::nanoseconds length, const std::atomic<bool>& stop) {
  load::Load load = LoadOn(targets, TransferCall, server.Address("internal"), kChannels);
  load.stop = &stop;
  load.deadline = std::chrono::minutes(1);
  return load::RunOpen(
             load, load::Schedule({kWritesPerSecond}, length, load::Schedule::Arrivals::kConstant),
             kWaitingMax)
      .Total();
}

}  // namespace

absl::Status MeasureClosing(const Bench& bench) {
  std::cerr << "measuring writes of another programme while a period is closed\n";
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, bench.site.Serve());
  const load::Community& community = bench.site.communities().front();
  const load::Community other{community.program + "-other", kOtherMembers};
  const std::vector<load::Target> targets = TargetsOf({other});
  PERIGEE_RETURN_IF_ERROR(
      load::FillCommunity(server->Address("public"), server->Address("internal"), other));
  PERIGEE_RETURN_IF_ERROR(MakeBoard(*server, community));
  const absl::Time day = absl::Now() - kAgo;
  PERIGEE_RETURN_IF_ERROR(FillDay(server->Address("internal"), community, day));

  std::atomic<bool> stop{false};
  const auto quiet_for = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>(5 * bench.size.seconds));
  const load::Outcome quiet = WriteOn(targets, *server, quiet_for, stop);
  PERIGEE_RETURN_IF_ERROR(AllWell("transfers", quiet));

  std::future<load::Outcome> meanwhile =
      std::async(std::launch::async, [&] { return WriteOn(targets, *server, kPatience, stop); });
  const auto begin = std::chrono::steady_clock::now();
  const absl::StatusOr<v1::Period> closed =
      Close(*server, absl::StrCat(BoardOf(community), "/periods/", DayOf(day)));
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  stop = true;
  const load::Outcome during = meanwhile.get();
  PERIGEE_RETURN_IF_ERROR(closed.status());

  Rounds p99;
  p99.Add(quiet.Micros(0.99) / 1000, during.Micros(0.99) / 1000);
  bench.Add({.work = "transfer of another programme while a period closes: p99",
             .floor_is = "the same before, 200 a second",
             .unit = "ms",
             .target = {Target::Bound::kAtMost, kP99Ratio}},
            p99);
  const std::string what = "while a period closes: ";
  bench.Add({.what = what + "p50", .unit = "ms", .value = during.Micros(0.5) / 1000});
  bench.Add({.what = what + "slowest", .unit = "ms", .value = during.Micros(1) / 1000});
  bench.Add({.what = what + "refused",
             .unit = "of all",
             .value = during.Ended() == 0 ? 0
                                          : static_cast<double>(during.Refused()) /
                                                static_cast<double>(during.Ended())});
  bench.Add({.what = what + "seconds", .unit = "s", .value = seconds});
  return absl::OkStatus();
}

}  // namespace perigee::bench
