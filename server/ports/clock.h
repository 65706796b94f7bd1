#pragma once

#include <chrono>

#include "server/core/time.h"

namespace perigee::ports {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time Now() const = 0;
};

// Measures how long something took. It runs evenly even if the machine's time is changed, and its
// readings mean nothing on another machine.
class SteadyClock {
 public:
  virtual ~SteadyClock() = default;
  virtual std::chrono::steady_clock::time_point Now() const = 0;
};

}  // namespace perigee::ports
