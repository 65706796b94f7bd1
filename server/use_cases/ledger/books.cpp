#include "server/use_cases/ledger/books.h"

#include <utility>

#include "server/core/civil_time.h"
#include "server/core/status_macros.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {

absl::StatusOr<domain::LedgerUnit> OpenBooks(ports::StoreReader& reader,
                                             const ports::UnitContext& unit,
                                             const std::string& program) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Program found, RequireProgram(reader, program));
  PERIGEE_ASSIGN_OR_RETURN(Zone zone, Zone::Load(found.time_zone));
  return domain::LedgerUnit(reader.ledger().Books(program), std::move(zone), unit.revision,
                            unit.now);
}

}  // namespace perigee::use_cases
