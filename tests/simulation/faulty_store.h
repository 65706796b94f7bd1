#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/journal/commit_feed.h"
#include "server/adapters/sql/unit_runner.h"
#include "server/core/error.h"
#include "server/ports/store.h"
#include "tests/simulation/sabotage.h"

namespace perigee::simulation {

// The faults of a connection: the planned ones and those that happened.
struct StoreFaults {
  bool down = false;            // No transaction begins.
  int statements_to_fault = 0;  // 1 fails the next statement, 0 fails none.
  // The reason of the failure.
  Reason with = Reason::kStoreUnavailable;
  bool commit_fails = false;    // Once: nothing of the commit is kept.
  bool commit_is_lost = false;  // Once: all of it is kept, but the answer is lost.

  int happened = 0;
  int answers_lost = 0;  // Of those.
  bool lost = false;     // A commit was lost since this was set to false.

  // Plans none any more. The counts stay.
  void Mend() { *this = StoreFaults{.happened = happened, .answers_lost = answers_lost}; }
};

// A connection with planned faults.
class FaultyConnection final : public sql::Connection {
 public:
  FaultyConnection(std::unique_ptr<sql::Connection> connection, StoreFaults& faults)
      : connection_(std::move(connection)), faults_(faults) {}

  absl::Status Query(sql::Sql sql, sql::Values values,
                     absl::FunctionRef<void(const sql::Row&)> visit) override;
  absl::Status Ask(sql::Sql sql, sql::Values values, std::size_t width, VisitRun visit) override;
  absl::Status Sync() override;
  absl::Status Execute(sql::Sql sql, sql::Values values) override;
  absl::Status Run(const std::string& script) override { return connection_->Run(script); }
  absl::Status BeginRead() override;
  absl::Status BeginWrite() override;
  absl::Status Commit() override;
  void Rollback() override;
  absl::StatusOr<bool> Wipe() override { return connection_->Wipe(); }
  absl::Status Broken() const override;
  bool Lost() override { return connection_->Lost(); }

 private:
  absl::Status Fault(Reason with = Reason::kStoreUnavailable);
  // OK if the next statement may run.
  absl::Status Admit();

  std::unique_ptr<sql::Connection> connection_;
  StoreFaults& faults_;
  absl::Status broken_;
  bool writes_ = false;
};

// A ports::Store without threads, with the unit runner of the real one. A client's write waits
// until the test commits it; a job's write is done at once.
class SteppedStore final : public ports::Store {
 public:
  // The store has the faults of the sabotage that are of stores and jobs.
  SteppedStore(const sql::Database& database, sql::Connection& connection, ports::Leases& leases,
               const Sabotage& sabotage)
      : connection_(connection),
        leases_(leases),
        key_store_(database),
        runner_(connection, key_store_),
        sabotage_(sabotage) {}

  void Write(ports::Unit unit, std::function<void(absl::StatusOr<ports::Outcome>)> done) override;
  absl::Status Read(
      const std::function<absl::Status(ports::StoreReader& reader)>& body) const override;
  ports::JournalFeed& feed() override { return feed_; }
  ports::Leases& leases() override { return leases_; }
  absl::StatusOr<std::string> TokenSecret() const override { return std::string("secret"); }
  absl::Status Ready() const override { return absl::OkStatus(); }

  // Calls `interrupt` once, before the n-th unit from now on that is written by Write.
  void Interrupt(int nth, std::function<void()> interrupt) {
    until_interrupt_ = nth;
    interrupt_ = std::move(interrupt);
  }
  // Tells the feed of another server's commit.
  void Hear(const std::string& program, domain::Revision head) { feed_.Tell(program, head); }

  // Runs the units in one commit if that is possible.
  std::vector<absl::StatusOr<ports::Outcome>> Commit(std::vector<ports::Unit> units);

 private:
  sql::Connection& connection_;
  ports::Leases& leases_;
  sql::KeyStore key_store_;
  sql::UnitRunner runner_;
  const Sabotage sabotage_;
  sql::CommitFeed feed_;
  int until_interrupt_ = 0;
  std::function<void()> interrupt_;
};

}  // namespace perigee::simulation
