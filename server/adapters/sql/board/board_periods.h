#pragma once

#include <string>

#include "absl/status/status.h"

namespace perigee::domain {
struct Board;
}  // namespace perigee::domain

namespace perigee::sql {

class Connection;

// Keeps each board's one row in `due`: its first period without a result, at the time when that
// period can be closed. An all-time board has none.
class BoardPeriods {
 public:
  explicit BoardPeriods(Connection& connection) : connection_(connection) {}

  // Call it when the board was just made.
  absl::Status Begin(const std::string& program, const domain::Board& board);
  // Call it when one of its periods just got its first result.
  absl::Status Closed(const std::string& program, const domain::Board& board,
                      const std::string& period);
  // Call it when the board is about to be removed.
  absl::Status End(const std::string& program, const domain::Board& board);

 private:
  Connection& connection_;
};

}  // namespace perigee::sql
