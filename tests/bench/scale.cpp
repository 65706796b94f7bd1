#include "tests/bench/scale.h"

#include <algorithm>
#include <chrono>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "server/core/status_macros.h"
#include "tests/bench/requests.h"

namespace perigee::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kChannels = 4;
constexpr int kReadsInFlight = 64;
constexpr int kWritesInFlight = 256;
constexpr double kMib = 1024.0 * 1024;
constexpr std::uint64_t kActivitiesOfAStream = 100'000;

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

absl::StatusOr<load::Result> Run(const load::Load& load, int in_flight, double seconds) {
  load::Result result = load::RunFor(load, in_flight, seconds);
  PERIGEE_RETURN_IF_ERROR(AllWell(load.calls.front().name, result.Total()));
  return result;
}

// The rates and latencies of one kind of call, one for each round.
struct Paces {
  std::vector<double> rate;
  std::vector<double> p99_ms;
  std::vector<double> alone_us;
};
absl::Status RunRound(const Growth& growth, const std::vector<load::Target>& targets,
                      const CallMaker& make, const std::string& address, int in_flight,
                      Paces& paces) {
  PERIGEE_ASSIGN_OR_RETURN(const load::Result many, Run(LoadOn(targets, make, address, kChannels),
                                                        in_flight, growth.seconds));
  PERIGEE_ASSIGN_OR_RETURN(const load::Result alone,
                           Run(LoadOn(targets, make, address, 1), 1, growth.seconds / 2));
  paces.rate.push_back(many.Rate());
  paces.p99_ms.push_back(many.Total().Micros(0.99) / 1000);
  paces.alone_us.push_back(alone.Total().Micros(0.5));
  return absl::OkStatus();
}

absl::Status MeasureRates(const Growth& growth, const Site& site,
                          const tests::ServerProcess& server, const tests::ServerProcess& echo,
                          Stage& stage) {
  const std::string public_door = server.Address("public");
  Paces floor;
  Paces page;
  Paces rank;
  Paces around;
  Paces transfer;
  for (int round = 0; round < growth.rounds; ++round) {
    PERIGEE_RETURN_IF_ERROR(RunRound(growth, site.targets(), load::PageCall, echo.Address("public"),
                                     kReadsInFlight, floor));
    PERIGEE_RETURN_IF_ERROR(
        RunRound(growth, site.targets(), load::PageCall, public_door, kReadsInFlight, page));
    PERIGEE_RETURN_IF_ERROR(
        RunRound(growth, site.targets(), load::RankCall, public_door, kReadsInFlight, rank));
    PERIGEE_RETURN_IF_ERROR(
        RunRound(growth, site.targets(), load::AroundCall, public_door, kReadsInFlight, around));
    PERIGEE_RETURN_IF_ERROR(RunRound(growth, site.targets(), TransferCall,
                                     server.Address("internal"), kWritesInFlight, transfer));
  }
  stage.echo_rate = Median(floor.rate);
  stage.page_rate = Median(page.rate);
  stage.rank_rate = Median(rank.rate);
  stage.around_rate = Median(around.rate);
  stage.transfer_rate = Median(transfer.rate);
  stage.transfer_p99_ms = Median(transfer.p99_ms);
  stage.page_p50_us = Median(page.alone_us);
  stage.rank_p50_us = Median(rank.alone_us);
  stage.transfer_p50_us = Median(transfer.alone_us);
  return absl::OkStatus();
}

