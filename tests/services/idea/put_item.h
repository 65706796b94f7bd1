#pragma once

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "server/domain/insider/item.h"
#include "server/ports/store.h"
#include "server/use_cases/write_and_wait.h"
#include "tests/matchers/status.h"
#include "tests/services/server_fixture.h"

namespace perigee::tests {

// An item of one version that is open under embargo, for everybody, since long ago.
inline domain::InsiderItem OpenItemOf(const std::string& id) {
  domain::InsiderItem item;
  item.id = id;
  item.display_name = "The next bike";
  item.version = 1;
  item.open_time = FromMicros(1);
  return item;
}

// Puts the item into the store of the server as it is.
inline void PutItem(ServerFixture& server, const std::string& program, domain::InsiderItem item) {
  ports::Unit unit;
  unit.program = program;
  unit.now = server.clock.Now();
  unit.decide = [&item](ports::StoreReader&,
                        const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
    item.edit_revision = item.revision = context.revision;
    ports::Decision decision;
    decision.changes.records.Put(item);
    return decision;
  };
  EXPECT_THAT(use_cases::WriteAndWait(server.store(), std::move(unit)), IsOk());
}

}  // namespace perigee::tests
