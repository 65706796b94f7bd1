#pragma once

#include <chrono>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/journal/commit_feed.h"
#include "server/adapters/sql/journal/journal_repository.h"
#include "server/adapters/sql/working_set.h"
#include "server/ports/store.h"

namespace perigee::sql {

class WorkingReader;

// Runs units of work over the writer's connection. Not for several threads.
class UnitRunner {
 public:
  explicit UnitRunner(Connection& connection) : connection_(connection), set_(connection) {}

  // Runs the units in order and makes them durable in as few commits as can be: one, unless a
  // unit's statements fail, when each runs again alone so that only the guilty one fails. What is
  // lost to another server's transaction runs again, after a pause that grows; kConflict if that
  // happens too often. Answers one outcome a unit. Where the store itself fails, nothing of a
  // commit is kept and each of its units, and all after it, fail with kStoreUnavailable.
  std::vector<absl::StatusOr<ports::Outcome>> Run(std::span<const ports::Unit* const> units);

  // What the last Run wrote.
  const WrittenEntries& written() const { return written_; }
  // How long the last commit took.
  std::chrono::nanoseconds commit_time() const { return commit_time_; }

 private:
  using Outcomes = std::vector<absl::StatusOr<ports::Outcome>>;

  // One transaction, until it is not lost to another. An error, if it was not committed; then
  // `outcomes` is as before.
  absl::Status RunTogether(std::span<const ports::Unit* const> units, Outcomes& outcomes);
  // One transaction; an error if it cannot be committed.
  absl::Status TryTogether(std::span<const ports::Unit* const> units, Outcomes& outcomes);
  // Runs them all in the open transaction, up to its commit.
  absl::Status RunAll(std::span<const ports::Unit* const> units, Outcomes& outcomes);
  // Locks and reads what every unit needs, before any other statement: together, so that an engine
  // that is elsewhere is waited for once.
  absl::Status Prepare(std::span<const ports::Unit* const> units);
  absl::StatusOr<ports::Outcome> RunOne(const ports::Unit& unit, WorkingReader& reader);
  absl::Status Write(const ports::Unit& unit, Time now, ports::Decision& decision);

  Connection& connection_;
  WorkingSet set_;
  // As they stand in the open transaction.
  std::map<RequestName, Remembered> requests_;
  bool missing_ = false;  // A programme was not there when the transaction began.
  WrittenEntries pending_;
  WrittenEntries written_;
  std::chrono::nanoseconds commit_time_{};
};

}  // namespace perigee::sql
