#include "server/core/uuid.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

constexpr std::string_view kHex = "0197f5a03c2e7b4d8f10a2b3c4d5e6f7";

TEST(UuidTest, IsReadWithAndWithoutDashesInEitherCase) {
  for (const std::string text :
       {"0197f5a03c2e7b4d8f10a2b3c4d5e6f7", "0197F5A03C2E7B4D8F10A2B3C4D5E6F7",
        "0197f5a0-3c2e-7b4d-8f10-a2b3c4d5e6f7", "0197F5a0-3C2e-7b4d-8f10-A2B3C4D5E6F7"}) {
    const auto id = ParseUuid(text, "request_id");
    ASSERT_THAT(id, IsOk()) << text;
    EXPECT_EQ(id->Hex(), kHex);
  }
}

TEST(UuidTest, TextThatIsNoUuidIsRefused) {
  for (const std::string text :
       {"", "0197f5a0", "0197f5a03c2e7b4d8f10a2b3c4d5e6f", "0197f5a03c2e7b4d8f10a2b3c4d5e6f70",
        "0197f5a0-3c2e-7b4d-8f10a2b3c4d5e6f7", "0197f5a03-c2e-7b4d-8f10-a2b3c4d5e6f7",
        "0197f5a0-3c2e-7b4d-8f10-a2b3c4d5e6g7", "{0197f5a03c2e7b4d8f10a2b3c4d5e6f}",
        "0197f5a0 3c2e 7b4d 8f10 a2b3c4d5e6f7", "00000000000000000000000000000000",
        "00000000-0000-0000-0000-000000000000"}) {
    EXPECT_THAT(ParseUuid(text, "request_id"), IsInvalidField("request_id")) << text;
  }
}

TEST(UuidTest, RawBytesAreReadBack) {
  const Uuid id = ParseUuid(kHex, "id").value();
  EXPECT_EQ(id.Raw().size(), 16);
  EXPECT_EQ(Uuid::FromRaw(id.Raw()), id);
  EXPECT_TRUE(Uuid::FromRaw("short").IsNil());
  EXPECT_TRUE(Uuid{}.IsNil());
  EXPECT_FALSE(id.IsNil());
}

}  // namespace
}  // namespace perigee::tests
