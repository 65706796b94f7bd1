#include "server/core/retry_after.h"

#include <chrono>
#include <cstdint>

#include "absl/strings/numbers.h"
#include "absl/time/time.h"

namespace perigee {
namespace {

constexpr std::chrono::seconds kMost = std::chrono::days(366);
// The one form that senders write today.
constexpr char kDate[] = "%a, %d %b %E4Y %H:%M:%S GMT";

}  // namespace

std::optional<Time> RetryAfter(const std::string& text, Time now) {
  std::int64_t seconds = 0;
  if (absl::SimpleAtoi(text, &seconds)) {
    return seconds >= 0 && seconds <= kMost.count()
               ? std::optional(now + std::chrono::seconds(seconds))
               : std::nullopt;
  }
  absl::Time date;
  std::string error;
  if (!absl::ParseTime(kDate, text, &date, &error)) {
    return std::nullopt;
  }
  const Time at = FromMicros(absl::ToUnixMicros(date));
  return at <= now + kMost ? std::optional(at) : std::nullopt;
}

}  // namespace perigee
