#pragma once

#include "absl/status/statusor.h"
#include "server/ports/store.h"

namespace perigee::use_cases {

// Writes one unit and waits for it. Must not run on a thread of the store.
absl::StatusOr<ports::Outcome> WriteAndWait(ports::Store& store, ports::Unit unit);

}  // namespace perigee::use_cases
