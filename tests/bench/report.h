#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace perigee::bench {

// One line of the table. `bound` is what the target allows of ratio (ours / floor).
struct Line {
  std::string work;
  std::string floor_is;  // What the floor is.
  std::string unit;
  double floor = 0;
  double ours = 0;
  double ratio = 0;
  enum class Bound { kAtLeast, kAtMost } bound = Bound::kAtLeast;
  double target = 1;

  bool Met() const { return bound == Bound::kAtLeast ? ratio >= target : ratio <= target; }
};

// Work, floor, ours, ratio, target, met; and what the floors are.
std::string Table(const std::vector<Line>& lines);

// The same, and how it was measured.
absl::Status WriteJson(const std::string& path, const std::vector<Line>& lines,
                       const std::string& size, int rounds);

}  // namespace perigee::bench
