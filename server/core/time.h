#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace perigee {

// An instant in UTC to the microsecond, as the store keeps and compares it.
using Time = std::chrono::sys_time<std::chrono::microseconds>;
using Duration = std::chrono::microseconds;

// Before and after every instant that the product can hold.
inline constexpr Time kBeginningOfTime{Duration{INT64_MIN / 4}};
inline constexpr Time kEndOfTime{Duration{INT64_MAX / 4}};

constexpr std::int64_t ToMicros(Time t) { return t.time_since_epoch().count(); }
constexpr Time FromMicros(std::int64_t micros) { return Time{Duration{micros}}; }

// RFC 3339 in UTC, such as `2026-11-21T23:45:36.000000Z`.
std::string FormatTime(Time t);

// Takes RFC 3339 with a zone. A time without a zone, as data dumps write it, is UTC. Otherwise
// kInvalidField.
absl::StatusOr<Time> ParseTime(std::string_view text);

}  // namespace perigee
