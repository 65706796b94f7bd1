#include "server/core/vapid.h"

#include <openssl/ec.h>
#include <openssl/evp.h>

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "absl/strings/str_split.h"
#include "server/core/base64url.h"
#include "server/core/web_address.h"
#include "tests/core/has_signed.h"
#include "tests/core/open_aes128gcm.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using nlohmann::json;

constexpr char kNumber[] = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
constexpr char kPoint[] =
    "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";
constexpr Time kNow = FromMicros(1'700'000'000'999'999);

std::string Pem() { return PemOf(*DecodeBase64Url(kNumber)); }

TEST(VapidTest, AuthorizationIsASignedTokenForThePushService) {
  const auto key = VapidKey::Parse(Pem(), "mailto:ops@brand.example");
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ(key->PublicKey(), kPoint);
  const auto service = ParseWebAddress("https://push.example/send/secret-id");
  const std::string value = key->Authorization(*service, kNow);
  const std::string suffix = std::string(", k=") + kPoint;
  ASSERT_TRUE(value.starts_with("vapid t=") && value.ends_with(suffix)) << value;
  const std::string token = value.substr(8, value.size() - 8 - suffix.size());
  const std::vector<std::string> parts = absl::StrSplit(token, '.');
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(json::parse(*DecodeBase64Url(parts[0])), json({{"typ", "JWT"}, {"alg", "ES256"}}));
  // The path is no business of the token, which the service may show to others.
  EXPECT_EQ(json::parse(*DecodeBase64Url(parts[1])), json({{"aud", "https://push.example"},
                                                           {"exp", 1'700'000'000 + 12 * 3600},
                                                           {"sub", "mailto:ops@brand.example"}}));
  EXPECT_TRUE(
      HasSigned(*DecodeBase64Url(kPoint), parts[0] + "." + parts[1], *DecodeBase64Url(parts[2])));
}

TEST(VapidTest, OtherKeysAndContactsAreRefused) {
  EXPECT_THAT(VapidKey::Parse(Pem(), "https://brand.example/contact"), IsOk());
  EXPECT_THAT(VapidKey::Parse("", "mailto:ops@brand.example"), IsInvalidField("key"));
  EXPECT_THAT(VapidKey::Parse(kNumber, "mailto:ops@brand.example"), IsInvalidField("key"));
  for (const char* contact : {"", "ops@brand.example", "http://brand.example", "MAILTO"}) {
    EXPECT_THAT(VapidKey::Parse(Pem(), contact), IsInvalidField("contact")) << contact;
  }
}

}  // namespace
}  // namespace perigee::tests
