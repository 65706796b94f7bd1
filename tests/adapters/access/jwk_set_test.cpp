#include "server/adapters/access/jwk_set.h"

#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/adapters/access/issuer_under_test.h"
#include "tests/matchers/status.h"

namespace perigee::adapters {
namespace {

using nlohmann::json;
using tests::EcKey;
using tests::EdKey;
using tests::EncodeBase64Url;
using tests::IsInvalidField;
using tests::JwksOf;
using tests::RsaKey;

// The set of one key, after a change of one of its members. A null takes it away.
JwkSet SetWith(const tests::TokenMaker& maker, const char* member, const json& value) {
  json jwk = json::parse(maker.Jwk());
  jwk.erase(member);
  if (!value.is_null()) {
    jwk[member] = value;
  }
  const auto set = JwkSet::Parse(JwksOf({jwk.dump()}), "keys.json");
  EXPECT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->size() + set->left_out(), 1U);
  return *JwkSet::Parse(JwksOf({jwk.dump()}), "keys.json");
}

// A number whose bits are all set, which is odd and not prime.
std::string Ones(std::size_t bits) {
  std::string bytes(bits / 8, '\xFF');
  if (bits % 8 != 0) {
    bytes.insert(bytes.begin(), static_cast<char>((1 << (bits % 8)) - 1));
  }
  return EncodeBase64Url(bytes);
}

TEST(JwkSetTest, KeysAreFoundByIdAndAlgorithm) {
  const auto set = JwkSet::Parse(tests::AllKeys(), "keys.json");
  ASSERT_TRUE(set.ok());
  EXPECT_EQ(set->size(), 3U);
  EXPECT_NE(set->Find("rsa", Algorithm::kRs256), nullptr);
  EXPECT_NE(set->Find("ec", Algorithm::kEs256), nullptr);
  EXPECT_NE(set->Find("ed", Algorithm::kEdDsa), nullptr);
  EXPECT_EQ(set->Find("rsa", Algorithm::kEs256), nullptr);
  EXPECT_EQ(set->Find("ed", Algorithm::kRs256), nullptr);
  EXPECT_FALSE(set->Lacks("ed", Algorithm::kRs256));
  EXPECT_EQ(set->Find("other", Algorithm::kRs256), nullptr);
  EXPECT_TRUE(set->Lacks("other", Algorithm::kRs256));
}

TEST(JwkSetTest, ATokenWithoutIdFitsOneKeyOnly) {
  const auto one = JwkSet::Parse(tests::AllKeys(), "keys.json");
  EXPECT_EQ(one->Find(std::nullopt, Algorithm::kEs256), one->Find("ec", Algorithm::kEs256));
  const auto two = JwkSet::Parse(
      JwksOf({EcKey().Jwk(), EdKey().Jwk(), tests::TokenMaker("ES256", "other").Jwk()}), "k");
  EXPECT_EQ(two->Find(std::nullopt, Algorithm::kEs256), nullptr);
  EXPECT_FALSE(two->Lacks(std::nullopt, Algorithm::kEs256));
  EXPECT_NE(two->Find(std::nullopt, Algorithm::kEdDsa), nullptr);
  EXPECT_EQ(two->Find(std::nullopt, Algorithm::kRs256), nullptr);
  EXPECT_TRUE(two->Lacks(std::nullopt, Algorithm::kRs256));
  const JwkSet nameless = SetWith(EcKey(), "kid", nullptr);
  EXPECT_NE(nameless.Find(std::nullopt, Algorithm::kEs256), nullptr);
  EXPECT_EQ(nameless.Find("ec", Algorithm::kEs256), nullptr);
  EXPECT_EQ(nameless.Find("", Algorithm::kEs256), nullptr);
}

TEST(JwkSetTest, KeysForOtherUsesAreLeftOut) {
  const auto left = [](const char* member, const json& value) {
    return SetWith(EcKey(), member, value).left_out() == 1;
  };
  EXPECT_FALSE(left("use", nullptr));
  EXPECT_FALSE(left("use", "sig"));
  EXPECT_TRUE(left("use", "enc"));
  EXPECT_TRUE(left("use", 1));
  EXPECT_FALSE(left("key_ops", json::array({"sign", "verify"})));
  EXPECT_TRUE(left("key_ops", json::array({"encrypt"})));
  EXPECT_TRUE(left("key_ops", json::array()));
  EXPECT_TRUE(left("key_ops", "verify"));
  EXPECT_FALSE(left("alg", nullptr));
  EXPECT_TRUE(left("alg", "ES384"));
  EXPECT_TRUE(left("alg", "RS256"));
  EXPECT_TRUE(left("alg", 7));
  EXPECT_TRUE(left("kid", 7));
  EXPECT_TRUE(left("kty", "oct"));
  EXPECT_TRUE(left("kty", "ec"));
  EXPECT_TRUE(left("kty", nullptr));
  EXPECT_TRUE(left("crv", "P-384"));
  EXPECT_TRUE(left("crv", "Ed25519"));
  EXPECT_TRUE(left("crv", nullptr));
}

TEST(JwkSetTest, WeakAndDamagedKeysOfRsaAreLeftOut) {
  const auto left = [](const char* member, const json& value) {
    return SetWith(RsaKey(), member, value).left_out() == 1;
  };
  EXPECT_FALSE(left("e", "Aw"));  // 3
  EXPECT_TRUE(left("e", "AQ"));   // 1
  EXPECT_TRUE(left("e", "BA"));   // 4
  EXPECT_TRUE(left("e", "AA"));   // 0
  EXPECT_TRUE(left("e", ""));
  EXPECT_TRUE(left("e", Ones(72)));
  EXPECT_TRUE(left("e", "AQAB="));
  EXPECT_TRUE(left("e", 65537));
  EXPECT_TRUE(left("n", nullptr));
  EXPECT_TRUE(left("n", ""));
  EXPECT_TRUE(left("n", Ones(1024)));
  EXPECT_TRUE(left("n", Ones(2047)));
  EXPECT_TRUE(left("n", Ones(8193)));
  // The lowest bit decides whether a number is odd.
  std::string even = json::parse(RsaKey().Jwk())["n"];
  even.pop_back();
  EXPECT_TRUE(left("n", even + "A"));
}

TEST(JwkSetTest, PointsOffTheCurveAreLeftOut) {
  const json jwk = json::parse(EcKey().Jwk());
  const auto left = [](const char* member, const json& value) {
    return SetWith(EcKey(), member, value).left_out() == 1;
  };
  EXPECT_FALSE(left("x", jwk["x"]));
  EXPECT_TRUE(left("x", jwk["y"]));
  EXPECT_TRUE(left("x", EncodeBase64Url(std::string(32, '\0'))));
  EXPECT_TRUE(left("x", EncodeBase64Url(std::string(32, '\xFF'))));
  EXPECT_TRUE(left("y", EncodeBase64Url(std::string(31, '\1'))));
  EXPECT_TRUE(left("y", nullptr));
  EXPECT_TRUE(SetWith(EdKey(), "x", EncodeBase64Url(std::string(31, '\1'))).left_out() == 1);
  EXPECT_TRUE(SetWith(EdKey(), "x", EncodeBase64Url(std::string(33, '\1'))).left_out() == 1);
  EXPECT_TRUE(SetWith(EdKey(), "crv", "X25519").left_out() == 1);
}

TEST(JwkSetTest, ASecretIsNeverAKey) {
  const auto set = JwkSet::Parse(
      R"({"keys":[{"kty":"oct","alg":"HS256","kid":"a","k":"AAAA"},{"kty":"oct","k":"AAAA"},
                  {"kty":"AKP","alg":"ML-DSA-44","pub":"AAAA"},{}]})",
      "keys.json");
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->size(), 0U);
  EXPECT_EQ(set->left_out(), 4U);
}

