#pragma once

#include <atomic>
#include <cstdint>

namespace perigee::tests {

// What libclock_shift.so adds to the time of day that a program reads; the clocks that only count
// go on. Stands in the control file that PERIGEE_CLOCK_SHIFT names.
struct ClockShift {
  std::atomic<std::int64_t> seconds{0};
};

}  // namespace perigee::tests
