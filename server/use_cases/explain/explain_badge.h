#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/explain/explanation.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::use_cases {

// Explains whether a person has a badge, and what is missing to it. kNotFound for member and badge.
absl::StatusOr<domain::Explanation> ExplainBadge(ports::StoreReader& reader,
                                                 const std::string& program,
                                                 const std::string& member_id,
                                                 const std::string& badge_id, Time now);

}  // namespace perigee::use_cases
