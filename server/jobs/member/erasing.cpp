#include "server/jobs/member/erasing.h"

#include <span>
#include <string>

namespace perigee::jobs {

DueHandler MemberErasing() {
  return {ports::DueKind::kErasure,
          [](ports::Store& store, const ports::Unit& unit, std::span<const ports::Due> due) {
            absl::Status first;
            for (const ports::Due& one : due) {
              // The rest is listed as due again, with its progress.
              first.Update(EndWithKeys(
                  store, unit, {&one, 1},
                  [](const std::string&, std::span<const ports::Due> still_due, ports::StoreReader&,
                     const ports::UnitContext&) -> absl::StatusOr<ports::Decision> {
                    ports::Decision decision;
                    decision.erasure = still_due.front();
                    return decision;
                  }));
            }
            return first;
          }};
}

}  // namespace perigee::jobs
