#pragma once

#include <cstdint>
#include <string>

#include "tests/simulation/history.h"
#include "tests/simulation/world.h"

namespace perigee::simulation {

// Runs one history in a new world.
Report Simulate(Ground& ground, const Sabotage& sabotage, const History& history,
                bool keep_log = false);

// The shortest history that fails in the same way, and its report.
struct Shortest {
  History history;
  Report report;
};
Shortest FindShortest(Ground& ground, const Sabotage& sabotage, const History& failing);

// For people: the failure, its shortest history, and the command that repeats it.
std::string Describe(std::uint64_t seed, int steps, const Sabotage& sabotage,
                     const Shortest& shortest);

}  // namespace perigee::simulation
