#pragma once

#include <utility>

#include <gtest/gtest.h>

#include "absl/status/statusor.h"
#include "server/ports/store.h"
#include "server/use_cases/write_and_wait.h"
#include "tests/jobs/programme.h"

namespace perigee::tests {

// Writes the decisions of use cases to the store of a programme.
class UnitsTest : public testing::Test {
 protected:
  // Writes the decision of a use case, (StoreReader&, UnitContext) → StatusOr<Decided<T>>.
  template <class UseCase>
  auto Do(UseCase use_case) {
    using Decided = decltype(use_case(std::declval<ports::StoreReader&>(),
                                      std::declval<const ports::UnitContext&>()));
    absl::StatusOr<decltype(std::declval<Decided>()->value)> value = absl::UnknownError("");
    ports::Unit unit;
    unit.program = "demo";
    unit.now = programme.clock.Now();
    unit.decide = [&](ports::StoreReader& reader,
                      const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
      Decided decided = use_case(reader, context);
      if (!decided.ok()) {
        return decided.status();
      }
      value = decided->value;
      ports::Decision decision;
      decision.changes = std::move(decided->changes);
      return decision;
    };
    const auto outcome = use_cases::WriteAndWait(programme.store(), std::move(unit));
    if (!outcome.ok()) {
      value = outcome.status();
    } else {
      programme.head = outcome->revision;
    }
    return value;
  }

  Programme programme;
};

}  // namespace perigee::tests
