#pragma once

#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/ports/due_reader.h"

namespace perigee::sql {

class Connection;

// The table `due`. The repository of each thing writes its rows: LedgerRepository for holds,
// LotRepository for lots, BoardPeriods for periods, BoardRepository for drafts, Erasure for
// erasures, RecordTable for records.
class DueRepository final : public ports::DueReader {
 public:
  explicit DueRepository(Connection& connection) : connection_(connection) {}

  absl::StatusOr<std::vector<ports::Due>> List(const ports::Due& after, int limit) override;
  absl::StatusOr<std::vector<ports::Due>> First(const std::string& program, ports::DueKind kind,
                                                int limit) override;
  absl::StatusOr<std::vector<ports::Due>> StillDue(std::span<const ports::Due> due) override;
  absl::StatusOr<std::vector<ports::Due>> OfProgram(const std::string& program);

  // Does nothing if the row is there already.
  absl::Status Put(const ports::Due& due);
  // Does nothing if the row is not there.
  absl::Status Remove(const ports::Due& due);

 private:
  Connection& connection_;
};

}  // namespace perigee::sql
