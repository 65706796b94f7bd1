#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/use_cases/write_and_wait.h"

namespace perigee::ports {
class Store;
}  // namespace perigee::ports

namespace perigee::jobs {

// The ids of all programmes.
absl::StatusOr<std::vector<std::string>> AllPrograms(const ports::Store& store);

using use_cases::WriteAndWait;

}  // namespace perigee::jobs
