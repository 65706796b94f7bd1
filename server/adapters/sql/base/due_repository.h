#pragma once

#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/ports/due_reader.h"

namespace perigee::sql {

class Connection;

// The table `due`. What stands in it is written with what it stands for: holds by LedgerRepository,
// lots by LotRepository, periods by BoardPeriods, records by RecordTable.
class DueRepository final : public ports::DueReader {
 public:
  explicit DueRepository(Connection& connection) : connection_(connection) {}

  absl::StatusOr<std::vector<ports::Due>> List(const ports::Due& after, int limit) override;
  absl::StatusOr<std::vector<ports::Due>> Standing(std::span<const ports::Due> due) override;
  absl::StatusOr<std::vector<ports::Due>> OfProgram(const std::string& program);

  // Nothing where it stands already.
  absl::Status Put(const ports::Due& due);
  // Nothing where it does not stand.
  absl::Status Remove(const ports::Due& due);

 private:
  Connection& connection_;
};

}  // namespace perigee::sql
