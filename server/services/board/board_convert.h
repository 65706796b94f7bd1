#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "perigee/v1/board.pb.h"
#include "server/core/civil_time.h"
#include "server/core/time.h"
#include "server/domain/board/board.h"
#include "server/ports/store.h"

namespace perigee::services {

std::string BoardName(std::string_view program, std::string_view board);
std::string PeriodName(std::string_view program, std::string_view board, std::string_view period);

v1::Board ToProto(const std::string& program, const domain::Board& board);

// What a sender states of a board; not checked beyond what the domain's types cannot hold.
absl::StatusOr<domain::Board> ParseBoard(const v1::Board& board);

// The parts of a period's name.
struct PeriodRef {
  std::string program;
  std::string board;
  std::string period;  // An id or `current`.
  std::string Name() const;
};
absl::StatusOr<PeriodRef> ParsePeriodRef(std::string_view field, std::string_view name);

// A period as the store knows it.
struct StoredPeriod {
  domain::Board board;
  domain::Period period;
  std::vector<domain::PeriodResult> results;  // Heads, oldest first.
};
// The board, or kNotFound that names it.
absl::StatusOr<domain::Board> RequireBoard(ports::StoreReader& reader, const std::string& program,
                                           const std::string& board);
// kNotFound for the board, or kInvalidField, naming `field`, for the period.
absl::StatusOr<StoredPeriod> RequirePeriod(ports::StoreReader& reader, const PeriodRef& ref,
                                           Time now, std::string_view field);
absl::StatusOr<v1::Period> ToProto(ports::StoreReader& reader, const std::string& program,
                                   const StoredPeriod& stored, Time now);

}  // namespace perigee::services
