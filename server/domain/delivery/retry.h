#pragma once

#include <chrono>
#include <optional>

#include "server/core/time.h"
#include "server/core/uuid.h"

namespace perigee::domain {

// When a message that could not be delivered is tried again. Waits grow up to a longest one. The
// message is given up after so many attempts, or after so much time since the first one.
struct RetryRule {
  Duration first_wait{};
  int growth = 1;  // Each wait is so many times the one before.
  Duration longest_wait{};
  int attempts_max = 1;  // With the first one.
  Duration time_max{};
};

// 5 s, 30 s, 3 min, 18 min, 108 min, 10.8 h, and then 12 h.
inline constexpr RetryRule kWebhookRetries{std::chrono::seconds(5), 6, std::chrono::hours(12), 12,
                                           std::chrono::days(3)};
// 5 s, 30 s, 3 min and 18 min: a notice that comes later is no news any more.
inline constexpr RetryRule kPushRetries{std::chrono::seconds(5), 6, std::chrono::hours(1), 5,
                                        std::chrono::hours(1)};

struct FailedAttempt {
  Uuid delivery;    // Of one message to one receiver.
  int number = 1;   // The first attempt is 1.
  Time first_time;  // When the first attempt failed.
  Time time;        // When this one failed.
  // Before which the receiver does not want another one (`Retry-After`, RFC 9110, 10.2.3).
  std::optional<Time> not_before;
};

// When to try again: a whole to a half of the wait of the rule after the attempt, or after
// `not_before` if that is later. The share follows from the delivery and the number of the attempt,
// so that deliveries that failed together do not come back together. nullopt: never.
std::optional<Time> NextAttempt(const RetryRule& rule, const FailedAttempt& failed);

}  // namespace perigee::domain
