#pragma once

#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "server/ports/due.h"

namespace perigee::ports {

// What falls due, in all programmes. See StoreReader for what holds of all reads. A thing stands
// here as long as it is not done: it comes and goes in the unit of work that makes or ends it.
class DueReader {
 public:
  virtual ~DueReader() = default;

  // In order of time, then of programme, kind and key; after `after` ({}: from the first).
  virtual absl::StatusOr<std::vector<Due>> List(const Due& after, int limit) = 0;
  // Those of `due` that still stand, in the same order.
  virtual absl::StatusOr<std::vector<Due>> Standing(std::span<const Due> due) = 0;
};

}  // namespace perigee::ports
