#include "server/adapters/access/issuer_tokens.h"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/adapters/access/issuer_under_test.h"

namespace perigee::tests {
namespace {

using adapters::Algorithm;
using adapters::IssuerTokens;
using nlohmann::json;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

// A token whose claims are good but for one.
std::string TokenWith(const char* claim, const json& value) {
  json claims = GoodClaims();
  claims[claim] = value;
  return EdKey().Sign(claims.dump());
}

std::int64_t SecondsOf(Time t) { return ToMicros(t) / 1'000'000; }

TEST(IssuerTokensTest, AGoodTokenSaysWhoCalls) {
  IssuerUnderTest issuer;
  for (const TokenMaker* const maker : {&RsaKey(), &EcKey(), &EdKey()}) {
    const auto verified = issuer.Verify(GoodToken(*maker));
    ASSERT_THAT(verified, IsOk());
    EXPECT_EQ(verified->issuer, kIssuer);
    EXPECT_EQ(verified->subject, "ada");
    EXPECT_EQ(verified->expire_time, kNow + minutes(5) + seconds(30));
  }
}

TEST(IssuerTokensTest, ATokenIsGoodUntilItsEndAndTheSkew) {
  IssuerUnderTest issuer;
  const std::string token = TokenWith("exp", SecondsOf(kNow));
  EXPECT_THAT(issuer.Verify(token, kNow), IsOk());
  EXPECT_THAT(issuer.Verify(token, kNow + seconds(30) - microseconds(1)), IsOk());
  EXPECT_THAT(issuer.Verify(token, kNow + seconds(30)), IsRefused());
  EXPECT_THAT(issuer.Verify(token, kNow + minutes(60)), IsRefused());
}

TEST(IssuerTokensTest, WithoutSkewATokenEndsAtItsEnd) {
  IssuerUnderTest issuer;
  issuer.options.clock_skew = Duration::zero();
  const std::string token = GoodToken(EdKey());
  const Time end = kNow + minutes(5);
  EXPECT_THAT(issuer.Verify(token, end - microseconds(1)), IsOk());
  EXPECT_EQ(issuer.Verify(token)->expire_time, end);
  EXPECT_THAT(issuer.Verify(token, end), IsRefused());
  const std::string fractional = TokenWith("exp", static_cast<double>(SecondsOf(kNow)) + 0.5);
  EXPECT_THAT(issuer.Verify(fractional, kNow + std::chrono::milliseconds(499)), IsOk());
  EXPECT_THAT(issuer.Verify(fractional, kNow + std::chrono::milliseconds(500)), IsRefused());
}

TEST(IssuerTokensTest, ATokenIsNotGoodBeforeItsTime) {
  IssuerUnderTest issuer;
  for (const char* const claim : {"nbf", "iat"}) {
    const std::string token = TokenWith(claim, SecondsOf(kNow) + 100);
    EXPECT_THAT(issuer.Verify(token, kNow), IsRefused());
    EXPECT_THAT(issuer.Verify(token, kNow + seconds(70) - microseconds(1)), IsRefused());
    EXPECT_THAT(issuer.Verify(token, kNow + seconds(70)), IsOk());
    EXPECT_THAT(issuer.Verify(token, kNow + seconds(100)), IsOk());
  }
}

TEST(IssuerTokensTest, ATokenMustBeMeantForUs) {
  IssuerUnderTest issuer;
  issuer.options.issuers[0].audiences = {"perigee", "other"};
  for (const json& audience :
       {json("perigee"), json("other"), json::array({"perigee"}), json::array({"x", "other"})}) {
    EXPECT_THAT(issuer.Verify(TokenWith("aud", audience)), IsOk()) << audience;
  }
  for (const json& audience : {json(""), json("perigee "), json("Perigee"), json("perigee other"),
                               json::array(), json::array({"x"}), json::array({"perigee", 1})}) {
    EXPECT_THAT(issuer.Verify(TokenWith("aud", audience)), IsRefused()) << audience;
  }
}

TEST(IssuerTokensTest, TheIssuerMustBeKnownToTheLetter) {
  IssuerUnderTest issuer;
  for (const char* const other : {"", "https://id.example/", "https://ID.example",
                                  "http://id.example", "https://id.example.thief.example"}) {
    EXPECT_THAT(issuer.Verify(TokenWith("iss", other)), IsRefused()) << other;
  }
}

TEST(IssuerTokensTest, AnIssuersKeysProveItsOwnTokensOnly) {
  IssuerUnderTest issuer(EdKey().Jwks());
  const IssuerUnderTest second(EcKey().Jwks());
  issuer.options.issuers.push_back(issuer.options.issuers[0]);
  issuer.options.issuers[1].issuer = "https://second.example";
  issuer.options.issuers[1].audiences = {"second"};
  issuer.options.issuers[1].keys = second.path();
  const auto verify = [&](const TokenMaker& maker, const char* name, const char* audience) {
    return issuer.Verify(maker.Token(name, audience, "ada", kNow));
  };
  EXPECT_THAT(verify(EdKey(), kIssuer.c_str(), "perigee"), IsOk());
  EXPECT_EQ(verify(EcKey(), "https://second.example", "second")->issuer, "https://second.example");
  EXPECT_THAT(verify(EcKey(), kIssuer.c_str(), "perigee"), IsRefused());
  EXPECT_THAT(verify(EdKey(), "https://second.example", "second"), IsRefused());
  EXPECT_THAT(verify(EcKey(), "https://second.example", "perigee"), IsRefused());
}

TEST(IssuerTokensTest, RefusalsAreCountedByTheirCause) {
  IssuerUnderTest issuer(JwksOf({EdKey().Jwk(), EcKey().Jwk()}));
  issuer.options.issuers[0].algorithms = {Algorithm::kEdDsa};
  ASSERT_THAT(issuer.Start(), IsOk());
  const auto counted = [&] {
    std::map<std::string_view, std::uint64_t> counts;
    const auto refused = issuer.tokens->refused();
    for (std::size_t i = 0; i < refused.size(); ++i) {
      counts[adapters::NameOf(static_cast<adapters::TokenFault>(i))] = refused[i];
    }
    return counts;
  };
  std::map<std::string_view, std::uint64_t> expected = counted();
  const std::string good = GoodToken(EdKey());
  const TokenMaker stranger("EdDSA", "ed");
  const TokenMaker unknown("EdDSA", "other");
  const std::pair<const char*, std::string> tokens[] = {
      {"malformed", "x.y.z"},
      {"malformed", good.substr(0, good.find('.'))},
      {"issuer", TokenWith("iss", "https://other.example")},
      {"algorithm", GoodToken(EcKey())},
      {"audience", TokenWith("aud", "others")},
      {"time", TokenWith("exp", SecondsOf(kNow) - 60)},
      {"key", GoodToken(unknown)},
      {"signature", GoodToken(stranger)}};
  for (const auto& [cause, token] : tokens) {
    EXPECT_THAT(issuer.Verify(token), IsRefused());
    ++expected[cause];
    EXPECT_EQ(counted(), expected) << cause;
  }
  EXPECT_THAT(issuer.Verify(good), IsOk());
  EXPECT_EQ(counted(), expected);
  ASSERT_TRUE(issuer.tokens->health()[0].age.has_value());
  EXPECT_EQ(*issuer.tokens->health()[0].age, std::chrono::nanoseconds(0));
}

TEST(IssuerTokensTest, AnIssuersAlgorithmsCanBeFewer) {
  IssuerUnderTest issuer;
  issuer.options.issuers[0].algorithms = {Algorithm::kEs256};
  EXPECT_THAT(issuer.Verify(GoodToken(EcKey())), IsOk());
  EXPECT_THAT(issuer.Verify(GoodToken(EdKey())), IsRefused());
  EXPECT_THAT(issuer.Verify(GoodToken(RsaKey())), IsRefused());
}

TEST(IssuerTokensTest, ALifeCanBeTooLong) {
  IssuerUnderTest issuer;
  issuer.options.lifetime_max = minutes(5);
  EXPECT_THAT(issuer.Verify(GoodToken(EdKey())), IsOk());
  EXPECT_THAT(issuer.Verify(TokenWith("exp", SecondsOf(kNow) + 301)), IsRefused());
  json claims = GoodClaims();
  claims.erase("iat");
  EXPECT_THAT(issuer.Verify(EdKey().Sign(claims.dump())), IsRefused());
  IssuerUnderTest unlimited;
  EXPECT_THAT(unlimited.Verify(TokenWith("exp", SecondsOf(kNow) * 2)), IsOk());
  EXPECT_THAT(unlimited.Verify(EdKey().Sign(claims.dump())), IsOk());
}

TEST(IssuerTokensTest, ATokenWithoutKeyIdFitsTheOneKey) {
  IssuerUnderTest issuer(JwksOf({EcKey().Jwk(), EdKey().Jwk(), TokenMaker("ES256", "b").Jwk()}));
  const std::string claims = GoodClaims().dump();
  EXPECT_THAT(issuer.Verify(EdKey().Sign(R"({"alg":"EdDSA"})", claims)), IsOk());
  EXPECT_THAT(issuer.Verify(EcKey().Sign(R"({"alg":"ES256"})", claims)), IsRefused());
  EXPECT_THAT(issuer.Verify(EcKey().Sign(R"({"alg":"ES256","kid":"ec"})", claims)), IsOk());
  EXPECT_THAT(issuer.Verify(RsaKey().Sign(R"({"alg":"RS256"})", claims)), IsRefused());
}

TEST(IssuerTokensTest, WrongOptionsAreRefused) {
  const auto refusal = [](const std::function<void(adapters::TokenOptions&)>& change) {
    IssuerUnderTest issuer(EdKey().Jwks());
    change(issuer.options);
    return issuer.Start();
  };
  const std::string named = "issuers[" + kIssuer + "]";
  EXPECT_THAT(refusal([](auto& o) { o.clock_skew = seconds(-1); }), IsInvalidField("clock_skew"));
  EXPECT_THAT(refusal([](auto& o) { o.clock_skew = minutes(11); }), IsInvalidField("clock_skew"));
  EXPECT_THAT(refusal([](auto& o) { o.lifetime_max = seconds(0); }),
              IsInvalidField("lifetime_max"));
  EXPECT_THAT(refusal([](auto& o) { o.refresh_pause = seconds(0); }),
              IsInvalidField("refresh_pause"));
  EXPECT_THAT(refusal([](auto& o) { o.issuers[0].issuer = ""; }), IsInvalidField("issuers[]"));
  EXPECT_THAT(refusal([](auto& o) { o.issuers.push_back(o.issuers[0]); }), IsInvalidField(named));
  EXPECT_THAT(refusal([](auto& o) { o.issuers[0].audiences.clear(); }), IsInvalidField(named));
  EXPECT_THAT(refusal([](auto& o) { o.issuers[0].audiences = {"a", ""}; }), IsInvalidField(named));
  EXPECT_THAT(refusal([](auto& o) { o.issuers[0].algorithms.clear(); }), IsInvalidField(named));
  for (const char* const keys :
       {"", "/nowhere/keys.json", "/", "http://id.example/keys", "ftp://id.example/keys",
        "https://", "https:///keys", "https://ada@id.example/keys", "https://id.example/#keys",
        "https://id.example:0/", "https://id.example:99999/", "https://id.example/a b",
        "http://127.0.0.1.thief.example/", "http://localhost.thief.example/", "https://[::1/",
        "https://[x]/", "https://id.example:443x/"}) {
    const absl::Status status = refusal([keys](auto& o) { o.issuers[0].keys = keys; });
    EXPECT_THAT(status, IsInvalidField(named)) << keys;
    EXPECT_THAT(std::string(status.message()), HasSubstr(keys));
  }
  EXPECT_THAT(refusal([](auto& o) {
                o.issuers[0].keys = "https://127.0.0.1/";
                o.issuers[0].ca_file = "/nowhere.pem";
              }),
              IsInvalidField(named));
}

TEST(IssuerTokensTest, AFileWithoutGoodKeysIsRefusedAtStart) {
  const std::string secret = R"("d":"AAAA")";
  const std::string ed = EdKey().Jwk();
  for (const std::string& jwks :
       {std::string(), std::string("{}"), std::string(R"({"keys":[]})"), JwksOf({"{}"}),
        JwksOf({ed, ed}), JwksOf({"{" + secret + "," + ed.substr(1)}),
        JwksOf({ed}) + std::string(2'000'000, ' ')}) {
    IssuerUnderTest issuer(jwks);
    const absl::Status status = issuer.Start();
    EXPECT_THAT(status, IsInvalidField("issuers[" + kIssuer + "]"));
    EXPECT_THAT(std::string(status.message()), HasSubstr(issuer.path()));
    EXPECT_THAT(std::string(status.message()), testing::Not(HasSubstr("AAAA")));
  }
}

}  // namespace
}  // namespace perigee::tests
