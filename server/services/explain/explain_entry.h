#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/explain/explanation.h"

namespace perigee::ports {
class BoardView;
class Store;
}  // namespace perigee::ports

namespace perigee::services {

// Explains a member's entry in a period of a board, both by name: its score by the transfers that
// make it, and how far it is to the next place. Refuses as BoardService/ExplainEntry does. May wait
// until the board is built.
absl::StatusOr<domain::Explanation> ExplainBoardEntry(const ports::Store& store,
                                                      ports::BoardView& view,
                                                      const std::string& period,
                                                      const std::string& member, Time now);

}  // namespace perigee::services
