#include "server/jobs/member/erasing_again.h"

#include <string>

#include "server/core/error.h"
#include "server/ports/clock.h"
#include "server/ports/store.h"
#include "server/use_cases/member/erase_member.h"
#include "server/use_cases/write_and_wait.h"

namespace perigee::jobs {
namespace {

absl::Status DeleteAgain(ports::Store& store, ports::Unit unit) {
  unit.in_closed = true;
  unit.decide = [program = unit.program](
                    ports::StoreReader&,
                    const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
    if (context.revision == 1) {
      return NotFound("programs/" + program);
    }
    ports::Decision decision;
    decision.deletes_program = true;
    return decision;
  };
  return use_cases::WriteAndWait(store, unit).status();
}

}  // namespace

ErasedAgain EraseAgain(ports::Store& store, ports::Clock& clock,
                       std::span<const ports::Revived> revived) {
  ErasedAgain again;
  for (const ports::Revived& one : revived) {
    ports::Unit unit;
    unit.program = one.program;
    unit.now = clock.Now();
    unit.background = true;
    unit.by = {domain::PrincipalKind::kJob, {}};
    const bool is_program = one.member.IsNil();
    const absl::Status done =
        is_program
            ? DeleteAgain(store, unit)
            : use_cases::EraseMember(store, unit, {.program = one.program, .member = one.member},
                                     [](ports::Revision) { return std::string(); })
                  .status();
    if (done.ok()) {
      ++(is_program ? again.programs : again.members);
    } else if (ReasonOf(done) != Reason::kNotFound) {
      ++again.failed;
      again.first_failure.Update(done);
    }
  }
  return again;
}

}  // namespace perigee::jobs
