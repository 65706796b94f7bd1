#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/explain/explanation.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::use_cases {

// Explains where a person stands in a scheme of tiers by the transfers that they earned by within
// its window. kNotFound for the scheme and the member; kTimeZoneMissing.
absl::StatusOr<domain::Explanation> ExplainTier(ports::StoreReader& reader,
                                                const std::string& program,
                                                const std::string& member_id,
                                                const std::string& scheme_id, Time now);

}  // namespace perigee::use_cases
