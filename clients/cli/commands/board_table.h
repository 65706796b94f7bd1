#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "perigee/v1/board.pb.h"

namespace perigee::cli {

class Session;

// The full name of a period: programs/…/boards/…/periods/…. `board` is an id or a full name.
absl::StatusOr<std::string> PeriodName(const Session& session, const std::string& board,
                                       const std::string& period);

// The asset that a board counts, so that scores can be shown with its decimals.
absl::StatusOr<std::string> AssetOfBoard(Session& session, const std::string& period_name);

// Prints entries as a table.
void PrintEntries(Session& session, const std::string& program_name, const std::string& asset,
                  const v1::ListEntriesResponse& page);

}  // namespace perigee::cli