absl::StatusOr<Stage> MeasureStage(const Growth& growth, Site& site,
                                   const tests::ServerProcess& echo, std::string axis) {
  Stage stage{site.engine(), std::move(axis), site.members(),
              static_cast<int>(site.communities().size())};
  PERIGEE_RETURN_IF_ERROR(site.Stop());
  const auto begin = Clock::now();
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, site.Serve());
  stage.start_seconds = SecondsSince(begin);
  const auto started = Clock::now();
  for (const load::Target& target : site.targets()) {
    PERIGEE_ASSIGN_OR_RETURN(const v1::ListEntriesResponse top,
                             ReadTop(server->Address("public"), target.Period()));
    stage.entries += top.revision();
  }
  stage.build_seconds = SecondsSince(started);
  for (const load::Target& target : site.targets()) {
    PERIGEE_RETURN_IF_ERROR(ReadWhole(server->Address("public"), target.Period()));
  }
  stage.memory_mib = static_cast<double>(server->AnonymousBytes()) / kMib;
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t disk, site.store().DiskBytes());
  stage.disk_mib = static_cast<double>(disk) / kMib;
  PERIGEE_RETURN_IF_ERROR(MeasureRates(growth, site, *server, echo, stage));
  std::cerr << stage.engine << ": " << stage.members << " members, " << stage.programs
            << " programmes, " << stage.entries << " entries measured\n";
  return stage;
}

// Streams activities until the journal has `entries` entries.
absl::Status GrowTo(Site& site, std::int64_t entries, std::uint64_t& next_activity) {
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, site.Serve());
  const load::Community& community = site.communities().front();
  const auto channel = load::Connect(server->Address("internal"), 1).front();
  PERIGEE_ASSIGN_OR_RETURN(const v1::ListEntriesResponse top,
                           ReadTop(server->Address("public"), site.targets().front().Period()));
  std::int64_t revision = top.revision();
  while (revision < entries) {
    const auto missing = static_cast<std::uint64_t>(entries - revision);
    const std::uint64_t end = next_activity + std::min(missing, kActivitiesOfAStream);
    PERIGEE_ASSIGN_OR_RETURN(revision,
                             load::StreamActivities(channel, community, next_activity, end));
    next_activity = end;
  }
  return absl::OkStatus();
}

absl::Status GrowEntries(const Growth& growth, const Workshop& workshop, const std::string& engine,
                         const tests::ServerProcess& echo, std::vector<Stage>& stages) {
  if (growth.entries.empty()) {
    return absl::OkStatus();
  }
  PERIGEE_ASSIGN_OR_RETURN(
      const std::unique_ptr<Site> site,
      Site::Open(workshop, engine, MakeCommunities(1, growth.members_of_entries), kEntriesAxis));
  auto next_activity = static_cast<std::uint64_t>(site->members());
  for (const std::int64_t entries : growth.entries) {
    std::cerr << engine << ": growing to " << entries << " entries\n";
    PERIGEE_RETURN_IF_ERROR(GrowTo(*site, entries, next_activity));
    PERIGEE_ASSIGN_OR_RETURN(Stage stage, MeasureStage(growth, *site, echo, kEntriesAxis));
    stages.push_back(std::move(stage));
  }
  return site->Stop();
}

absl::Status MeasureCommunities(const Growth& growth, const Workshop& workshop,
                                const std::string& engine, const tests::ServerProcess& echo,
                                const std::string& axis, int programs, int members,
                                std::vector<Stage>& stages) {
  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<Site> site,
                           Site::Open(workshop, engine, MakeCommunities(programs, members),
                                      absl::StrCat(axis, "-", programs, "-", members)));
  PERIGEE_ASSIGN_OR_RETURN(Stage stage, MeasureStage(growth, *site, echo, axis));
  stages.push_back(std::move(stage));
  return site->Stop();
}

}  // namespace

absl::StatusOr<std::vector<Stage>> MeasureGrowth(const Growth& growth, const Workshop& workshop,
                                                 const std::string& engine,
                                                 const tests::ServerProcess& echo) {
  std::vector<Stage> stages;
  for (const int members : growth.members) {
    PERIGEE_RETURN_IF_ERROR(
        MeasureCommunities(growth, workshop, engine, echo, kMembersAxis, 1, members, stages));
  }
  for (const int programs : growth.programs) {
    PERIGEE_RETURN_IF_ERROR(MeasureCommunities(growth, workshop, engine, echo, kProgramsAxis,
                                               programs, growth.members_of_programs, stages));
  }
  PERIGEE_RETURN_IF_ERROR(GrowEntries(growth, workshop, engine, echo, stages));
  return stages;
}

}  // namespace perigee::bench
