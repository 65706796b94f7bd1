#include "server/jobs/board/period_closer.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "server/core/status_macros.h"
#include "server/jobs/programs.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/board/standings.h"

namespace perigee::jobs {
namespace {

bool IsOver(const domain::Board& board, const domain::Period& period, Time now) {
  return period.interval.end + std::chrono::hours(board.grace_hours) <= now;
}

// Nothing, where somebody else closed it, or the board is another by now.
absl::StatusOr<ports::Decision> Close(const std::string& program, const domain::Board& seen,
                                      const domain::Period& period, ports::StoreReader& reader,
                                      const ports::UnitContext& unit) {
  ports::Decision decision;
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Board> boards, reader.boards().List(program));
  const auto board = std::ranges::find(boards, seen.id, &domain::Board::id);
  if (board == boards.end() || board->created != seen.created ||
      !IsOver(*board, period, unit.now)) {
    return decision;
  }
  PERIGEE_ASSIGN_OR_RETURN(const auto results,
                           reader.boards().Results(program, seen.id, seen.created, period.id));
  if (!results.empty()) {
    return decision;
  }
  PERIGEE_ASSIGN_OR_RETURN(domain::PeriodResult result,
                           ports::MakeResult(reader, program, *board, period));
  result.time = unit.now;
  result.revision = unit.revision;
  decision.changes.results.push_back(std::move(result));
  return decision;
}

absl::StatusOr<bool> HasResult(const ports::Store& store, const std::string& program,
                               const domain::Board& board, const domain::Period& period) {
  bool has = false;
  const absl::Status read = store.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(const auto results,
                             reader.boards().Results(program, board.id, board.created, period.id));
    has = !results.empty();
    return absl::OkStatus();
  });
  PERIGEE_RETURN_IF_ERROR(read);
  return has;
}

}  // namespace

absl::Status PeriodCloser::RunOnce() {
  const Time now = clock_.Now();
  absl::Status first;
  for (const ports::Lease& lease : leases_.Held(kJob)) {
    std::vector<domain::Board> boards;
    first.Update(store_.Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(boards, reader.boards().List(lease.program));
      return absl::OkStatus();
    }));
    for (const domain::Board& board : boards) {
      first.Update(CloseBoard(lease, board, now));
    }
  }
  return first;
}

absl::Status PeriodCloser::CloseBoard(const ports::Lease& lease, const domain::Board& board,
                                      Time now) {
  const std::string& program = lease.program;
  PERIGEE_ASSIGN_OR_RETURN(const Zone zone, Zone::Load(board.time_zone));
  std::string& next = next_[{program, board.created}];
  domain::Period period = domain::PeriodAt(board, zone, board.create_time);
  if (!next.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(period, domain::PeriodById(board, zone, next));
  }
  while (leases_.Holds(lease) && IsOver(board, period, now)) {
    PERIGEE_ASSIGN_OR_RETURN(const bool closed, HasResult(store_, program, board, period));
    if (!closed) {
      ports::Unit unit;
      unit.background = true;
      unit.program = program;
      unit.now = now;
      unit.lease = lease;
      unit.by = {domain::PrincipalKind::kJob};
      unit.decide = [program, board, period](ports::StoreReader& reader,
                                             const ports::UnitContext& context) {
        return Close(program, board, period, reader, context);
      };
      PERIGEE_RETURN_IF_ERROR(WriteAndWait(store_, std::move(unit)).status());
    }
    period = domain::NextPeriod(board, zone, period);
    next = period.id;
  }
  return absl::OkStatus();
}

}  // namespace perigee::jobs
