#include "server/adapters/sql/unit_runner.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "server/adapters/sql/change_writer.h"
#include "server/adapters/sql/journal_repository.h"
#include "server/adapters/sql/sql_leases.h"
#include "server/adapters/sql/sql_reader.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"

namespace perigee::sql {
namespace {

absl::Status WriteUnit(Connection& connection, const ports::Unit& unit, const JournalHead& head,
                       Time now, const ports::Decision& decision) {
  JournalRepository journal(connection);
  domain::Revision revision = head.revision;
  if (!decision.changes.Empty()) {
    ++revision;
    PERIGEE_RETURN_IF_ERROR(WriteChanges(connection, unit.program, decision.changes));
    PERIGEE_RETURN_IF_ERROR(journal.Append(unit.program, head, now, decision.changes));
  }
  if (unit.request.has_value()) {
    PERIGEE_RETURN_IF_ERROR(
        journal.Remember(unit.program, *unit.request, revision, decision.answer, now));
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<absl::StatusOr<ports::Outcome>> UnitRunner::Run(
    std::span<const ports::Unit* const> units) {
  changed_.clear();
  std::vector<absl::StatusOr<ports::Outcome>> outcomes;
  outcomes.reserve(units.size());
  const absl::Status together = RunTogether(units, outcomes);
  if (together.ok()) {
    return outcomes;
  }
  if (units.size() == 1 || ReasonOf(together) == Reason::kStoreUnavailable) {
    outcomes.assign(units.size(), together);
    return outcomes;
  }
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (const absl::Status alone = RunTogether(units.subspan(i, 1), outcomes); !alone.ok()) {
      outcomes.emplace_back(alone);
    }
  }
  return outcomes;
}

absl::Status UnitRunner::RunTogether(std::span<const ports::Unit* const> units,
                                     std::vector<absl::StatusOr<ports::Outcome>>& outcomes) {
  pending_.clear();
  const std::size_t before = outcomes.size();
  PERIGEE_RETURN_IF_ERROR(connection_.BeginWrite());
  absl::Status written;
  for (const ports::Unit* unit : units) {
    outcomes.push_back(RunOne(*unit, written));
    if (!written.ok()) {
      break;
    }
  }
  if (written.ok()) {
    written = connection_.Commit();
  } else {
    connection_.Rollback();
  }
  if (!written.ok()) {
    outcomes.erase(outcomes.begin() + static_cast<std::ptrdiff_t>(before), outcomes.end());
    return written;
  }
  for (const auto& [program, head] : pending_) {
    changed_[program] = head;
  }
  return absl::OkStatus();
}

absl::StatusOr<ports::Outcome> UnitRunner::RunOne(const ports::Unit& unit, absl::Status& written) {
  JournalRepository journal(connection_);
  if (unit.request.has_value()) {
    PERIGEE_ASSIGN_OR_RETURN(std::optional<Remembered> first,
                             journal.FindRequest(unit.program, unit.request->id));
    if (first.has_value()) {
      if (first->content != unit.request->content) {
        return Error(Reason::kRequestIdReused,
                     "the request id was used before with other content: make a new one",
                     {{"request_id", unit.request->id.Hex()}});
      }
      return ports::Outcome{first->revision, std::move(first->answer), true};
    }
  }
  PERIGEE_ASSIGN_OR_RETURN(const JournalHead head, journal.Head(unit.program));
  if (unit.lease.has_value()) {
    PERIGEE_RETURN_IF_ERROR(CheckHeld(connection_, *unit.lease));
  }
  const Time now = std::max(unit.now, head.time);
  SqlReader reader(connection_);
  PERIGEE_ASSIGN_OR_RETURN(ports::Decision decision, unit.decide(reader, {head.revision + 1, now}));
  const bool changes = !decision.changes.Empty();
  const std::optional<domain::Program>& made = decision.changes.program;
  if (made.has_value() ? made->id != unit.program : changes && head.revision == 0) {
    return Error(Reason::kInternal, "a unit of work changed a programme that is not its own");
  }
  if (written = WriteUnit(connection_, unit, head, now, decision); !written.ok()) {
    return written;
  }
  if (changes) {
    pending_[unit.program] = head.revision + 1;
  }
  return ports::Outcome{head.revision + (changes ? 1 : 0), std::move(decision.answer), false};
}

}  // namespace perigee::sql
