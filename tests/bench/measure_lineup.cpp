// Measures plain rates, latencies and costs, as other backends publish them.

#include <array>
#include <iostream>
#include <optional>

#include "absl/strings/str_cat.h"
#include "server/core/status_macros.h"
#include "tests/bench/parts.h"
#include "tests/bench/sample.h"

namespace perigee::bench {
namespace {

constexpr std::array kInFlight{1, 32};
constexpr int kChannels = 4;

struct Work {
  const char* name;
  CallMaker make;
  const char* door;
};
const Work kTop{"top 20", load::PageCall, "public"};
const Work kWrite{"write a score, durable", TransferCall, "internal"};
const Work kAround{"around me, 20", load::AroundCall, "public"};

// What a change for the better is measured by, against an older server.
struct Comparison {
  const Work& work;
  int in_flight;
  const char* figure;
  double Sample::*value;
  const char* unit;
  Target target;
};
const Target kNoSlower{Target::Bound::kAtLeast, 0.95};
const Target kNoDearer{Target::Bound::kAtMost, 1.05};
const std::array kComparisons{
    Comparison{kWrite, 1, "server CPU", &Sample::cpu_us, "us/call", {Target::Bound::kAtMost, 0.5}},
    Comparison{kWrite, 1, "p50", &Sample::p50_us, "us", kNoDearer},
    Comparison{kWrite, 32, "rate", &Sample::rate, "calls/s", {Target::Bound::kAtLeast, 1.6}},
    Comparison{kWrite, 32, "server CPU", &Sample::cpu_us, "us/call", kNoDearer},
    Comparison{kWrite, 256, "rate", &Sample::rate, "calls/s", kNoSlower},
    Comparison{kWrite, 256, "server CPU", &Sample::cpu_us, "us/call", kNoDearer},
    Comparison{kTop, 32, "rate", &Sample::rate, "calls/s", kNoSlower},
    Comparison{kAround, 32, "rate", &Sample::rate, "calls/s", kNoSlower}};

absl::StatusOr<Sample> Run(const Site& site, const tests::ServerProcess& server, const Work& work,
                           int in_flight, double seconds) {
  const load::Load load =
      LoadOn(site.targets(), work.make, server.Address(work.door), in_flight == 1 ? 1 : kChannels);
  return TakeSample(server, site.store().Processes(), load, in_flight, seconds);
}

absl::StatusOr<Pace> RunRounds(const Bench& bench, const Site& site,
                               const tests::ServerProcess& server, const Work& work,
                               int in_flight) {
  std::vector<Sample> samples;
  for (int round = 0; round < bench.size.rounds; ++round) {
    PERIGEE_ASSIGN_OR_RETURN(const Sample sample,
                             Run(site, server, work, in_flight, bench.size.seconds));
    samples.push_back(sample);
  }
  const Sample sample = MedianOf(samples);
  return Pace{site.engine(), work.name,     site.members(), in_flight,          sample.rate,
              sample.p50_us, sample.p99_us, sample.cpu_us,  sample.store_cpu_us};
}

std::vector<pid_t> Processes(const Site& site, const tests::ServerProcess& server) {
  std::vector<pid_t> processes = site.store().Processes();
  processes.push_back(server.pid());
  return processes;
}

absl::StatusOr<std::unique_ptr<Site>> OpenSite(const Bench& bench, Workshop workshop,
                                               const std::string& name) {
  return Site::Open(workshop, bench.site.engine(), MakeCommunities(1, bench.size.lineup_members),
                    name);
}

}  // namespace

absl::Status MeasureLineup(const Bench& bench) {
  std::cerr << "measuring what others quote\n";
  std::unique_ptr<Site> own;
  Site* site = &bench.site;
  if (bench.site.members() != bench.size.lineup_members) {
    PERIGEE_RETURN_IF_ERROR(bench.site.Stop());
    PERIGEE_ASSIGN_OR_RETURN(own, OpenSite(bench, bench.site.workshop(), "lineup"));
    site = own.get();
  }
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, site->Serve());
  const Pinned pinned(Processes(*site, *server));
  for (const int in_flight : kInFlight) {
    for (const Work& work : {kTop, kWrite, kAround}) {
      PERIGEE_ASSIGN_OR_RETURN(Pace pace, RunRounds(bench, *site, *server, work, in_flight));
      bench.report.paces.push_back(std::move(pace));
    }
  }
  return site->Stop();
}

absl::Status MeasureBefore(const Bench& bench) {
  Workshop older = bench.site.workshop();
  if (older.before.empty()) {
    std::cerr << "left out, for there is no --before\n";
    return absl::OkStatus();
  }
  older.server = older.before;
  PERIGEE_RETURN_IF_ERROR(bench.site.Stop());
  PERIGEE_ASSIGN_OR_RETURN(const auto before, OpenSite(bench, older, "before"));
  PERIGEE_ASSIGN_OR_RETURN(const auto after, OpenSite(bench, bench.site.workshop(), "after"));
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* old_server, before->Serve());
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* new_server, after->Serve());
  const Pinned pinned_before(Processes(*before, *old_server));
  const Pinned pinned_after(Processes(*after, *new_server));
  for (const Comparison& of : kComparisons) {
    Rounds rounds;
    for (int round = 0; round < bench.size.rounds; ++round) {
      PERIGEE_ASSIGN_OR_RETURN(
          const Sample a, Run(*before, *old_server, of.work, of.in_flight, bench.size.seconds));
      PERIGEE_ASSIGN_OR_RETURN(const Sample b,
                               Run(*after, *new_server, of.work, of.in_flight, bench.size.seconds));
      rounds.Add(a.*of.value, b.*of.value);
    }
    bench.Add({.work = absl::StrCat(of.work.name, ", ", of.in_flight, " in flight: ", of.figure),
               .floor_is = "the older server of --before",
               .unit = of.unit,
               .target = of.target},
              rounds);
  }
  PERIGEE_RETURN_IF_ERROR(before->Stop());
  return after->Stop();
}

}  // namespace perigee::bench
