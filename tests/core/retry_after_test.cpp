#include "server/core/retry_after.h"

#include <chrono>
#include <optional>

#include <gtest/gtest.h>

namespace perigee::tests {
namespace {

using std::chrono::days;
using std::chrono::seconds;

const Time kNow = *ParseTime("2026-11-21T12:00:00Z");

TEST(RetryAfterTest, SecondsCountFromNow) {
  EXPECT_EQ(RetryAfter("0", kNow), kNow);
  EXPECT_EQ(RetryAfter("120", kNow), kNow + seconds(120));
  EXPECT_EQ(RetryAfter("-1", kNow), std::nullopt);
  EXPECT_EQ(RetryAfter("99999999999999999999", kNow), std::nullopt);
}

TEST(RetryAfterTest, ADateIsTakenAsItIs) {
  EXPECT_EQ(RetryAfter("Sat, 21 Nov 2026 12:05:00 GMT", kNow), kNow + seconds(300));
  EXPECT_EQ(RetryAfter("Sat, 21 Nov 2026 11:00:00 GMT", kNow), kNow - seconds(3600));
}

TEST(RetryAfterTest, OtherTextsSayNothing) {
  for (const char* text : {"", "soon", "12.5", "2026-11-21T12:05:00Z", "Sat, 21 Nov 2026 12:05:00"}) {
    EXPECT_EQ(RetryAfter(text, kNow), std::nullopt) << text;
  }
}

TEST(RetryAfterTest, NothingIsPutOffForMoreThanAYear) {
  EXPECT_EQ(RetryAfter("31622400", kNow), kNow + days(366));
  EXPECT_EQ(RetryAfter("31622401", kNow), std::nullopt);
  EXPECT_EQ(RetryAfter("Wed, 21 Nov 2029 12:00:00 GMT", kNow), std::nullopt);
}

}  // namespace
}  // namespace perigee::tests
