#include "server/domain/ledger/due_keys.h"

#include <gtest/gtest.h>

namespace perigee::domain {
namespace {

TEST(DueKeys, NameTheirHoldOrLot) {
  const TransferId transfer{(1LL << 40) + 7, 300};
  EXPECT_EQ(HoldOfDueKey(DueKeyOfHold(transfer)), transfer);
  EXPECT_EQ(LotOfDueKey(DueKeyOfLot(transfer, 2)), (LotKey{transfer, 2}));
}

TEST(DueKeys, AreInTheOrderOfTransfers) {
  EXPECT_LT(DueKeyOfHold({9, 0}), DueKeyOfHold({10, 0}));
  EXPECT_LT(DueKeyOfHold({255, 1}), DueKeyOfHold({256, 0}));
  EXPECT_LT(DueKeyOfHold({9, 2}), DueKeyOfHold({9, 10}));
  EXPECT_LT(DueKeyOfLot({9, 2}, 255), DueKeyOfLot({9, 2}, 256));
}

TEST(DueKeys, OtherBytesAreNoKey) {
  EXPECT_EQ(HoldOfDueKey(""), std::nullopt);
  EXPECT_EQ(HoldOfDueKey(DueKeyOfLot({1, 0}, 0)), std::nullopt);
  EXPECT_EQ(LotOfDueKey(DueKeyOfHold({1, 0})), std::nullopt);
}

}  // namespace
}  // namespace perigee::domain
