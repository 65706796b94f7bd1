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

// What is let grow, and how far: one thing at a time. What has no sizes is left out.
struct Growth {
  std::string name;
  int rounds = 5;
  double seconds = 2;  // Of each measure of a round.
  std::vector<int> members;
  std::vector<int> programs;
  int members_of_programs = 0;  // Of all together, however many there are.
  std::vector<std::int64_t> entries;
  int members_of_entries = 0;
};

// Lets stores of an engine grow, and measures the server at each size.
absl::StatusOr<std::vector<Stage>> MeasureGrowth(const Growth& growth, const Workshop& workshop,
                                                 const std::string& engine,
                                                 const tests::ServerProcess& echo);

}  // namespace perigee::bench
