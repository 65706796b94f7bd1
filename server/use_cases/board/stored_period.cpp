#include "server/use_cases/board/stored_period.h"

#include <algorithm>
#include <utility>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/program/program_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {

std::string PeriodRef::Name() const { return PeriodName(program, board, period); }

absl::StatusOr<domain::Board> RequireBoard(ports::StoreReader& reader, const std::string& program,
                                           const std::string& board) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Board> boards, reader.boards().List(program));
  const auto it = std::ranges::find(boards, board, &domain::Board::id);
  if (it == boards.end()) {
    return NotFound(BoardName(program, board));
  }
  return std::move(*it);
}

absl::StatusOr<StoredPeriod> RequirePeriod(ports::StoreReader& reader, const PeriodRef& ref,
                                           Time now, std::string_view field) {
  StoredPeriod stored;
  PERIGEE_ASSIGN_OR_RETURN(stored.board, RequireBoard(reader, ref.program, ref.board));
  PERIGEE_ASSIGN_OR_RETURN(const Zone zone, Zone::Load(stored.board.time_zone));
  if (ref.period == "current") {
    stored.period = domain::PeriodAt(stored.board, zone, now);
  } else {
    PERIGEE_ASSIGN_OR_RETURN(stored.period,
                             domain::PeriodById(stored.board, zone, ref.period, field));
  }
  PERIGEE_ASSIGN_OR_RETURN(
      stored.results,
      reader.boards().Results(ref.program, ref.board, stored.board.created, stored.period.id));
  return stored;
}

}  // namespace perigee::use_cases
