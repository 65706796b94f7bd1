#include "server/core/base64url.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"

namespace perigee::tests {
namespace {

TEST(Base64UrlTest, BytesComeBackInTheirOneSpelling) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(DecodeBase64Url(absl::WebSafeBase64Escape(bytes)), bytes);
    bytes.push_back(static_cast<char>(i * 89));
  }
}

TEST(Base64UrlTest, OtherSpellingsAreRefused) {
  for (const std::string_view text : {"A", "AAAAA", "QQ==", "QQ=", "QUI=", "QR", "QUJ", "Q+8",
                                      "Q/8", "Q Q", "QQ\n", "Q.Q", "\xC3\xA9"}) {
    EXPECT_EQ(DecodeBase64Url(text), std::nullopt) << text;
  }
  EXPECT_EQ(DecodeBase64Url(std::string_view("QQ\0Q", 4)), std::nullopt);
}

}  // namespace
}  // namespace perigee::tests
