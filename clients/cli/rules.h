#pragma once

#include <string_view>

namespace perigee::cli {

// The rules files of clients/cli/rules, built into the client.
extern const std::string_view kStackExchangeRules;
extern const std::string_view kDemoRules;
// Badges, for ParseBadges.
extern const std::string_view kStackExchangeBadges;

}  // namespace perigee::cli
