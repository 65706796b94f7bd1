#include "server/domain/journal/changes.h"

#include <gtest/gtest.h>

namespace perigee::tests {
namespace {

TEST(ChangesTest, AreEmptyUntilAnythingIsTrue) {
  domain::Changes changes;
  EXPECT_TRUE(changes.Empty());
  changes.edges.emplace_back();
  EXPECT_FALSE(changes.Empty());
  changes = {};
  changes.ledger.transfers.emplace_back();
  EXPECT_FALSE(changes.Empty());
  changes = {};
  changes.program.emplace();
  EXPECT_FALSE(changes.Empty());
}

}  // namespace
}  // namespace perigee::tests
