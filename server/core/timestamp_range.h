#pragma once

#include <chrono>

namespace perigee {

// The first and the last second that a google.protobuf.Timestamp can hold: it has the years 1 to
// 9999.
inline constexpr std::chrono::sys_seconds kTimestampMin{std::chrono::seconds{-62'135'596'800}};
inline constexpr std::chrono::sys_seconds kTimestampMax{std::chrono::seconds{253'402'300'799}};

}  // namespace perigee
