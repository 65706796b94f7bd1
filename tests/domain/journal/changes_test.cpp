#include "server/domain/journal/changes.h"

#include <gtest/gtest.h>

#include "server/domain/activity/activity.h"

namespace perigee::tests {
namespace {

TEST(ChangesTest, AreEmptyUntilAnythingIsTrue) {
  domain::Changes changes;
  EXPECT_TRUE(changes.Empty());
  changes.records.Put(domain::Edge{});
  EXPECT_FALSE(changes.Empty());
  changes = {};
  changes.ledger.transfers.emplace_back();
  EXPECT_FALSE(changes.Empty());
  changes = {};
  changes.boards.emplace_back();
  EXPECT_FALSE(changes.Empty());
}

}  // namespace
}  // namespace perigee::tests
