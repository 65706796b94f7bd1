#pragma once

#include <atomic>
#include <cstdint>

namespace perigee::tests {

// The shift that libclock_shift.so adds to the time of day that a program reads. Steady clocks stay
// as they are. It is in the control file that PERIGEE_CLOCK_SHIFT names.
struct ClockShift {
  std::atomic<std::int64_t> seconds{0};
};

}  // namespace perigee::tests
