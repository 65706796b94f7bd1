#include "clients/load/schedule.h"

#include <cmath>
#include <numeric>
#include <utility>

namespace perigee::load {

Schedule::Schedule(std::vector<double> rates, std::chrono::nanoseconds length, Arrivals arrivals,
                   std::uint64_t seed)
    : rates_(std::move(rates)), length_(length), arrivals_(arrivals), random_(seed) {}

double Schedule::PartSeconds() const {
  return std::chrono::duration<double>(length_).count() / static_cast<double>(rates_.size());
}

double Schedule::Expected() const {
  return std::accumulate(rates_.begin(), rates_.end(), 0.0) * PartSeconds();
}

// The n-th call is due where the area under the rates reaches n, or n random distances. That is
// exact for any curve, also where a part is shorter than the distance between calls.
std::optional<std::chrono::nanoseconds> Schedule::Next() {
  if (arrivals_ == Arrivals::kPoisson) {
    area_ += std::exponential_distribution(1.0)(random_);
  }
  const double part_seconds = PartSeconds();
  for (; part_ < rates_.size(); ++part_) {
    const double part_area = rates_[part_] * part_seconds;
    if (const double in_part = area_ - before_part_; in_part < part_area) {
      const double due = static_cast<double>(part_) * part_seconds + in_part / rates_[part_];
      if (arrivals_ == Arrivals::kConstant) {
        ++area_;
      }
      const std::chrono::nanoseconds rounded(std::llround(due * 1e9));
      return rounded < length_ ? std::optional(rounded) : std::nullopt;
    }
    before_part_ += part_area;
  }
  return std::nullopt;
}

}  // namespace perigee::load
