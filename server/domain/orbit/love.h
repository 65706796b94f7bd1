#pragma once

#include <cstdint>
#include <vector>

#include "absl/time/civil_time.h"

namespace perigee::domain {

// What is left of a value after whole months in which it lost a tenth each.
double AfterMonths(double value, std::int64_t months);

// The points of a member's activities: each has its weight, less a tenth for each calendar month
// that began since.
class Love {
 public:
  explicit Love(absl::CivilMonth now) : now_(now) {}
  // A month after `now` counts as `now`.
  void Add(absl::CivilMonth month, int weight);
  double points() const;

 private:
  absl::CivilMonth now_;
  std::vector<std::int64_t> by_age_;  // Months ago. The sum does not depend on the order of adding.
};

}  // namespace perigee::domain
