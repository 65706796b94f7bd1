#include "server/jobs/board/period_closer.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/ports/board/board_reader.h"

namespace perigee::jobs {
namespace {

// A draft that nobody wrote to for so long is of a closing that was given up.
constexpr std::chrono::hours kDraftKept{24};

bool IsOver(const domain::Board& board, const domain::Period& period, Time now) {
  return period.interval.end + std::chrono::hours(board.grace_hours) <= now;
}

// Refusals of a period that somebody else closed, or whose board is gone or another by now.
bool NeedsNothing(const absl::Status& refusal) {
  const std::optional<Reason> reason = ReasonOf(refusal);
  return reason == Reason::kPeriodFinal || reason == Reason::kPeriodNotOver ||
         reason == Reason::kNotFound || reason == Reason::kInvalidField;
}

ports::Unit UnitUnder(const ports::Lease& lease, Time now) {
  ports::Unit unit;
  unit.background = true;
  unit.program = lease.program;
  unit.now = now;
  unit.lease = lease;
  unit.by = {domain::PrincipalKind::kJob};
  return unit;
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
    first.Update(use_cases::RemoveDrafts(store_, UnitUnder(lease, now), now - kDraftKept, limits_));
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
      use_cases::ResultOrder order;
      order.period = {program, board.id, period.id};
      order.board_created = board.created;
      const absl::Status made =
          use_cases::MakeFinal(store_, order, UnitUnder(lease, now), limits_).status();
      if (!made.ok() && !NeedsNothing(made)) {
        return made;
      }
    }
    period = domain::NextPeriod(board, zone, period);
    next = period.id;
  }
  return absl::OkStatus();
}

}  // namespace perigee::jobs
