#pragma once

#include <atomic>

#include "server/ports/clock.h"

namespace perigee::tests {

// A time that only the test moves. Safe from many threads.
class FakeClock final : public ports::Clock {
 public:
  explicit FakeClock(Time now) : micros_(ToMicros(now)) {}
  Time Now() const override { return FromMicros(micros_.load()); }
  void Set(Time now) { micros_.store(ToMicros(now)); }
  void Advance(Duration by) { micros_.fetch_add(by.count()); }

 private:
  std::atomic<std::int64_t> micros_;
};

// A steady clock that only the test moves. Safe from many threads.
class FakeSteadyClock final : public ports::SteadyClock {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  explicit FakeSteadyClock(std::chrono::nanoseconds start = {}) : since_(start.count()) {}
  TimePoint Now() const override { return TimePoint(std::chrono::nanoseconds(since_.load())); }
  void Advance(std::chrono::nanoseconds by) { since_.fetch_add(by.count()); }

 private:
  std::atomic<std::int64_t> since_;
};

}  // namespace perigee::tests
