#include "server/domain/orbit/love.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace perigee::domain {
namespace {

constexpr double kLeftAfterMonth = 0.9;

}  // namespace

double AfterMonths(double value, std::int64_t months) {
  return value * std::pow(kLeftAfterMonth, static_cast<double>(months));
}

void Love::Add(absl::CivilMonth month, int weight) {
  const auto age = static_cast<std::size_t>(std::max<std::int64_t>(0, now_ - month));
  by_age_.resize(std::max(by_age_.size(), age + 1));
  by_age_[age] += weight;
}

double Love::points() const {
  double sum = 0;
  for (std::size_t age = by_age_.size(); age-- > 0;) {
    sum += AfterMonths(static_cast<double>(by_age_[age]), static_cast<std::int64_t>(age));
  }
  return sum;
}

}  // namespace perigee::domain
