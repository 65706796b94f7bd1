#include "tests/bench/sweeps.h"

#include <algorithm>
#include <functional>
#include <iterator>

namespace perigee::bench {
namespace {

constexpr double kRateTarget = 0.9;

}  // namespace

void AddSweeps(const std::string& engine, const std::string& work, const std::vector<Sweep>& rounds,
               Report& report) {
  Rounds rate;
  for (const Sweep& round : rounds) {
    rate.Add((round.before.rate + round.after.rate) / 2, round.meanwhile.rate);
  }
  report.lines.push_back(MakeLine({.engine = engine,
                                   .work = "write, 32 in flight, beside " + work + ": rate",
                                   .floor_is = "the mean of the same before and after",
                                   .unit = "1/s",
                                   .target = {Target::Bound::kAtLeast, kRateTarget}},
                                  rate));
  const auto add = [&](const char* what, const char* unit,
                       const std::function<double(const Sweep&)>& figure) {
    std::vector<double> figures;
    std::ranges::transform(rounds, std::back_inserter(figures), figure);
    report.facts.push_back(
        {.engine = engine, .what = work + what, .unit = unit, .value = Median(figures)});
  };
  add(": alone", "s", &Sweep::alone_seconds);
  add(": the server's memory", "MiB more", &Sweep::alone_memory_mib);
  add(": beside a minute of writes", "s", &Sweep::beside_seconds);
  add(": p99 of a write before", "ms", [](const Sweep& round) { return round.before.p99_ms; });
  add(": p99 of a write meanwhile", "ms",
      [](const Sweep& round) { return round.meanwhile.p99_ms; });
  add(": writes refused meanwhile", "of all",
      [](const Sweep& round) { return round.meanwhile.refused; });
}

}  // namespace perigee::bench
