#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/adapters/sql/driver.h"
#include "server/ports/store.h"

namespace perigee::sql {

// Runs units of work over the writer's connection. Not for several threads.
class UnitRunner {
 public:
  explicit UnitRunner(Connection& connection) : connection_(connection) {}

  // Runs the units in order and makes them durable in as few commits as can be: one, unless a
  // unit's writes fail, when each runs again alone so that only the guilty one fails. Answers one
  // outcome a unit. Where the store itself fails, nothing of a commit is kept and each of its units
  // fails with kStoreUnavailable.
  std::vector<absl::StatusOr<ports::Outcome>> Run(std::span<const ports::Unit* const> units);

  // Heads of the programmes that the last Run changed.
  const std::map<std::string, domain::Revision>& changed() const { return changed_; }

 private:
  // One transaction. An error, if it was not committed; then `outcomes` is as before.
  absl::Status RunTogether(std::span<const ports::Unit* const> units,
                           std::vector<absl::StatusOr<ports::Outcome>>& outcomes);
  // `written` tells a failed write, after which the transaction cannot go on, from a refusal.
  absl::StatusOr<ports::Outcome> RunOne(const ports::Unit& unit, absl::Status& written);

  Connection& connection_;
  std::map<std::string, domain::Revision> pending_;
  std::map<std::string, domain::Revision> changed_;
};

}  // namespace perigee::sql
