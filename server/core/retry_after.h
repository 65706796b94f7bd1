#pragma once

#include <optional>
#include <string>

#include "server/core/time.h"

namespace perigee {

// The instant that a header `Retry-After` names: so many seconds after `now`, or a date (RFC 9110,
// 10.2.3). nullopt for other texts, and for an instant more than a year after `now`.
std::optional<Time> RetryAfter(const std::string& text, Time now);

}  // namespace perigee
