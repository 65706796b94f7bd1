#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/time.h"

namespace perigee::adapters {

// What a token says of itself (RFC 7519).
struct Claims {
  std::string issuer;
  std::string subject;
  std::vector<std::string> audiences;
  Time expire_time{};
  std::optional<Time> not_before;
  std::optional<Time> issue_time;
};

// Reads a payload. nullopt unless it is a JSON object without doubled keys, with `iss` and `aud`,
// with a `sub` of 1 to 255 bytes without control characters, and with an `exp`. Each time is a
// number of seconds from 1970 to the year 9999, whole or fractional.
std::optional<Claims> ReadClaims(std::string_view payload);

}  // namespace perigee::adapters
