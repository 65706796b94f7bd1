#include "tests/simulation/faulty_store.h"

#include <set>
#include <string>
#include <utility>

#include "server/adapters/sql/sql_reader.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"

namespace perigee::simulation {

absl::Status FaultyConnection::Fault(Reason with) {
  ++faults_.happened;
  return Error(with, "the simulation makes the store fail");
}

absl::Status FaultyConnection::Admit() {
  // Only a writer can lose to another transaction.
  const bool spared = faults_.with == Reason::kConflict && !writes_;
  if (!spared && broken_.ok() && faults_.statements_to_fault > 0 &&
      --faults_.statements_to_fault == 0) {
    broken_ = Fault(faults_.with);
  }
  return broken_;
}

absl::Status FaultyConnection::Query(sql::Sql sql, sql::Values values,
                                     absl::FunctionRef<void(const sql::Row&)> visit) {
  PERIGEE_RETURN_IF_ERROR(Admit());
  return connection_->Query(sql, values, visit);
}

absl::Status FaultyConnection::Ask(sql::Sql sql, sql::Values values, std::size_t width,
                                   VisitRun visit) {
  PERIGEE_RETURN_IF_ERROR(Admit());
  return connection_->Ask(sql, values, width, std::move(visit));
}

absl::Status FaultyConnection::Sync() {
  PERIGEE_RETURN_IF_ERROR(broken_);
  return connection_->Sync();
}

absl::Status FaultyConnection::Execute(sql::Sql sql, sql::Values values) {
  PERIGEE_RETURN_IF_ERROR(Admit());
  return connection_->Execute(sql, values);
}

absl::Status FaultyConnection::BeginRead() {
  writes_ = false;
  return faults_.down ? Fault() : connection_->BeginRead();
}
absl::Status FaultyConnection::BeginWrite() {
  writes_ = true;
  return faults_.down ? Fault() : connection_->BeginWrite();
}

absl::Status FaultyConnection::Commit() {
  if (!broken_.ok()) {
    absl::Status broken = broken_;
    Rollback();
    return broken;
  }
  if (std::exchange(faults_.commit_fails, false)) {
    connection_->Rollback();
    return Fault();
  }
  PERIGEE_RETURN_IF_ERROR(connection_->Commit());
  if (std::exchange(faults_.commit_is_lost, false)) {
    faults_.lost = true;
    ++faults_.answers_lost;
    return Fault();
  }
  return absl::OkStatus();
}

void FaultyConnection::Rollback() {
  connection_->Rollback();
  broken_ = absl::OkStatus();
}

absl::Status FaultyConnection::Broken() const {
  return broken_.ok() ? connection_->Broken() : broken_;
}

void SteppedStore::Write(ports::Unit unit,
                         std::function<void(absl::StatusOr<ports::Outcome>)> done) {
  if (until_interrupt_ > 0 && --until_interrupt_ == 0) {
    std::exchange(interrupt_, nullptr)();
  }
  BreakJob(sabotage_, unit);
  std::vector<ports::Unit> units;
  units.push_back(std::move(unit));
  done(std::move(Commit(std::move(units)).front()));
}

std::vector<absl::StatusOr<ports::Outcome>> SteppedStore::Commit(std::vector<ports::Unit> units) {
  std::vector<const ports::Unit*> pointers;
  for (ports::Unit& unit : units) {
    if (sabotage_.store_forgets_requests) {
      unit.request.reset();
    }
    pointers.push_back(&unit);
  }
  std::vector<absl::StatusOr<ports::Outcome>> outcomes = runner_.Run(pointers);
  // A task that interrupts this one may commit meanwhile.
  const sql::WrittenEntries written = runner_.written();
  const std::set<std::string> deleted = runner_.deleted();
  feed_.Keep(written);
  for (const auto& [program, entries] : written) {
    feed_.Tell(program, entries.back().entry->revision);
  }
  for (const std::string& program : deleted) {
    feed_.Tell(program, 0);
  }
  return outcomes;
}

absl::Status SteppedStore::Read(
    const std::function<absl::Status(ports::StoreReader& reader)>& body) const {
  PERIGEE_RETURN_IF_ERROR(connection_.BeginRead());
  absl::Status status;
  {
    sql::SqlReader reader(connection_);
    status = body(reader);
  }
  connection_.Rollback();
  return status;
}

}  // namespace perigee::simulation
