#include "server/jobs/board/period_closer.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/due_reader.h"

namespace perigee::jobs {
namespace {

// The revision that made the period's board. nullopt if the period no longer waits to be closed.
absl::StatusOr<std::optional<domain::Revision>> FindOpen(const ports::Store& store,
                                                         const ports::Due& due,
                                                         const std::string& board_id) {
  std::optional<domain::Revision> created;
  const absl::Status read = store.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(const auto still_due, reader.due().StillDue({&due, 1}));
    PERIGEE_ASSIGN_OR_RETURN(const auto boards, reader.boards().List(due.program));
    const auto board = std::ranges::find(boards, board_id, &domain::Board::id);
    if (!still_due.empty() && board != boards.end()) {
      created = board->created;
    }
    return absl::OkStatus();
  });
  PERIGEE_RETURN_IF_ERROR(read);
  return created;
}

// Refusals that need no retry: the period is closed already, or its board is gone or was made anew.
bool NeedsNothing(const absl::Status& refusal) {
  const std::optional<Reason> reason = ReasonOf(refusal);
  return reason == Reason::kPeriodFinal || reason == Reason::kPeriodNotOver ||
         reason == Reason::kNotFound || reason == Reason::kInvalidField;
}

absl::Status Close(ports::Store& store, const ports::Unit& unit, const ports::Due& due,
                   const use_cases::ResultLimits& limits) {
  const std::optional<domain::PeriodName> name = domain::PeriodOfDueKey(due.key);
  if (!name.has_value()) {
    return Error(Reason::kInternal, "the key of a due thing cannot be read");
  }
  use_cases::ResultOrder order;
  order.period = {due.program, name->board, name->period};
  PERIGEE_ASSIGN_OR_RETURN(order.board_created, FindOpen(store, due, name->board));
  if (!order.board_created.has_value()) {
    return absl::OkStatus();
  }
  const absl::Status made = use_cases::MakeFinal(store, order, unit, limits).status();
  return NeedsNothing(made) ? absl::OkStatus() : made;
}

}  // namespace

DueHandler PeriodClosing(const use_cases::ResultLimits& limits) {
  return {ports::DueKind::kPeriod,
          [limits](ports::Store& store, const ports::Unit& unit, std::span<const ports::Due> due) {
            absl::Status first;
            for (const ports::Due& one : due) {
              // A failed board does not stop the other boards of its programme.
              first.Update(Close(store, unit, one, limits));
            }
            return first;
          }};
}

DueHandler DraftRemoval(const use_cases::ResultLimits& limits) {
  return {ports::DueKind::kDraft,
          [limits](ports::Store& store, const ports::Unit& unit, std::span<const ports::Due>) {
            return use_cases::RemoveDrafts(store, unit, unit.now - ports::kDraftKept + Duration(1),
                                           limits);
          }};
}

}  // namespace perigee::jobs
