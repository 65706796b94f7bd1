#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/domain/insider/leak_case.h"
#include "server/domain/insider/leak_traces.h"
#include "server/domain/record/revision.h"
#include "server/ports/store.h"
#include "server/use_cases/decided.h"

namespace perigee::use_cases {

struct Judge;

// Compares the leak with the copies of all who read the item, or any item if it is empty, as the
// access log has them. Each item is read in views of its own, and compared outside of them. Viewers
// are the keys of members, in hexadecimal. kNotFound for programme and item; kInvalidField
// (`leak`); the errors of `goes_on`.
absl::StatusOr<domain::JoinedTraces> TraceLeak(const ports::Store& store,
                                               const std::string& program, const std::string& item,
                                               const std::string& leak,
                                               const std::function<absl::Status()>& goes_on);

using DecidedLeakCase = absl::StatusOr<Decided<domain::LeakCase>>;

// kNotFound.
absl::StatusOr<domain::LeakCase> RequireLeakCase(ports::StoreReader& reader,
                                                 const std::string& program, domain::Revision id);

// `summary` is as domain::CheckLeakSummary wants it. kNotFound for programme and item (which may be
// empty).
DecidedLeakCase ReportLeak(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const std::string& program, const std::string& item,
                           const std::string& summary, const Judge& by);

// What a person does with a case, and why.
struct LeakCaseOrder {
  std::string program;
  domain::Revision id = 0;
  std::string reason;
  std::string etag;
};
// All of these: kNotFound, kInvolved for the suspect, kEtagMismatch, kInvalidField (`reason`),
// kIllegalMove.
DecidedLeakCase StartTriage(ports::StoreReader& reader, const ports::UnitContext& unit,
                            const LeakCaseOrder& order, const Judge& by);
// `suspect`: an id; empty for nobody. kNotFound also for the suspect.
DecidedLeakCase NameSuspect(ports::StoreReader& reader, const ports::UnitContext& unit,
                            const LeakCaseOrder& order, const std::string& suspect,
                            const Judge& by);
DecidedLeakCase DecideLeakCase(ports::StoreReader& reader, const ports::UnitContext& unit,
                               const LeakCaseOrder& order, bool confirm, const Judge& by);

}  // namespace perigee::use_cases
