#include "server/domain/thanks/reciprocity.h"

#include <algorithm>
#include <cmath>

namespace perigee::domain {
namespace {

double SumOf(std::span<const Time> times, Time now) {
  double sum = 0;
  for (const Time time : times) {
    sum += Decayed(time, now);
  }
  return sum;
}

}  // namespace

double Decayed(Time time, Time now) {
  using HalfLives = std::chrono::duration<double, std::ratio<86400 * kStrengthHalfLife.count()>>;
  return std::exp2(-std::max(0.0, HalfLives(now - time).count()));
}

double PairReciprocity(const Exchange& exchange) {
  const auto [smaller, larger] = std::minmax(exchange.given, exchange.received);
  return smaller <= 0 ? 0 : smaller / larger;
}

MemberReciprocity ReciprocityOf(std::span<const Exchange> exchanges) {
  MemberReciprocity reciprocity;
  double sum = 0;
  for (const Exchange& exchange : exchanges) {
    ++reciprocity.partners;
    reciprocity.mutual += exchange.given > 0 && exchange.received > 0 ? 1 : 0;
    sum += PairReciprocity(exchange);
  }
  if (reciprocity.partners > 0) {
    reciprocity.index = sum / static_cast<double>(reciprocity.partners);
  }
  return reciprocity;
}

std::optional<double> BrandReciprocity(std::span<const Time> gives, std::span<const Time> accepts,
                                       Time now) {
  if (accepts.empty()) {
    return std::nullopt;
  }
  return SumOf(gives, now) / SumOf(accepts, now);
}

std::optional<double> NetworkReciprocity::index() const {
  if (edges == 0) {
    return std::nullopt;
  }
  return static_cast<double>(mutual) / static_cast<double>(edges);
}

}  // namespace perigee::domain
