// perigee-simulate: runs seeds, and shrinks the first one that fails.

#include <chrono>
#include <cstdint>
#include <iostream>
#include <random>

#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>

#include "tests/simulation/simulate.h"

namespace {

using perigee::simulation::Describe;
using perigee::simulation::Draw;
using perigee::simulation::FindShortest;
using perigee::simulation::Ground;
using perigee::simulation::History;
using perigee::simulation::kMachines;
using perigee::simulation::Machine;
using perigee::simulation::NameOf;
using perigee::simulation::Report;
using perigee::simulation::Sabotage;
using perigee::simulation::Simulate;
using perigee::simulation::Tally;

struct Wish {
  std::uint64_t seed = 1;
  std::uint64_t seeds = 1;
  int steps = 200;
  bool verbose = false;
  Sabotage sabotage;
};

int Run(const Wish& wish) {
  Ground ground;
  const auto start = std::chrono::steady_clock::now();
  Report sum;
  for (std::uint64_t seed = wish.seed; seed < wish.seed + wish.seeds; ++seed) {
    const History history = Draw(seed, wish.steps);
    const Report report = Simulate(ground, wish.sabotage, history, wish.verbose);
    for (const std::string& line : report.log) {
      std::cout << line << "\n";
    }
    sum.Add(report);
    if (report.failure) {
      std::cout << "seed " << seed << " failed at step " << report.failure->step << "\n"
                << Describe(seed, wish.steps, wish.sabotage,
                            FindShortest(ground, wish.sabotage, history));
      return 1;
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  // Whatever was lost or doubled has stopped the run above.
  const Tally all = sum.Sum();
  std::cout << wish.seeds << " seeds from " << wish.seed << ", " << sum.steps << " steps ("
            << static_cast<std::int64_t>(static_cast<double>(sum.steps) / took.count())
            << " a second), " << all.changes << " changes acknowledged, " << all.refusals
            << " refused, " << sum.pages << " pages, 0 lost, 0 doubled; " << sum.faults.Sum()
            << " faults: " << sum.faults.crashes << " crashes, " << sum.faults.of_store
            << " of stores (" << sum.faults.answers_lost << " lost answers), "
            << sum.faults.of_cache << " of the cache; digest " << sum.digest << "\n";
  for (int i = 0; i < kMachines; ++i) {
    const Tally& machine = sum.machines[static_cast<std::size_t>(i)];
    std::cout << "  " << NameOf(static_cast<Machine>(i)) << ": " << machine.steps << " asked, "
              << machine.changes << " acknowledged, " << machine.refusals << " refused, "
              << machine.faults << " unanswered\n";
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  spdlog::set_level(spdlog::level::off);  // Caches go and come all the time.
  CLI::App app("Runs the ledger, the journal and the boards through histories drawn from seeds");
  Wish wish;
  bool anew = false;
  app.add_option("--seed", wish.seed, "the first seed");
  app.add_option("--seeds", wish.seeds, "how many, one after the other");
  app.add_option("--steps", wish.steps, "steps of each history")->check(CLI::Range(1, 1'000'000));
  app.add_flag("--anew", anew, "begin with a seed that nobody chose, and say which");
  app.add_flag("--verbose", wish.verbose, "say all that happens");
  app.add_flag("--cache-ignores-marks", wish.sabotage.cache_ignores_marks,
               "break the cache on purpose: it moves periods on from wherever they stand");
  app.add_flag("--store-forgets-requests", wish.sabotage.store_forgets_requests,
               "break the store on purpose: every retry runs again");
  app.add_flag("--asks-are-counted-ahead", wish.sabotage.asks_are_counted_ahead,
               "break asks on purpose: their budget is counted before the unit of work");
  app.add_flag("--stock-is-forgotten", wish.sabotage.stock_is_forgotten,
               "break rewards on purpose: redemptions do not count their stock");
  app.add_flag("--badges-are-granted-twice", wish.sabotage.badges_are_granted_twice,
               "break badges on purpose: staff grant them again to those who have one");
  app.add_flag("--promotions-are-lost", wish.sabotage.promotions_are_lost,
               "break tiers on purpose: who follows the journal promotes nobody");
  CLI11_PARSE(app, argc, argv);
  if (anew) {
    wish.seed = std::random_device()();
    std::cout << "seeds from " << wish.seed << std::endl;
  }
  return Run(wish);
}
