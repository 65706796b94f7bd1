#pragma once

#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "server/ports/due.h"

namespace perigee::ports {

// The things that fall due, in all programmes. A thing stays listed until it is done: the unit of
// work that makes or ends the thing also adds or removes its Due. See StoreReader for the rules of
// all reads.
class DueReader {
 public:
  virtual ~DueReader() = default;

  // In order of time, then of programme, kind and key. Starts after `after` ({}: at the first).
  virtual absl::StatusOr<std::vector<Due>> List(const Due& after, int limit) = 0;
  // The first things of one record kind in a programme, in order of time. `kind` is above
  // DueKind::kRecord.
  virtual absl::StatusOr<std::vector<Due>> First(const std::string& program, DueKind kind,
                                                 int limit) = 0;
  // Returns those of `due` that are still listed, in the same order.
  virtual absl::StatusOr<std::vector<Due>> StillDue(std::span<const Due> due) = 0;
};

}  // namespace perigee::ports
