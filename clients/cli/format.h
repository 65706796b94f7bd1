#pragma once

#include <string>
#include <string_view>

#include <google/protobuf/timestamp.pb.h>

#include "absl/status/statusor.h"
#include "server/core/time.h"

namespace perigee::cli {

google::protobuf::Timestamp ToTimestamp(Time time);
// `2026-11-21T23:45:36Z`; empty for an unset timestamp.
std::string FormatTimestamp(const google::protobuf::Timestamp& timestamp);
// Reads RFC 3339 or a day alone, which means its first instant in UTC. Other text is a usage
// failure that names `option`.
absl::StatusOr<google::protobuf::Timestamp> ParseTimestamp(std::string_view option,
                                                           const std::string& text);

// A value of an enum as people write it: `STAKEHOLDER_KIND_PARTNER` with that prefix is `partner`.
std::string Friendly(std::string_view value, std::string_view prefix);
std::string Unfriendly(std::string_view word, std::string_view prefix);

}  // namespace perigee::cli
