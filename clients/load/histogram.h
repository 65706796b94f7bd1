#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace perigee::load {

// Counts durations in buckets whose width grows with the value, as HdrHistogram does: from 1 ns to
// centuries, in fixed memory (about 57 KiB). A value is known to within 1/256 of itself, and
// exactly below 256 ns. Recording takes constant time. For one thread.
class Histogram {
 public:
  using Duration = std::chrono::nanoseconds;

  // A negative duration counts as zero.
  void Record(Duration duration, std::int64_t times = 1);
  void Add(const Histogram& other);
  void Clear() { *this = Histogram(); }

  std::int64_t count() const { return count_; }
  // These two are exact.
  Duration max() const { return max_; }
  Duration Mean() const;
  // The smallest recorded value that at least this part of all values, 0 to 1, does not exceed. For
  // 1 it is exactly the largest. Zero if nothing was recorded.
  Duration Quantile(double part) const;

 private:
  static constexpr int kBits = 7;  // 2^7 buckets each time the value doubles.
  static constexpr int kBuckets = (63 - kBits + 1) << kBits;

  static std::size_t BucketOf(std::uint64_t value);
  static std::int64_t MiddleOf(std::size_t bucket);

  std::array<std::int64_t, kBuckets> counts_{};
  std::int64_t count_ = 0;
  double sum_ = 0;
  Duration max_{0};
};

}  // namespace perigee::load
