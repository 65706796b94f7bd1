#pragma once

#include <chrono>

#include "server/ports/clock.h"

namespace perigee::adapters {

// The machine's own time.
class SystemClock final : public ports::Clock {
 public:
  Time Now() const override {
    return std::chrono::floor<Duration>(std::chrono::system_clock::now());
  }
};

class SystemSteadyClock final : public ports::SteadyClock {
 public:
  std::chrono::steady_clock::time_point Now() const override {
    return std::chrono::steady_clock::now();
  }
};

}  // namespace perigee::adapters
