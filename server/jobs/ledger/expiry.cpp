#include "server/jobs/ledger/expiry.h"

#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/ledger/due_keys.h"
#include "server/domain/ledger/ledger.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/use_cases/ledger/books.h"

namespace perigee::jobs {
namespace {

absl::Status NoKey() { return Error(Reason::kInternal, "the key of a due thing cannot be read"); }

absl::StatusOr<ports::Decision> EndHolds(const std::string& program,
                                         std::span<const ports::Due> due,
                                         ports::StoreReader& reader,
                                         const ports::UnitContext& unit) {
  PERIGEE_ASSIGN_OR_RETURN(domain::LedgerUnit ledger, use_cases::OpenBooks(reader, unit, program));
  for (const ports::Due& one : due) {
    const std::optional<domain::TransferId> hold = domain::HoldOfDueKey(one.key);
    if (!hold.has_value()) {
      return NoKey();
    }
    PERIGEE_RETURN_IF_ERROR(ledger.TimeOut(*hold).status());
  }
  ports::Decision decision;
  decision.changes.ledger = ledger.Take();
  return decision;
}

absl::StatusOr<ports::Decision> ExpireLots(const std::string& program,
                                           std::span<const ports::Due> due,
                                           ports::StoreReader& reader,
                                           const ports::UnitContext& unit) {
  PERIGEE_ASSIGN_OR_RETURN(domain::LedgerUnit ledger, use_cases::OpenBooks(reader, unit, program));
  std::set<domain::AccountRef> accounts;
  for (const ports::Due& one : due) {
    const std::optional<domain::LotKey> key = domain::LotOfDueKey(one.key);
    if (!key.has_value()) {
      return NoKey();
    }
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::Lot> lot,
                             reader.ledger().Books(program).FindLot(key->id, key->part));
    if (lot.has_value()) {
      accounts.insert(lot->account);
    }
  }
  for (const domain::AccountRef& account : accounts) {
    PERIGEE_RETURN_IF_ERROR(ledger.ExpireLots(account));
  }
  ports::Decision decision;
  decision.changes.ledger = ledger.Take();
  return decision;
}

}  // namespace

DueHandler HoldExpiry() {
  return {ports::DueKind::kHold,
          [](ports::Store& store, const ports::Unit& unit, std::span<const ports::Due> due) {
            return EndInUnits(store, unit, due, EndHolds);
          }};
}

DueHandler LotExpiry() {
  return {ports::DueKind::kLot,
          [](ports::Store& store, const ports::Unit& unit, std::span<const ports::Due> due) {
            return EndInUnits(store, unit, due, ExpireLots);
          }};
}

}  // namespace perigee::jobs
