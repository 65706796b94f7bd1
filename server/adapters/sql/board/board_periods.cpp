#include "server/adapters/sql/board/board_periods.h"

#include <optional>
#include <set>

#include "absl/status/statusor.h"
#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/base/due_repository.h"
#include "server/core/civil_time.h"
#include "server/core/status_macros.h"
#include "server/domain/board/board.h"
#include "server/domain/member/member.h"

namespace perigee::sql {
namespace {

absl::StatusOr<bool> HasResult(Connection& connection, const std::string& program,
                               const domain::Board& board, const std::string& period) {
  bool has = false;
  PERIGEE_RETURN_IF_ERROR(connection.Query(
      "SELECT 1 FROM result WHERE program = $1 AND board = $2 AND board_created = $3 "
      "AND period = $4 LIMIT 1",
      {program, board.id, board.created, period}, [&](const Row&) { has = true; }));
  return has;
}

std::optional<ports::Due> DueOf(const std::string& program, const domain::Board& board,
                                const domain::Period& period) {
  const std::optional<Time> time = domain::CloseTime(board, period);
  if (!time.has_value()) {
    return std::nullopt;
  }
  return ports::Due{*time, program, ports::DueKind::kPeriod,
                    domain::DueKeyOfPeriod({board.id, period.id})};
}

absl::Status Put(Connection& connection, const std::optional<ports::Due>& due) {
  return due.has_value() ? DueRepository(connection).Put(*due) : absl::OkStatus();
}

}  // namespace

absl::Status BoardPeriods::Begin(const std::string& program, const domain::Board& board) {
  PERIGEE_ASSIGN_OR_RETURN(const Zone zone, Zone::Load(board.time_zone));
  return Put(connection_, DueOf(program, board, domain::PeriodAt(board, zone, board.create_time)));
}

absl::Status BoardPeriods::Closed(const std::string& program, const domain::Board& board,
                                  const std::string& period_id) {
  PERIGEE_ASSIGN_OR_RETURN(const Zone zone, Zone::Load(board.time_zone));
  PERIGEE_ASSIGN_OR_RETURN(domain::Period period, domain::PeriodById(board, zone, period_id));
  std::optional<ports::Due> due = DueOf(program, board, period);
  if (!due.has_value()) {
    return absl::OkStatus();
  }
  DueRepository repository(connection_);
  PERIGEE_ASSIGN_OR_RETURN(const auto still_due, repository.StillDue({&*due, 1}));
  if (still_due.empty()) {
    // An earlier period has no result yet, or the period ended before the board was made.
    return absl::OkStatus();
  }
  PERIGEE_RETURN_IF_ERROR(repository.Remove(*due));
  bool closed = true;
  while (closed) {
    period = domain::NextPeriod(board, zone, period);
    PERIGEE_ASSIGN_OR_RETURN(closed, HasResult(connection_, program, board, period.id));
  }
  return Put(connection_, DueOf(program, board, period));
}

absl::Status BoardPeriods::End(const std::string& program, const domain::Board& board) {
  PERIGEE_ASSIGN_OR_RETURN(const Zone zone, Zone::Load(board.time_zone));
  std::set<std::string> closed;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT DISTINCT period FROM result WHERE program = $1 AND board = $2 AND board_created = $3",
      {program, board.id, board.created}, [&](const Row& row) { closed.insert(row.Text(0)); }));
  const std::optional<ports::Due> due =
      DueOf(program, board, domain::FirstOpenPeriod(board, zone, closed));
  return due.has_value() ? DueRepository(connection_).Remove(*due) : absl::OkStatus();
}

}  // namespace perigee::sql
