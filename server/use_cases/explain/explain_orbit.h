#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/explain/explanation.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::use_cases {

// Explains where a person stands in the orbit. Reads all activities of the person. kNotFound,
// kTimeZoneMissing.
absl::StatusOr<domain::Explanation> ExplainOrbit(ports::StoreReader& reader,
                                                 const std::string& program,
                                                 const std::string& member_id, Time now);

}  // namespace perigee::use_cases
