#include "server/core/time.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

TEST(TimeTest, IsWrittenInUtcToTheMicrosecond) {
  EXPECT_EQ(FormatTime(Time{}), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(FormatTime(FromMicros(1)), "1970-01-01T00:00:00.000001Z");
  EXPECT_EQ(FormatTime(FromMicros(-1)), "1969-12-31T23:59:59.999999Z");
}

TEST(TimeTest, IsReadWithAndWithoutZone) {
  const Time expected = ParseTime("2026-11-21T23:45:36Z").value();
  for (const std::string text : {"2026-11-22T00:45:36+01:00", "2026-11-21T23:45:36",
                                 "2026-11-21T23:45:36.000", "2026-11-21T23:45:36.0000009Z"}) {
    EXPECT_EQ(ParseTime(text).value(), expected) << text;
  }
  EXPECT_EQ(ToMicros(ParseTime("1970-01-01T00:00:01.5Z").value()), 1'500'000);
}

TEST(TimeTest, AWrittenTimeIsReadBack) {
  for (const std::int64_t micros :
       {0LL, 1LL, -1LL, 1'700'000'000'123'456LL, 4'102'444'800'000'000LL}) {
    EXPECT_EQ(ParseTime(FormatTime(FromMicros(micros))).value(), FromMicros(micros));
  }
}

TEST(TimeTest, TextThatIsNoTimeIsRefused) {
  for (const std::string text :
       {"", "now", "2026-11-21", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
        "2026-11-21T25:00:00Z", "2026-11-21T23:45:36X", "infinite-future", "infinite-past",
        " 2026-11-21T23:45:36Z", "2026-11-21T23:45:36Z "}) {
    EXPECT_THAT(ParseTime(text), IsInvalidField("time")) << text;
  }
}

}  // namespace
}  // namespace perigee::tests
