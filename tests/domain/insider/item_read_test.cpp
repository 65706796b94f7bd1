#include "server/domain/insider/item_read.h"

#include <chrono>

#include <gtest/gtest.h>

#include "server/core/uuid.h"

namespace perigee::tests {
namespace {

constexpr Time kNow = FromMicros(1'790'000'000'000'000);

TEST(ItemReadTest, AnEntryStandsForReadsUntilItsMinuteIsOver) {
  const domain::ItemRead entry =
      domain::ReadAt(Uuid::FromRaw("0123456789abcdef"), {"bike", 2, "photo"}, kNow, 7);
  EXPECT_EQ(entry.item, "bike");
  EXPECT_EQ(entry.version, 2);
  EXPECT_EQ(entry.attachment, "photo");
  EXPECT_EQ(entry.create_time, kNow);
  EXPECT_EQ(entry.until_time, kNow + std::chrono::seconds(60));
  EXPECT_EQ(entry.revision, 7);

  EXPECT_TRUE(domain::StandsFor(entry, kNow));
  EXPECT_TRUE(domain::StandsFor(entry, entry.until_time - Duration(1)));
  EXPECT_FALSE(domain::StandsFor(entry, entry.until_time));
  // The clock of the server that made the entry was ahead: a little, and more than that.
  EXPECT_TRUE(domain::StandsFor(entry, kNow - std::chrono::seconds(60) + Duration(1)));
  EXPECT_FALSE(domain::StandsFor(entry, kNow - std::chrono::seconds(60)));
}

}  // namespace
}  // namespace perigee::tests
