#include "server/domain/delivery/retry.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "server/core/sha256.h"

namespace perigee::domain {
namespace {

constexpr std::int64_t kChances = 1 << 16;

// Evenly from 0 to kChances - 1.
std::int64_t ChanceOf(const FailedAttempt& failed) {
  const Sha256Digest digest =
      Sha256(std::string(failed.delivery.Raw()).append(std::to_string(failed.number)));
  return digest[0] << 8 | digest[1];
}

}  // namespace

std::optional<Time> NextAttempt(const RetryRule& rule, const FailedAttempt& failed) {
  if (failed.number >= rule.attempts_max) {
    return std::nullopt;
  }
  Duration wait = rule.first_wait;
  for (int i = 1; i < failed.number && wait < rule.longest_wait; ++i) {
    wait *= rule.growth;
  }
  wait = std::min(wait, rule.longest_wait);
  const Time from = std::max(failed.time, failed.not_before.value_or(failed.time));
  const Time next = from + wait - wait / 2 * ChanceOf(failed) / kChances;
  return next <= failed.first_time + rule.time_max ? std::optional(next) : std::nullopt;
}

}  // namespace perigee::domain
