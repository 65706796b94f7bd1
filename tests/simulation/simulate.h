#pragma once

#include <cstdint>
#include <string>

#include "tests/simulation/history.h"
#include "tests/simulation/world.h"

namespace perigee::simulation {

// One history in a world of its own.
Report Simulate(Ground& ground, const Sabotage& sabotage, const History& history,
                bool keep_log = false);

// The shortest history that fails as `failing` does, and what happens in it.
struct Shortest {
  History history;
  Report report;
};
Shortest FindShortest(Ground& ground, const Sabotage& sabotage, const History& failing);

// For people: what failed, the shortest history of it, and the command that repeats it.
std::string Describe(std::uint64_t seed, int steps, const Sabotage& sabotage,
                     const Shortest& shortest);

}  // namespace perigee::simulation
