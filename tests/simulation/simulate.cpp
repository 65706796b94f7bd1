#include "tests/simulation/simulate.h"

#include "absl/strings/str_cat.h"
#include "tests/simulation/shrink.h"

namespace perigee::simulation {

Report Simulate(Ground& ground, const Sabotage& sabotage, const History& history, bool keep_log) {
  return World(ground, sabotage, history.season, keep_log).Run(history.steps);
}

Shortest FindShortest(Ground& ground, const Sabotage& sabotage, const History& failing) {
  const Report first = Simulate(ground, sabotage, failing);
  const auto fails = [&](const History& history) -> std::optional<std::size_t> {
    const Report report = Simulate(ground, sabotage, history);
    if (!report.failure || report.failure->what != first.failure->what) {
      return std::nullopt;
    }
    return report.failure->step;
  };
  Shortest shortest{Shrink(failing, fails), {}};
  shortest.report = Simulate(ground, sabotage, shortest.history, true);
  return shortest;
}

std::string Describe(std::uint64_t seed, int steps, const Sabotage& sabotage,
                     const Shortest& shortest) {
  std::string text =
      absl::StrCat("seed ", seed, " fails: ", shortest.report.failure->what,
                   "\nthe shortest history of it has ", shortest.history.steps.size(), " steps:\n");
  for (const std::string& line : shortest.report.log) {
    absl::StrAppend(&text, "  ", line, "\n");
  }
  return absl::StrCat(text, "repeat it: perigee-simulate --seed ", seed, " --steps ", steps,
                      OptionsOf(sabotage), "\n");
}

}  // namespace perigee::simulation
