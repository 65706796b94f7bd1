#include "server/adapters/access/jws.h"

#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/adapters/access/jwk_set.h"
#include "server/adapters/access/strict_json.h"
#include "tests/support/token_maker.h"

namespace perigee::adapters {
namespace {

using tests::EncodeBase64Url;

// A token with this header. Its signature is never looked at here.
std::string WithHeader(std::string_view header) { return EncodeBase64Url(header) + ".e30.AAAA"; }

TEST(StrictJsonTest, OnlyOneObjectWithoutDoubledKeysIsTaken) {
  for (const std::string_view text :
       {"{}", R"({"a":1,"b":{"a":1}})", R"([{"a":1}])", R"({"a":[{"b":1},{"b":2}],"b":3})"}) {
    EXPECT_EQ(ParseJsonObject(text).has_value(), text.front() == '{') << text;
  }
  for (const std::string_view text : {"",
                                      " ",
                                      "{",
                                      "{}{}",
                                      "{} x",
                                      "null",
                                      "1",
                                      "\"a\"",
                                      "{'a':1}",
                                      R"({"a":1,})",
                                      R"({"a":1,"a":1})",
                                      R"({"a":1,"\u0061":2})",
                                      R"({"x":{"a":1,"b":2,"a":3}})",
                                      R"({"x":[1,{"a":1,"a":2}]})",
                                      R"({"a":1e999})",
                                      R"({"a":"\ud800"})",
                                      "{\"a\":\"\xFF\"}",
                                      "{\"a\":\"\n\"}",
                                      R"({"a":NaN})",
                                      "// c\n{}"}) {
    EXPECT_FALSE(ParseJsonObject(text)) << text;
  }
  EXPECT_FALSE(ParseJsonObject(std::string_view("{}\0", 3)));
  EXPECT_FALSE(ParseJsonObject(std::string_view("{}\0{}", 5)));
}

TEST(StrictJsonTest, DepthIsBounded) {
  const auto nested = [](int levels) {
    const auto inner = static_cast<std::size_t>(levels - 1);
    return "{\"a\":" + std::string(inner, '[') + std::string(inner, ']') + "}";
  };
  EXPECT_TRUE(ParseJsonObject(nested(32)));
  EXPECT_FALSE(ParseJsonObject(nested(33)));
  EXPECT_FALSE(ParseJsonObject(nested(100'000)));
  std::string objects;
  for (int i = 0; i < 10'000; ++i) {
    objects += R"({"a":1,"b":)";
  }
  EXPECT_FALSE(ParseJsonObject(objects + "1" + std::string(10'000, '}')));
}

TEST(JwsTest, AHeaderNeedsAnAlgorithmOfOurs) {
  EXPECT_TRUE(ReadJws(WithHeader(R"({"alg":"RS256"})")));
  EXPECT_TRUE(ReadJws(WithHeader(R"({"alg":"ES256"})")));
  EXPECT_TRUE(ReadJws(WithHeader(R"({"alg":"EdDSA"})")));
  for (const std::string_view header :
       {R"({})", R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":""})", R"({"alg":null})",
        R"({"alg":["RS256"]})", R"({"alg":256})", R"({"alg":"HS256"})", R"({"alg":"RS384"})",
        R"({"alg":"RS512"})", R"({"alg":"PS256"})", R"({"alg":"ES384"})", R"({"alg":"ES256K"})",
        R"({"alg":"rs256"})", R"({"alg":"RS256 "})", R"({"alg":"Ed448"})", R"(["RS256"])",
        R"({"alg":"RS256","alg":"RS256"})", R"({"alg":"RS256","\u0061lg":"none"})"}) {
    EXPECT_FALSE(ReadJws(WithHeader(header))) << header;
  }
}

TEST(JwsTest, ExtensionsAreRefused) {
  for (const std::string_view header :
       {R"({"alg":"RS256","crit":["exp"]})", R"({"alg":"RS256","crit":[]})",
        R"({"alg":"RS256","crit":null})", R"({"alg":"RS256","b64":false})",
        R"({"alg":"RS256","b64":true})", R"({"alg":"RS256","kid":1})",
        R"({"alg":"RS256","kid":null})"}) {
    EXPECT_FALSE(ReadJws(WithHeader(header))) << header;
  }
}

TEST(JwsTest, OnlyTokensForAccessAreTaken) {
  for (const std::string_view type :
       {"JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt", "Application/JWT"}) {
    const std::string header = R"({"alg":"RS256","typ":")" + std::string(type) + "\"}";
    EXPECT_TRUE(ReadJws(WithHeader(header))) << type;
  }
  for (const std::string_view type :
       {"\"\"", "\"JOSE\"", "\"logout+jwt\"", "\"dpop+jwt\"", "\"application/\"", "\"text/jwt\"",
        "\"JWT \"", "\"application/application/jwt\"", "null", "1", "[\"JWT\"]"}) {
    const std::string header = R"({"alg":"RS256","typ":)" + std::string(type) + "}";
    EXPECT_FALSE(ReadJws(WithHeader(header))) << type;
  }
}

TEST(JwsTest, ATokenHasThreeParts) {
  const std::string header = EncodeBase64Url(R"({"alg":"RS256"})");
  EXPECT_TRUE(ReadJws(header + ".."));
  for (const std::string& text :
       {std::string(), std::string("."), std::string(".."), std::string("..."), header,
        header + ".", header + ".e30", header + "...", header + ".e30.AAAA.", "." + header + ".",
        header + ".e30.AAAA.e30.AAAA", header + ".e30=.AAAA",
        header + ".e30.AAAA=", header + ".e30.AAA A", header + ".e30.AAAB\n",
        " " + header + ".e30.AAAA", header + "..AAB", header + ".e31.AAAA"}) {
    EXPECT_FALSE(ReadJws(text)) << text;
  }
}

TEST(JwsTest, LongTokensAreRefused) {
  const std::string start = EncodeBase64Url(R"({"alg":"RS256"})") + "..";
  const std::string longest = start + std::string(kTokenBytesMax - start.size(), 'A');
  EXPECT_TRUE(ReadJws(longest));
  EXPECT_FALSE(ReadJws(longest + "AA"));
  EXPECT_FALSE(ReadJws(std::string(1'000'000, 'A')));
  EXPECT_FALSE(ReadJws(start + std::string(1'000'000, 'A')));
}

// RFC 8037, appendix A.
TEST(JwsTest, TheExampleOfEd25519IsProven) {
  const auto keys = JwkSet::Parse(
      R"({"keys":[{"kty":"OKP","crv":"Ed25519",
                   "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})",
      "the example");
  const std::string token =
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
  const auto jws = ReadJws(token);
  ASSERT_TRUE(jws);
  EXPECT_EQ(jws->payload, "Example of Ed25519 signing");
  const PublicKey* const key = keys->Find(jws->key_id, jws->algorithm);
  ASSERT_NE(key, nullptr);
  EXPECT_TRUE(key->HasSigned(jws->signed_text, jws->signature));
  EXPECT_FALSE(key->HasSigned(jws->signed_text.substr(1), jws->signature));
}

}  // namespace
}  // namespace perigee::adapters
