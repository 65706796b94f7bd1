#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/board/board.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::use_cases {

// The parts of a period's name.
struct PeriodRef {
  std::string program;
  std::string board;
  std::string period;  // An id or `current`.
  std::string Name() const;
};

// A period as the store has it.
struct StoredPeriod {
  domain::Board board;
  domain::Period period;
  std::vector<domain::PeriodResult> results;  // Oldest first.
};

// The board. kNotFound that names the board or its programme.
absl::StatusOr<domain::Board> RequireBoard(ports::StoreReader& reader, const std::string& program,
                                           const std::string& board);
// The period; `current` means the period of `now`. kNotFound for the board, or kInvalidField,
// naming `field`, for the period.
absl::StatusOr<StoredPeriod> RequirePeriod(ports::StoreReader& reader, const PeriodRef& ref,
                                           Time now, std::string_view field);

}  // namespace perigee::use_cases
