// Measures plain rates and latencies, as other backends publish them.

#include <array>
#include <iostream>
#include <optional>

#include "server/core/status_macros.h"
#include "tests/bench/parts.h"

namespace perigee::bench {
namespace {

constexpr std::array kInFlight{1, 32};
constexpr int kChannels = 4;

struct Work {
  const char* name;
  CallMaker make;
  const char* door;
};

absl::StatusOr<Pace> Run(const Bench& bench, const Site& site, const tests::ServerProcess& server,
                         const Work& work, int in_flight) {
  std::vector<double> rates;
  std::vector<double> p50s;
  std::vector<double> p99s;
  for (int round = 0; round < bench.size.rounds; ++round) {
    const load::Load load = LoadOn(site.targets(), work.make, server.Address(work.door),
                                   in_flight == 1 ? 1 : kChannels);
    const load::Result result = load::RunFor(load, in_flight, bench.size.seconds);
    PERIGEE_RETURN_IF_ERROR(AllWell(work.name, result.Total()));
    rates.push_back(result.Rate());
    p50s.push_back(result.Total().Micros(0.5));
    p99s.push_back(result.Total().Micros(0.99));
  }
  return Pace{site.engine(), work.name,    site.members(), in_flight,
              Median(rates), Median(p50s), Median(p99s)};
}

}  // namespace

absl::Status MeasureLineup(const Bench& bench) {
  std::cerr << "measuring what others quote\n";
  std::unique_ptr<Site> own;
  Site* site = &bench.site;
  if (bench.site.members() != bench.size.lineup_members) {
    PERIGEE_RETURN_IF_ERROR(bench.site.Stop());
    PERIGEE_ASSIGN_OR_RETURN(own,
                             Site::Open(bench.site.workshop(), bench.site.engine(),
                                        MakeCommunities(1, bench.size.lineup_members), "lineup"));
    site = own.get();
  }
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, site->Serve());
  const std::array works{Work{"top 20", load::PageCall, "public"},
                         Work{"write a score, durable", TransferCall, "internal"},
                         Work{"around me, 20", load::AroundCall, "public"}};
  for (const int in_flight : kInFlight) {
    for (const Work& work : works) {
      PERIGEE_ASSIGN_OR_RETURN(Pace pace, Run(bench, *site, *server, work, in_flight));
      bench.report.paces.push_back(std::move(pace));
    }
  }
  return site->Stop();
}

}  // namespace perigee::bench
