#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/domain/journal/changes.h"
#include "server/jobs/journal/follower.h"
#include "server/ports/journal/journal_feed.h"
#include "server/ports/store.h"

namespace perigee::ports {
class Clock;
}  // namespace perigee::ports

namespace perigee::jobs {

// A follower that keeps in the store what it makes of the journal: what some entries make true is
// written in one step with the move of its cursor over them, so that each entry counts once, also
// where the process ends in between or several servers run the same projection. What it writes are
// entries of the journal too, which it meets in their turn.
class StoredProjection {
 public:
  struct Parts {
    ports::Store& store;
    ports::Clock& clock;
    ports::Executor& executor;
    ports::Telemetry& telemetry;
  };
  // Decides what the entries make true; see ports::Decide. Runs on a thread of the store.
  using Apply = std::function<absl::StatusOr<domain::Changes>(
      ports::StoreReader& reader, const ports::UnitContext& unit,
      std::span<const ports::JournalEntryPtr> entries)>;
  struct Options {
    Follower::Options follower;  // Its name is the cursor's too.
    // Entries that are none of its concern are passed over without a write of their own. The cursor
    // is moved past them with the next that is, or after so many.
    std::function<bool(const domain::JournalEntry& entry)> concerns;
    domain::Revision passed_over_max = 1000;
    int entries_max = 1000;  // In one step.
  };
  // All parts must outlive it.
  StoredProjection(Parts parts, Options options, Apply apply);
  StoredProjection(const StoredProjection&) = delete;
  StoredProjection& operator=(const StoredProjection&) = delete;

  // As Follower::Look, for programmes that moved on before it was there.
  void Look(const std::string& program, domain::Revision head) { follower_.Look(program, head); }
  void Stop() { follower_.Stop(); }

 private:
  // On the worker alone.
  struct Position {
    domain::Revision cursor = 0;  // In the store.
    domain::Revision seen = 0;    // Nothing up to it, and after the cursor, is its concern.
  };

  absl::Status CatchUp(const std::string& program, domain::Revision head);
  absl::StatusOr<Position*> Locate(const std::string& program);
  absl::StatusOr<std::vector<ports::JournalEntryPtr>> Next(const std::string& program,
                                                           domain::Revision after);
  absl::Status Step(const std::string& program, Position& position,
                    std::vector<ports::JournalEntryPtr> entries);

  const Parts parts_;
  const Options options_;
  const Apply apply_;
  std::map<std::string, Position> positions_;
  Follower follower_;
};

}  // namespace perigee::jobs