TEST(JwkSetTest, TextsThatAreNoSetAreRefused) {
  const std::string ec = EcKey().Jwk();
  for (const std::string& text :
       {std::string(), std::string("{}"), std::string("[]"), std::string(R"({"keys":{}})"),
        std::string(R"({"keys":[1]})"), std::string(R"({"keys":[],"keys":[]})"), ec,
        "{\"keys\":[" + ec + "]} x", JwksOf({ec, ec}),
        JwksOf({ec, json{{"kty", "EC"}, {"kty", "EC"}}.dump(), "{\"kid\":\"a\",\"kid\":\"b\"}"})}) {
    EXPECT_THAT(JwkSet::Parse(text, "keys.json"), IsInvalidField("keys.json")) << text;
  }
  std::string many = "{}";
  for (int i = 0; i < 99; ++i) {
    many += ",{}";
  }
  EXPECT_TRUE(JwkSet::Parse(JwksOf({many}), "k").ok());
  EXPECT_THAT(JwkSet::Parse(JwksOf({many, "{}"}), "keys.json"), IsInvalidField("keys.json"));
}

TEST(JwkSetTest, APrivateKeyIsRefusedWithoutTellingIt) {
  const std::string secret = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
  for (const char* const part : {"d", "p", "q", "dp", "dq", "qi", "oth"}) {
    json jwk = json::parse(EdKey().Jwk());
    jwk[part] = secret;
    const auto set = JwkSet::Parse(JwksOf({RsaKey().Jwk(), jwk.dump()}), "/etc/keys.json");
    EXPECT_THAT(set, IsInvalidField("/etc/keys.json"));
    EXPECT_THAT(std::string(set.status().message()), testing::HasSubstr("private key"));
    EXPECT_THAT(set.status().ToString(), testing::Not(testing::HasSubstr(secret)));
  }
}

TEST(JwkSetTest, LostAndChangedKeysAreNoticed) {
  const auto set = [](std::initializer_list<std::string> jwks) {
    return *JwkSet::Parse(JwksOf(jwks), "k");
  };
  const JwkSet both = set({EcKey().Jwk(), EdKey().Jwk()});
  const JwkSet one = set({EdKey().Jwk()});
  EXPECT_TRUE(both.KeepsKeysOf(JwkSet()));
  EXPECT_TRUE(both.KeepsKeysOf(one));
  EXPECT_TRUE(both.KeepsKeysOf(set({EdKey().Jwk(), EcKey().Jwk()})));
  EXPECT_FALSE(one.KeepsKeysOf(both));
  EXPECT_FALSE(JwkSet().KeepsKeysOf(one));
  EXPECT_FALSE(set({tests::TokenMaker("EdDSA", "ed").Jwk()}).KeepsKeysOf(one));
  EXPECT_FALSE(set({tests::TokenMaker("ES256", "ed").Jwk()}).KeepsKeysOf(one));
  const JwkSet nameless = SetWith(EdKey(), "kid", nullptr);
  EXPECT_TRUE(nameless.KeepsKeysOf(SetWith(EdKey(), "kid", nullptr)));
  EXPECT_FALSE(nameless.KeepsKeysOf(one));
  EXPECT_FALSE(one.KeepsKeysOf(nameless));
}

}  // namespace
}  // namespace perigee::adapters
