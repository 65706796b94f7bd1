#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::use_cases {

struct StoredPeriod;

// Whether an amendment would make another result than the newest one, which must exist. Looks at
// the members who changed since; computes the whole result if they are many, if members of the
// period were merged or parted since, or if the board was redefined.
absl::StatusOr<bool> AmendDue(ports::StoreReader& reader, const std::string& program,
                              const StoredPeriod& stored);

}  // namespace perigee::use_cases
