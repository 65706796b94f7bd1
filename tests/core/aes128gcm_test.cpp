#include "server/core/aes128gcm.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/base64url.h"
#include "tests/core/open_aes128gcm.h"

namespace perigee::tests {
namespace {

using testing::Optional;

constexpr std::string_view kSecret = "yqdlZ-tYemfogSmv7Ws5PQ";
constexpr std::string_view kSalt = "I1BsxtFttlv3u_Oo94xnmw";

ContentSalt Salt() {
  const std::string bytes = *DecodeBase64Url(kSalt);
  ContentSalt salt{};
  std::copy(bytes.begin(), bytes.end(), salt.begin());
  return salt;
}

// RFC 8188, section 3.1.
TEST(Aes128GcmTest, WritesTheExampleOfTheStandard) {
  EXPECT_EQ(EncodeAes128Gcm(*DecodeBase64Url(kSecret), Salt(), "", "I am the walrus"),
            DecodeBase64Url("I1BsxtFttlv3u_Oo94xnmwAAEAAA-NAVub2qFgBEuQKRapoZu-IxkIva3MEB1PD-ly8Th"
                            "jg"));
}

// RFC 8188, section 3.2: two records with padding, which only others write.
TEST(Aes128GcmTest, TheReaderOfTheTestsKnowsTheStandard) {
  EXPECT_THAT(OpenAes128Gcm(*DecodeBase64Url("BO3ZVPxUlnLORbVGMpbT1Q"),
                            *DecodeBase64Url("uNCkWiNYzKTnBN9ji3-qWAAAABkCYTHOG8chz_gnvgOqdGYovxyju"
                                             "qRyJFjEDyoF1Fvkj6hQPdPHI51OEUKEpgz3SsLWIqS_uA")),
              Optional(std::string("I am the walrus")));
}

TEST(Aes128GcmTest, WhoHasTheSecretReadsTextsOfEverySize) {
  for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 4000U, 4078U, 4079U}) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) {
      text[i] = static_cast<char>(i * 89);
    }
    const std::string body = EncodeAes128Gcm("secret", Salt(), "a1", text);
    EXPECT_EQ(body.size(), 23 + size + kRecordOverheadBytes);
    EXPECT_THAT(OpenAes128Gcm("secret", body), Optional(text)) << size;
    EXPECT_EQ(OpenAes128Gcm("another", body), std::nullopt);
  }
}

TEST(Aes128GcmTest, AChangedBodyIsNotRead) {
  const std::string body = EncodeAes128Gcm("secret", Salt(), "", "text");
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (i >= 16 && i < 20) {
      continue;  // The size of a record matters only if there are several.
    }
    std::string changed = body;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(OpenAes128Gcm("secret", changed), std::nullopt) << i;
    EXPECT_EQ(OpenAes128Gcm("secret", body.substr(0, i)), std::nullopt) << i;
  }
}

}  // namespace
}  // namespace perigee::tests
