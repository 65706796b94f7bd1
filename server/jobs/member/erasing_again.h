#pragma once

#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "server/ports/revived.h"

namespace perigee::ports {
class Clock;
class Store;
}  // namespace perigee::ports

namespace perigee::jobs {

struct ErasedAgain {
  std::int64_t members = 0;
  std::int64_t programs = 0;
  std::int64_t failed = 0;
  absl::Status first_failure;
};

// Erases members again as use_cases::EraseMember does, and deletes programmes again, each in units
// of their own. What another server has done meanwhile counts for nothing. A failure does not stop
// the others. Blocks.
ErasedAgain EraseAgain(ports::Store& store, ports::Clock& clock,
                       std::span<const ports::Revived> revived);

}  // namespace perigee::jobs
