#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/adapters/sql/driver.h"
#include "server/domain/board/board.h"

namespace perigee::sql {

// Definitions of boards, and final results. See ports::StoreReader for what the reads promise.
class BoardRepository {
 public:
  explicit BoardRepository(Connection& connection) : connection_(connection) {}

  absl::StatusOr<std::vector<domain::Board>> List(const std::string& program);
  absl::StatusOr<std::vector<domain::PeriodResult>> Results(const std::string& program,
                                                            const std::string& board,
                                                            domain::Revision created,
                                                            const std::string& period);
  absl::StatusOr<std::vector<domain::ResultEntry>> Entries(const std::string& program,
                                                           const domain::PeriodResult& result,
                                                           std::int64_t after_position, int limit);

  absl::Status Put(const std::string& program, const domain::Board& board);
  absl::Status Delete(const std::string& program, const std::string& board);
  absl::Status Add(const std::string& program, const domain::PeriodResult& result);

 private:
  Connection& connection_;
};

}  // namespace perigee::sql
