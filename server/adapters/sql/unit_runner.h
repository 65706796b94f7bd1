#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/base/key_store.h"
#include "server/adapters/sql/journal/commit_feed.h"
#include "server/adapters/sql/journal/journal_repository.h"
#include "server/adapters/sql/working_set.h"
#include "server/domain/member/member_key.h"
#include "server/ports/store.h"

namespace perigee::sql {

class WorkingReader;

// Runs units of work over the writer's connection. Not for several threads.
class UnitRunner {
 public:
  // Makes keys ahead in `key_store`, and destroys there those of erased members.
  UnitRunner(Connection& connection, KeyStore& key_store)
      : connection_(connection), key_store_(key_store), set_(connection, key_store) {}

  // Runs the units in order and makes them durable in one commit. If a unit's writing fails, each
  // unit runs again in a commit of its own, so that only the faulty one fails. So it is too if the
  // key store can give no key: only units with a new owner of texts fail. A transaction that
  // loses to another server's runs again, after a pause that grows; kConflict if that happens too
  // often. Keys that the units gave up are destroyed when this returns, if the key store can be
  // written; otherwise a later unit of the erasure destroys them. Returns one outcome for each
  // unit. If the store itself fails, nothing of the commit is
  // kept, and its units and all later ones fail with kStoreUnavailable.
  std::vector<absl::StatusOr<ports::Outcome>> Run(std::span<const ports::Unit* const> units);

  // The entries that the last Run wrote.
  const WrittenEntries& written() const { return written_; }
  // The programmes that the last Run deleted, after it wrote those entries.
  const std::set<std::string>& deleted() const { return deleted_; }
  // The duration of the last commit.
  std::chrono::nanoseconds commit_time() const { return commit_time_; }

 private:
  using Outcomes = std::vector<absl::StatusOr<ports::Outcome>>;

  // Runs one transaction, again if it loses to another. After an error nothing is committed, and
  // `outcomes` is unchanged.
  absl::Status RunTogether(std::span<const ports::Unit* const> units, Outcomes& outcomes);
  // Runs one transaction. An error if it cannot be committed.
  absl::Status TryTogether(std::span<const ports::Unit* const> units, Outcomes& outcomes);
  // Runs all units in the open transaction, up to its commit.
  absl::Status RunAll(std::span<const ports::Unit* const> units, Outcomes& outcomes);
  // Locks and reads the rows that the units need, before any other statement. All are asked for
  // together, so that a remote engine is waited for once.
  absl::Status Prepare(std::span<const ports::Unit* const> units);
  absl::StatusOr<ports::Outcome> RunOne(const ports::Unit& unit, WorkingReader& reader);
  absl::Status Write(const ports::Unit& unit, Time now, ports::Decision& decision);

  // Removes the rows of small programmes that were just deleted, so that their ids are free at
  // once.
  void GoOnDeleting(const std::set<std::string>& programs);
  // Notes the key of an erased member for the time after the commit.
  absl::Status Doom(const std::string& program, const domain::MemberKey& member);

  Connection& connection_;
  KeyStore& key_store_;
  WorkingSet set_;
  // In their state in the open transaction.
  std::map<RequestName, Remembered> requests_;
  bool missing_ = false;       // True: a programme did not exist when the transaction began.
  bool half_written_ = false;  // True: the writing of a unit began and did not end.
  WrittenEntries pending_;
  WrittenEntries written_;
  std::set<std::string> pending_deleted_;
  std::set<std::string> deleted_;
  std::vector<std::int64_t> doomed_;  // The slots of keys to destroy after the commit.
  std::chrono::nanoseconds commit_time_{};
};

}  // namespace perigee::sql
