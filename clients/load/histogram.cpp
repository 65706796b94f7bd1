#include "clients/load/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace perigee::load {

// A value keeps its highest kBits + 1 bits. A value of no more bits is its own bucket. For larger
// values the number of dropped bits selects the doubling.
std::size_t Histogram::BucketOf(std::uint64_t value) {
  const int dropped = std::max(0, static_cast<int>(std::bit_width(value)) - kBits - 1);
  return (static_cast<std::size_t>(dropped) << kBits) + static_cast<std::size_t>(value >> dropped);
}

std::int64_t Histogram::MiddleOf(std::size_t bucket) {
  const std::size_t dropped = bucket < (2U << kBits) ? 0 : (bucket >> kBits) - 1;
  const std::uint64_t kept = bucket - (dropped << kBits);
  const std::uint64_t width = std::uint64_t{1} << dropped;
  return static_cast<std::int64_t>((kept << dropped) + (width - 1) / 2);
}

void Histogram::Record(Duration duration, std::int64_t times) {
  const Duration value = std::max(duration, Duration::zero());
  counts_.at(BucketOf(static_cast<std::uint64_t>(value.count()))) += times;
  count_ += times;
  sum_ += static_cast<double>(value.count()) * static_cast<double>(times);
  max_ = std::max(max_, value);
}

void Histogram::Add(const Histogram& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    counts_[i] += other.counts_[i];
  }
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

Histogram::Duration Histogram::Mean() const {
  return Duration(count_ == 0 ? 0 : std::llround(sum_ / static_cast<double>(count_)));
}

Histogram::Duration Histogram::Quantile(double part) const {
  const auto place =
      std::clamp(static_cast<std::int64_t>(std::ceil(part * static_cast<double>(count_))),
                 std::int64_t{1}, std::max(count_, std::int64_t{1}));
  if (place >= count_) {
    return max_;
  }
  std::int64_t passed = 0;
  std::size_t bucket = 0;
  while ((passed += counts_.at(bucket)) < place) {
    ++bucket;
  }
  return std::min(Duration(MiddleOf(bucket)), max_);
}

}  // namespace perigee::load
