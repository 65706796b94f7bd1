#pragma once

#include <algorithm>
#include <future>
#include <vector>

#include <gmock/gmock.h>

#include "server/ports/due_reader.h"
#include "server/ports/store.h"
#include "tests/matchers/status.h"

namespace perigee::tests {

// Does the next portion of each erasure and deletion that has not ended. Returns how many there
// were.
inline std::size_t RunPortions(ports::Store& store) {
  std::vector<ports::Due> all;
  EXPECT_THAT(store.Read([&](ports::StoreReader& reader) {
    all = reader.due().List({}, 1000).value();
    return absl::OkStatus();
  }),
              IsOk());
  std::erase_if(all, [](const ports::Due& due) {
    return due.kind != ports::DueKind::kErasure && due.kind != ports::DueKind::kDeletion;
  });
  for (const ports::Due& due : all) {
    std::promise<absl::Status> done;
    ports::Unit unit;
    unit.program = due.program;
    unit.in_closed = true;
    unit.decide = [&](ports::StoreReader&, const ports::UnitContext&) {
      ports::Decision decision;
      (due.kind == ports::DueKind::kErasure ? decision.erasure : decision.deletion) = due;
      return absl::StatusOr<ports::Decision>(std::move(decision));
    };
    store.Write(unit, [&](const auto& outcome) { done.set_value(outcome.status()); });
    EXPECT_THAT(done.get_future().get(), IsOk());
  }
  return all.size();
}

// Until none is left.
inline void EndPortions(ports::Store& store) {
  constexpr int kRoundsMax = 100;
  for (int rounds = 0; RunPortions(store) > 0; ++rounds) {
    ASSERT_LT(rounds, kRoundsMax);
  }
}

}  // namespace perigee::tests
