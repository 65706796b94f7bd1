#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace perigee {

// How often something may happen.
struct Rate {
  std::int64_t per_second = 0;  // 0: without limit.
  std::int64_t burst = 1;       // So many at once, after a rest. At least 1.
};

// A token bucket that keeps one number, the time at which it will be full again (the generic cell
// rate algorithm, ITU-T I.371). Safe from many threads, without a lock.
class TokenBucket {
 public:
  // Takes one token. Zero if there was one, otherwise how long the next one takes; then nothing is
  // taken. `now` may go backwards: then the bucket fills later.
  std::chrono::nanoseconds Take(const Rate& rate, std::chrono::nanoseconds now) {
    if (rate.per_second <= 0) {
      return std::chrono::nanoseconds(0);
    }
    const std::int64_t token = std::max<std::int64_t>(1'000'000'000 / rate.per_second, 1);
    const std::int64_t depth = token * rate.burst;
    std::int64_t full = full_at_.load(std::memory_order_relaxed);
    for (;;) {
      const std::int64_t next = std::max(full, now.count()) + token;
      if (next - now.count() > depth) {
        return std::chrono::nanoseconds(next - now.count() - depth);
      }
      if (full_at_.compare_exchange_weak(full, next, std::memory_order_relaxed)) {
        return std::chrono::nanoseconds(0);
      }
    }
  }

 private:
  std::atomic<std::int64_t> full_at_{0};
};

}  // namespace perigee
