#include "server/core/webhook_signature.h"

#include <chrono>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "tests/matchers/status.h"
#include "tests/support/need.h"
#include "tests/support/shared_data.h"

namespace perigee::tests {
namespace {

using nlohmann::json;
using std::chrono::minutes;
using std::chrono::seconds;
using Secrets = std::vector<WebhookSecret>;

constexpr Time kNow = FromMicros(1'700'000'000'500'000);
constexpr char kId[] = "msg_1";
constexpr char kPayload[] = R"({"type":"badge.granted"})";

const Secrets& Secret() {
  static const Secrets kSecrets{WebhookSecret::Of(Sha256("ours"))};
  return kSecrets;
}

WebhookHeaders Signed() { return SignWebhook(Secret(), kId, kNow, kPayload); }

TEST(WebhookSignatureTest, TheKnownSignatureIsMadeAndTaken) {
  std::ifstream file(SharedData("webhooks-standard/cases.json"));
  if (!file) {
    PERIGEE_SKIP_OR_FAIL("the data set webhooks-standard");
  }
  const json cases = json::parse(file);
  for (const json& known : cases["sign"]) {
    const auto secret = WebhookSecret::Parse(known["secret"].get<std::string>());
    ASSERT_THAT(secret, IsOk());
    EXPECT_EQ(secret->Text(), known["secret"]);
    const Time time{seconds(known["timestamp"].get<std::int64_t>())};
    const std::string payload = known["payload"];
    const WebhookHeaders headers =
        SignWebhook(Secrets{*secret}, known["id"].get<std::string>(), time, payload);
    EXPECT_EQ(headers.id, known["id"]);
    EXPECT_EQ(headers.timestamp, std::to_string(known["timestamp"].get<std::int64_t>()));
    EXPECT_EQ(headers.signature, known["signature"]);
    EXPECT_THAT(VerifyWebhook(Secrets{*secret}, headers, payload, time), IsOk());
  }
  EXPECT_EQ(cases["sign"].size(), 1U);
  EXPECT_EQ(cases["rules"].size(), 7U);  // The next seven tests.
}

TEST(WebhookSignatureTest, IdTimeAndPayloadAreSigned) {
  const WebhookHeaders headers = Signed();
  EXPECT_EQ(headers.timestamp, "1700000000");  // Whole seconds.
  EXPECT_THAT(VerifyWebhook(Secret(), headers, kPayload, kNow), IsOk());
  WebhookHeaders other_id = headers;
  other_id.id = "msg_2";
  EXPECT_THAT(VerifyWebhook(Secret(), other_id, kPayload, kNow),
              IsInvalidField("webhook-signature"));
  WebhookHeaders other_time = headers;
  other_time.timestamp = "1700000001";
  EXPECT_THAT(VerifyWebhook(Secret(), other_time, kPayload, kNow),
              IsInvalidField("webhook-signature"));
}

TEST(WebhookSignatureTest, ASecretIsBase64AfterAPrefix) {
  const std::string bytes(24, '\xFB');
  const std::string base64 = absl::Base64Escape(bytes);
  EXPECT_EQ(WebhookSecret::Parse("whsec_" + base64)->bytes(), bytes);
  EXPECT_EQ(WebhookSecret::Parse(base64)->bytes(), bytes);
  EXPECT_EQ(WebhookSecret::Parse(base64)->Text(), "whsec_" + base64);
  for (const std::string& text :
       {base64 + " ", base64 + "=", "whsec_whsec_" + base64, "WHSEC_" + base64,
        absl::WebSafeBase64Escape(bytes), absl::Base64Escape(std::string(23, 'a')),
        absl::Base64Escape(std::string(65, 'a')), absl::Base64Escape(std::string(25, 'a')) + "\n",
        std::string("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS")}) {
    EXPECT_THAT(WebhookSecret::Parse(text), IsInvalidField("secret")) << text;
  }
  EXPECT_THAT(WebhookSecret::Parse(absl::Base64Escape(std::string(64, 'a'))), IsOk());
}

TEST(WebhookSignatureTest, OneSignatureThatFitsIsEnough) {
  const Secrets old{WebhookSecret::Of(Sha256("old"))};
  const Secrets fresh{WebhookSecret::Of(Sha256("fresh"))};
  const Secrets both{old[0], fresh[0]};
  const WebhookHeaders headers = SignWebhook(both, kId, kNow, kPayload);
  EXPECT_EQ(headers.signature, SignWebhook(old, kId, kNow, kPayload).signature + " " +
                                   SignWebhook(fresh, kId, kNow, kPayload).signature);
  // While the secret is replaced, receivers with either take the message,
  EXPECT_THAT(VerifyWebhook(old, headers, kPayload, kNow), IsOk());
  EXPECT_THAT(VerifyWebhook(fresh, headers, kPayload, kNow), IsOk());
  // a receiver with both takes messages of either,
  EXPECT_THAT(VerifyWebhook(both, SignWebhook(old, kId, kNow, kPayload), kPayload, kNow), IsOk());
  EXPECT_THAT(VerifyWebhook(both, SignWebhook(fresh, kId, kNow, kPayload), kPayload, kNow), IsOk());
  // and afterwards the old one is worth nothing.
  EXPECT_THAT(VerifyWebhook(fresh, SignWebhook(old, kId, kNow, kPayload), kPayload, kNow),
              IsInvalidField("webhook-signature"));
  EXPECT_THAT(VerifyWebhook({}, headers, kPayload, kNow), IsInvalidField("webhook-signature"));
}

TEST(WebhookSignatureTest, OtherVersionsArePassedOver) {
  const WebhookHeaders headers = Signed();
  const std::string code = headers.signature.substr(3);
  WebhookHeaders with_others = headers;
  with_others.signature = "v1a,AAAA v2," + code + " " + headers.signature + " v9";
  EXPECT_THAT(VerifyWebhook(Secret(), with_others, kPayload, kNow), IsOk());
  for (const std::string& signature :
       {"v2," + code, "v1a," + code, "v11," + code, "V1," + code, "v1" + code, "," + code, code,
        "v0," + code + " v1a," + code}) {
    WebhookHeaders foreign = headers;
    foreign.signature = signature;
    EXPECT_THAT(VerifyWebhook(Secret(), foreign, kPayload, kNow),
                IsInvalidField("webhook-signature"))
        << signature;
  }
}

TEST(WebhookSignatureTest, ATimeFarFromNowIsRefused) {
  const WebhookHeaders headers = Signed();
  for (const seconds distance : {seconds(-300), seconds(-299), seconds(0), seconds(300)}) {
    EXPECT_THAT(VerifyWebhook(Secret(), headers, kPayload, kNow + distance), IsOk())
        << distance.count();
  }
  for (const seconds distance : {seconds(-301), seconds(301), seconds(86'400)}) {
    EXPECT_THAT(VerifyWebhook(Secret(), headers, kPayload, kNow + distance),
                IsInvalidField("webhook-timestamp"))
        << distance.count();
  }
  for (const char* time : {"9223372036854775807", "-9223372036854775808", "0", "-1700000000"}) {
    WebhookHeaders far = headers;
    far.timestamp = time;
    EXPECT_THAT(VerifyWebhook(Secret(), far, kPayload, kNow), IsInvalidField("webhook-timestamp"));
  }
}

TEST(WebhookSignatureTest, WhatIsMissingIsRefused) {
  WebhookHeaders headers = Signed();
  headers.id.clear();
  EXPECT_THAT(VerifyWebhook(Secret(), headers, kPayload, kNow), IsInvalidField("webhook-id"));
  for (const std::string time : {"", "now", "1700000000.5", " 1700000000", "+1700000000",
                                 "01700000000", "1.7e9", "9223372036854775808"}) {
    headers = Signed();
    headers.timestamp = time;
    EXPECT_THAT(VerifyWebhook(Secret(), headers, kPayload, kNow),
                IsInvalidField("webhook-timestamp"))
        << time;
  }
  for (const char* signature : {"", " ", "v1", "v1,", "v1, v1,"}) {
    headers = Signed();
    headers.signature = signature;
    EXPECT_THAT(VerifyWebhook(Secret(), headers, kPayload, kNow),
                IsInvalidField("webhook-signature"))
        << signature;
  }
  for (const char* secret : {"", "whsec_"}) {
    EXPECT_THAT(WebhookSecret::Parse(secret), IsInvalidField("secret"));
  }
}

TEST(WebhookSignatureTest, OneChangedByteIsRefused) {
  const WebhookHeaders headers = Signed();
  const std::string payload = kPayload;
  for (std::size_t i = 0; i < payload.size(); ++i) {
    std::string changed = payload;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_THAT(VerifyWebhook(Secret(), headers, changed, kNow),
                IsInvalidField("webhook-signature"));
  }
  EXPECT_THAT(VerifyWebhook(Secret(), headers, payload + "\n", kNow),
              IsInvalidField("webhook-signature"));
  for (std::size_t i = 0; i < headers.signature.size(); ++i) {
    WebhookHeaders changed = headers;
    changed.signature[i] = static_cast<char>(changed.signature[i] ^ 1);
    EXPECT_THAT(VerifyWebhook(Secret(), changed, payload, kNow),
                IsInvalidField("webhook-signature"))
        << i;
  }
}

TEST(WebhookSignatureTest, ASecretOfADigestIsReadAgain) {
  const WebhookSecret secret = WebhookSecret::Of(Sha256("ours"));
  EXPECT_NE(secret.bytes(), WebhookSecret::Of(Sha256("theirs")).bytes());
  EXPECT_EQ(WebhookSecret::Parse(secret.Text())->bytes(), secret.bytes());
}

}  // namespace
}  // namespace perigee::tests
