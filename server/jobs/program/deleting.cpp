#include "server/jobs/program/deleting.h"

#include <span>
#include <string>

namespace perigee::jobs {

DueHandler ProgramDeleting() {
  return {ports::DueKind::kDeletion,
          [](ports::Store& store, const ports::Unit& unit, std::span<const ports::Due> due) {
            // One for each programme. The rest is listed as due again, with its progress.
            return EndWithKeys(
                store, unit, due,
                [](const std::string&, std::span<const ports::Due> still_due, ports::StoreReader&,
                   const ports::UnitContext&) -> absl::StatusOr<ports::Decision> {
                  ports::Decision decision;
                  decision.deletion = still_due.front();
                  return decision;
                });
          }};
}

}  // namespace perigee::jobs
