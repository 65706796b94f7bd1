#include "server/core/web_push.h"

#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "server/core/base64url.h"
#include "tests/core/open_aes128gcm.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using testing::Optional;

// RFC 8291, section 5 and appendix A.
constexpr char kP256dh[] =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
constexpr char kAuth[] = "BTBZMqHH6r4Tts7J_aSIgg";
constexpr char kBrowserNumber[] = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";
constexpr char kSenderNumber[] = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
constexpr char kSalt[] = "DGv6ra1nlYgDCS1FRnbzlw";
constexpr char kText[] = "When I grow up, I want to be a watermelon";
constexpr char kBody[] =
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6T"
    "lzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4"
    "a-fN";

PushOnce OnceOfTheStandard() {
  PushOnce once{*P256Key::FromPem(PemOf(*DecodeBase64Url(kSenderNumber))), {}};
  const std::string salt = *DecodeBase64Url(kSalt);
  std::copy(salt.begin(), salt.end(), once.salt.begin());
  return once;
}

TEST(WebPushTest, WritesTheExampleOfTheStandard) {
  const auto keys = PushKeys::Parse(kP256dh, kAuth);
  ASSERT_THAT(keys, IsOk());
  const auto body = keys->Encrypt(kText, OnceOfTheStandard());
  ASSERT_THAT(body, IsOk());
  EXPECT_EQ(absl::WebSafeBase64Escape(*body), kBody);
}

TEST(WebPushTest, TheBrowserReadsWhatWasSent) {
  const std::string number = *DecodeBase64Url(kBrowserNumber);
  const std::string auth = *DecodeBase64Url(kAuth);
  EXPECT_THAT(OpenPush(number, auth, *DecodeBase64Url(kBody)), Optional(std::string(kText)));
  const auto keys = PushKeys::Parse(absl::WebSafeBase64Escape(PointOf(number)), kAuth);
  ASSERT_THAT(keys, IsOk());
  for (const std::string& text : {std::string(), std::string(kText), std::string("\0\2\0", 3),
                                  std::string("\xC3\xA9"), std::string(kPushTextBytesMax, 'x')}) {
    const auto body = keys->Encrypt(text, PushOnce::Random());
    ASSERT_THAT(body, IsOk());
    EXPECT_LE(body->size(), 4096U);
    EXPECT_THAT(OpenPush(number, auth, *body), Optional(text));
    // Neither another browser nor another subscription of this one reads it.
    EXPECT_EQ(OpenPush(*DecodeBase64Url(kSenderNumber), auth, *body), std::nullopt);
    EXPECT_EQ(OpenPush(number, std::string(16, 'a'), *body), std::nullopt);
  }
}

TEST(WebPushTest, EachMessageHasItsOwnKeyAndSalt) {
  const auto keys = PushKeys::Parse(kP256dh, kAuth);
  const std::string first = *keys->Encrypt(kText, PushOnce::Random());
  const std::string second = *keys->Encrypt(kText, PushOnce::Random());
  EXPECT_NE(first.substr(0, 16), second.substr(0, 16));
  EXPECT_NE(first.substr(21, 65), second.substr(21, 65));
}

TEST(WebPushTest, ATextThatDoesNotFitIsRefused) {
  const auto keys = PushKeys::Parse(kP256dh, kAuth);
  EXPECT_THAT(keys->Encrypt(std::string(kPushTextBytesMax + 1, 'x'), PushOnce::Random()),
              IsInvalidField("text"));
}

TEST(WebPushTest, OtherKeysAreRefused) {
  std::string beside = *DecodeBase64Url(kP256dh);
  beside.back() = static_cast<char>(beside.back() ^ 1);
  for (const std::string& p256dh :
       {std::string(), std::string(kP256dh) + "=", std::string(kP256dh).substr(0, 86),
        std::string(kAuth), absl::WebSafeBase64Escape(beside), std::string(87, 'A')}) {
    EXPECT_THAT(PushKeys::Parse(p256dh, kAuth), IsInvalidField("p256dh")) << p256dh;
  }
  for (const std::string& auth : {std::string(), std::string(kAuth) + "==",
                                  std::string(kAuth).substr(0, 20), std::string(kP256dh)}) {
    EXPECT_THAT(PushKeys::Parse(kP256dh, auth), IsInvalidField("auth")) << auth;
  }
}

}  // namespace
}  // namespace perigee::tests
