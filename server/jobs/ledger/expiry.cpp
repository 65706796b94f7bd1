#include "server/jobs/ledger/expiry.h"

#include <string>
#include <utility>
#include <vector>

#include "server/core/civil_time.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/ledger/ledger.h"
#include "server/jobs/programs.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/program/program_reader.h"

namespace perigee::jobs {
namespace {

// One unit's share, so that it does not keep the callers who wait beside it.
constexpr int kPerUnit = 200;

absl::StatusOr<ports::Decision> EndDue(const std::string& program, ports::StoreReader& reader,
                                       const ports::UnitContext& unit) {
  PERIGEE_ASSIGN_OR_RETURN(const auto settings, reader.programs().Find(program));
  if (!settings) {
    return NotFound("programs/" + program);
  }
  PERIGEE_ASSIGN_OR_RETURN(Zone zone, Zone::Load(settings->time_zone));
  domain::LedgerUnit ledger(reader.ledger().Books(program), std::move(zone), unit.revision,
                            unit.now);
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::TransferId> holds,
                           reader.ledger().DueHolds(program, unit.now, kPerUnit));
  for (const domain::TransferId& hold : holds) {
    PERIGEE_RETURN_IF_ERROR(ledger.TimeOut(hold).status());
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::AccountRef> lots,
                           reader.ledger().DueLots(program, unit.now, kPerUnit));
  for (const domain::AccountRef& account : lots) {
    PERIGEE_RETURN_IF_ERROR(ledger.ExpireLots(account));
  }
  ports::Decision decision;
  decision.changes.ledger = ledger.Take();
  return decision;
}

absl::StatusOr<bool> AnythingDue(const ports::Store& store, const std::string& program, Time now) {
  bool due = false;
  const absl::Status read = store.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(const auto holds, reader.ledger().DueHolds(program, now, 1));
    PERIGEE_ASSIGN_OR_RETURN(const auto lots, reader.ledger().DueLots(program, now, 1));
    due = !holds.empty() || !lots.empty();
    return absl::OkStatus();
  });
  PERIGEE_RETURN_IF_ERROR(read);
  return due;
}

}  // namespace

absl::Status Expiry::RunOnce() {
  absl::Status first;
  for (const ports::Lease& lease : leases_.Held(kJob)) {
    first.Update(RunProgram(lease));
  }
  return first;
}

absl::Status Expiry::RunProgram(const ports::Lease& lease) {
  const Time now = clock_.Now();
  while (leases_.Holds(lease)) {
    PERIGEE_ASSIGN_OR_RETURN(const bool due, AnythingDue(store_, lease.program, now));
    if (!due) {
      break;
    }
    ports::Unit unit;
    unit.background = true;
    unit.program = lease.program;
    unit.now = now;
    unit.lease = lease;
    unit.by = {domain::PrincipalKind::kJob};
    unit.decide = [program = lease.program](ports::StoreReader& reader,
                                            const ports::UnitContext& context) {
      return EndDue(program, reader, context);
    };
    PERIGEE_RETURN_IF_ERROR(WriteAndWait(store_, std::move(unit)).status());
  }
  return absl::OkStatus();
}

}  // namespace perigee::jobs
