#include "server/jobs/journal/stored_projection.h"

#include <algorithm>
#include <utility>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/jobs/journal/entries.h"
#include "server/jobs/programs.h"
#include "server/ports/clock.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/telemetry.h"

namespace perigee::jobs {

StoredProjection::StoredProjection(Parts parts, Options options, Apply apply)
    : StoredProjection(parts, std::move(options),
                       Prepare([apply = std::move(apply)](const std::string&,
                                                          std::span<const ports::JournalEntryPtr>)
                                   -> absl::StatusOr<std::optional<Apply>> { return apply; })) {}

StoredProjection::StoredProjection(Parts parts, Options options, Prepare prepare)
    : parts_(parts),
      options_(std::move(options)),
      prepare_(std::move(prepare)),
      follower_({parts_.store.feed(), parts_.executor, parts_.telemetry}, options_.follower,
                [this](const std::string& program, domain::Revision head) {
                  return CatchUp(program, head);
                }) {
  follower_.Start();
}

absl::Status StoredProjection::CatchUp(const std::string& program, domain::Revision head) {
  if (head == kDeleted) {
    positions_.erase(program);
    return absl::OkStatus();
  }
  PERIGEE_ASSIGN_OR_RETURN(Position * position, Locate(program));
  while (position->seen < head) {
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<ports::JournalEntryPtr> entries,
        EntriesAfter(parts_.store, program, position->seen, options_.entries_max));
    if (entries.empty()) {
      break;
    }
    if (absl::Status done = Step(program, *position, std::move(entries)); !done.ok()) {
      // Another server may have moved the cursor, or the outcome of our own move is not known.
      positions_.erase(program);
      return done;
    }
  }
  parts_.telemetry.Projected(program, options_.follower.name, position->seen);
  return absl::OkStatus();
}

absl::StatusOr<StoredProjection::Position*> StoredProjection::Locate(const std::string& program) {
  const auto known = positions_.find(program);
  if (known != positions_.end()) {
    return &known->second;
  }
  Position first;
  const absl::Status read = parts_.store.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(first, FirstPosition(reader, program));
    return absl::OkStatus();
  });
  PERIGEE_RETURN_IF_ERROR(read);
  return &positions_.emplace(program, first).first->second;
}

absl::StatusOr<StoredProjection::Position> StoredProjection::FirstPosition(
    ports::StoreReader& reader, const std::string& program) {
  Position first;
  PERIGEE_ASSIGN_OR_RETURN(first.cursor, reader.journal().Cursor(program, options_.follower.name));
  first.seen = first.cursor;
  if (first.cursor == 0 && options_.skips_past) {
    PERIGEE_ASSIGN_OR_RETURN(const bool skips, options_.skips_past(reader, program));
    if (skips) {
      PERIGEE_ASSIGN_OR_RETURN(first.seen, reader.journal().Head(program));
    }
  }
  return first;
}

absl::Status StoredProjection::Step(const std::string& program, Position& position,
                                    std::vector<ports::JournalEntryPtr> entries) {
  const domain::Revision through = entries.back()->revision;
  if (options_.concerns) {
    std::erase_if(entries, [&](const auto& entry) { return !options_.concerns(*entry); });
  }
  std::optional<Apply> apply;
  if (!entries.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(apply, prepare_(program, entries));
  }
  if (!apply.has_value() && through - position.cursor < options_.passed_over_max) {
    position.seen = through;
    return absl::OkStatus();
  }
  ports::Unit unit;
  unit.program = program;
  unit.now = parts_.clock.Now();
  unit.background = true;
  unit.in_closed = true;
  unit.cursor = ports::CursorMove{options_.follower.name, position.cursor, through};
  unit.by.kind = domain::PrincipalKind::kJob;
  unit.decide = [apply = std::move(apply), entries = std::move(entries)](
                    ports::StoreReader& reader,
                    const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
    ports::Decision decision;
    if (apply.has_value()) {
      PERIGEE_ASSIGN_OR_RETURN(decision.changes, (*apply)(reader, context, entries));
    }
    return decision;
  };
  PERIGEE_RETURN_IF_ERROR(WriteAndWait(parts_.store, std::move(unit)).status());
  position = {through, through};
  return absl::OkStatus();
}

}  // namespace perigee::jobs
