#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/domain/explain/explanation.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::use_cases {

// Explains that a person has a badge, or had it. kNotFound if the person never had it.
absl::StatusOr<domain::Explanation> ExplainBadge(ports::StoreReader& reader,
                                                 const std::string& program,
                                                 const std::string& member_id,
                                                 const std::string& badge_id);

}  // namespace perigee::use_cases
