#pragma once

#include <string>
#include <vector>

#include "tests/bench/report.h"

namespace perigee::bench {

// The writes of one stretch of time.
struct Writes {
  double rate = 0;  // Good answers a second.
  double p99_ms = 0;
  double refused = 0;  // The share of all answers.
};

// One round of work on all members of a programme: once alone, and once with writes beside its first minute.
struct Sweep {
  double alone_seconds = 0;
  double alone_memory_mib = 0;  // How much the server's own memory grew at most.
  double beside_seconds = 0;    // With writes beside it in its first minute.
  Writes before;
  Writes meanwhile;
  Writes after;
};

// Adds to the report what the rounds, at least one, say of the work: a line with the rate of the
// writes meanwhile, of which the floor is the mean of before and after, and the rest as facts.
void AddSweeps(const std::string& engine, const std::string& work, const std::vector<Sweep>& rounds,
               Report& report);

}  // namespace perigee::bench
