#pragma once

#include <atomic>

#include "server/ports/clock.h"

namespace perigee::tests {

// Time as the test says it. Safe from many threads.
class FakeClock final : public ports::Clock {
 public:
  explicit FakeClock(Time now) : micros_(ToMicros(now)) {}
  Time Now() const override { return FromMicros(micros_.load()); }
  void Set(Time now) { micros_.store(ToMicros(now)); }
  void Advance(Duration by) { micros_.fetch_add(by.count()); }

 private:
  std::atomic<std::int64_t> micros_;
};

}  // namespace perigee::tests
