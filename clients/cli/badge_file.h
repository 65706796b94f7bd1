#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "perigee/v1/badge.pb.h"

namespace perigee::cli {

// The badges of a file in TOML: see clients/cli/rules/stackexchange_badges.toml. The requests lack
// `parent` and `request_id`. A wrong file is a usage failure that names the file, the line and the
// error.
absl::StatusOr<std::vector<v1::CreateBadgeRequest>> ParseBadges(std::string_view file_name,
                                                                std::string_view toml);

}  // namespace perigee::cli
