#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/load/community.h"
#include "tests/bench/child.h"
#include "tests/bench/report.h"

namespace perigee::bench {

// How much is measured.
struct Size {
  std::string name;
  int rounds = 5;
  double seconds = 2;  // Of each side of a round.
  int members = 1'000'000;
  std::uint64_t activities = 100'000;  // Streamed in a round.
};

// What is measured, and against what.
struct Bench {
  Size size;
  const Child& echo;
  const Child& server;
  load::Community community;
  std::string folder;    // For files of this run.
  std::string database;  // The server's.
};

// Reads of a board against the echo, one after the other in each round.
absl::StatusOr<std::vector<Line>> MeasureReads(const Bench& bench);
// Durable writes against the replay of what they wrote.
absl::StatusOr<std::vector<Line>> MeasureWrites(const Bench& bench);

}  // namespace perigee::bench
