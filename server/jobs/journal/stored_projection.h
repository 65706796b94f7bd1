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

// A follower that stores its results. The changes for some entries and the move of the cursor past
// them are one transaction, so that each entry counts once, even if the process ends in between or
// several servers run the same projection. Its own writes are journal entries too, which it meets
// in their turn.
class StoredProjection {
 public:
  struct Parts {
    ports::Store& store;
    ports::Clock& clock;
    ports::Executor& executor;
    ports::Telemetry& telemetry;
  };
  // Decides the changes that follow from the entries (see ports::Decide). Runs on a thread of the
  // store.
  using Apply = std::function<absl::StatusOr<domain::Changes>(
      ports::StoreReader& reader, const ports::UnitContext& unit,
      std::span<const ports::JournalEntryPtr> entries)>;
  // Looks at the entries before any unit of work, on the worker, and so may take its time. nullopt:
  // nothing follows from them, and they are passed over. What it saw may be older than the unit.
  using Prepare = std::function<absl::StatusOr<std::optional<Apply>>(
      const std::string& program, std::span<const ports::JournalEntryPtr> entries)>;
  struct Options {
    Follower::Options follower;  // The name is also the cursor's.
    // Whether the projection needs the entry. Other entries are passed over without a write. The
    // cursor moves past them with the next needed entry, or after passed_over_max entries.
    std::function<bool(const domain::JournalEntry& entry)> concerns;
    domain::Revision passed_over_max = 1000;
    int entries_max = 1000;  // In one transaction.
    // Whether all that a programme has in its journal can be passed over, where the cursor was
    // never moved. Absent: nothing can.
    std::function<absl::StatusOr<bool>(ports::StoreReader& reader, const std::string& program)>
        skips_past = nullptr;
  };
  // All parts must outlive it.
  StoredProjection(Parts parts, Options options, Apply apply);
  StoredProjection(Parts parts, Options options, Prepare prepare);
  StoredProjection(const StoredProjection&) = delete;
  StoredProjection& operator=(const StoredProjection&) = delete;

  // As Follower::Look, for programmes that moved on before this object existed.
  void Look(const std::string& program, domain::Revision head) { follower_.Look(program, head); }
  void Stop() { follower_.Stop(); }

 private:
  // Used on the worker only.
  struct Position {
    domain::Revision cursor = 0;  // In the store.
    domain::Revision seen = 0;    // No entry after the cursor and up to this one is needed.
  };

  absl::Status CatchUp(const std::string& program, domain::Revision head);
  absl::StatusOr<Position*> Locate(const std::string& program);
  absl::Status Step(const std::string& program, Position& position,
                    std::vector<ports::JournalEntryPtr> entries);
  absl::StatusOr<Position> FirstPosition(ports::StoreReader& reader, const std::string& program);

  const Parts parts_;
  const Options options_;
  const Prepare prepare_;
  std::map<std::string, Position> positions_;
  Follower follower_;
};

}  // namespace perigee::jobs
