#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/program/program.h"
#include "server/domain/record/record.h"
#include "server/ports/store.h"
#include "tests/simulation/champions.h"
#include "tests/simulation/operation.h"

namespace perigee::simulation {

// Decides an operation on a champion's machine by the use case that the server's service takes.
absl::StatusOr<ports::Decision> DecideChampions(const Operation& operation,
                                                ports::StoreReader& reader,
                                                const ports::UnitContext& unit);
// Puts the titles, rewards and kinds with which a programme begins.
void PutFirstTerms(const ports::UnitContext& unit, domain::RecordChanges& records);
void SetLimits(const LimitSpec& limits, domain::Program& program);

// The kinds of records that the model knows, so that made-up ones would disturb it.
const std::set<const domain::RecordType*>& RecordsOfChampions();
// What the store has of champions at `now`, in the lines of ModelChampions.
absl::StatusOr<std::vector<std::string>> LinesOfChampions(ports::StoreReader& reader, Time now);

}  // namespace perigee::simulation
