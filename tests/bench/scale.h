#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/site.h"
#include "tests/bench/stages.h"
#include "tests/support/server_process.h"

namespace perigee::bench {

inline constexpr const char* kMembersAxis = "members";
inline constexpr const char* kProgramsAxis = "programmes";
inline constexpr const char* kEntriesAxis = "entries";

// The axes of growth and their sizes. Only one axis grows at a time. An axis without sizes is left
// out.
struct Growth {
  std::string name;
  int rounds = 5;
  double seconds = 2;  // For each measurement of a round.
  std::vector<int> members;
  std::vector<int> programs;
  int members_of_programs = 0;  // In all programmes together.
  std::vector<std::int64_t> entries;
  int members_of_entries = 0;
};

// Grows stores of an engine, and measures the server at each size.
absl::StatusOr<std::vector<Stage>> MeasureGrowth(const Growth& growth, const Workshop& workshop,
                                                 const std::string& engine,
                                                 const tests::ServerProcess& echo);

}  // namespace perigee::bench
