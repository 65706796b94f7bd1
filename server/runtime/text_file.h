#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace perigee::runtime {

// The whole file. kInvalidField, naming the path, if it cannot be read.
absl::StatusOr<std::string> ReadTextFile(const std::string& path);

}  // namespace perigee::runtime
