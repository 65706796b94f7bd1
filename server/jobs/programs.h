#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/ports/store.h"

namespace perigee::jobs {

// The ids of all programmes.
absl::StatusOr<std::vector<std::string>> AllPrograms(const ports::Store& store);

// Writes one unit and waits for it. Not on a thread of the store.
absl::StatusOr<ports::Outcome> WriteAndWait(ports::Store& store, ports::Unit unit);

}  // namespace perigee::jobs
