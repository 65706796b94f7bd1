#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/explain/explanation.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::use_cases {

// Explains how much a person deserves a nomination for a title, by its criteria. Reads what the
// person did within two years. Refuses as ViewCandidate does.
absl::StatusOr<domain::Explanation> ExplainCandidate(ports::StoreReader& reader,
                                                     const std::string& program,
                                                     const std::string& title,
                                                     const std::string& member_id, Time now);

}  // namespace perigee::use_cases
