#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::use_cases {

// kDemographicAudience, naming the facet, if the programme has marked one of these facets as
// demographic and `allowed` is false.
absl::Status CheckDemographic(ports::StoreReader& reader, const std::string& program,
                              const std::vector<std::string>& facets, bool allowed);

}  // namespace perigee::use_cases
