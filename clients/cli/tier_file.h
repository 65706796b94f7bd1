#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "perigee/v1/tier.pb.h"

namespace perigee::cli {

// The schemes of a file in TOML: see `perigee tiers set --help`. Each `name` is the id alone. A
// wrong file is a usage failure that names the file, the line and the error.
absl::StatusOr<std::vector<v1::TierScheme>> ParseTierSchemes(std::string_view file_name,
                                                             std::string_view toml);

}  // namespace perigee::cli
