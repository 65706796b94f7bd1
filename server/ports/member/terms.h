#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/core/time.h"

namespace perigee::ports {

// What time alone changes of members: titles, facets and kinds whose terms begin or end. A job
// settles such changes a moment later. Whoever must be right at the instant itself settles them
// first, so no answer depends on the job. Safe from many threads.
class Terms {
 public:
  virtual ~Terms() = default;

  // Settles all changes of the programme that are due at `now`, if no one has yet. Returns when the
  // next one falls due, kEndOfTime if none is listed. kStoreUnavailable, kOverloaded. Blocks.
  virtual absl::StatusOr<Time> Settle(const std::string& program, Time now) = 0;
};

}  // namespace perigee::ports
