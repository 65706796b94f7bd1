#pragma once

#include <string>

#include "absl/status/status.h"
#include "server/runtime/config.h"

namespace perigee::runtime {

// The addresses of a running server.
struct BoundAddresses {
  Endpoint public_address;
  Endpoint internal_address;
  Endpoint metrics_address;
};

// Writes `path` whole or not at all: JSON with `public`, `internal`, `metrics` (as HOST:PORT) and
// `pid`. kInvalidField, naming the flag, if it cannot be written.
absl::Status WriteReadyFile(const std::string& path, const BoundAddresses& bound);

}  // namespace perigee::runtime
