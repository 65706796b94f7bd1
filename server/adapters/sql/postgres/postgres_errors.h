#pragma once

#include <string_view>

#include "absl/status/status.h"

namespace perigee::sql {

// Maps a SQLSTATE to the reasons of driver.h, with advice. The server's own text is left out,
// because it may hold data.
absl::Status StatusOfSqlState(std::string_view state);

// The connection is gone, or its server is silent for too long.
absl::Status ConnectionLost();

}  // namespace perigee::sql
