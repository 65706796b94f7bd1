#include "server/adapters/access/claims.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/adapters/access/issuer_under_test.h"

namespace perigee::tests {
namespace {

using adapters::Claims;
using adapters::ReadClaims;
using nlohmann::json;
using testing::ElementsAre;

// Reads good claims after a change of one of them. `text` is JSON; an empty one takes it away.
std::optional<Claims> With(const char* claim, const std::string& text) {
  json claims = GoodClaims();
  claims.erase(claim);
  std::string all = claims.dump();
  if (!text.empty()) {
    all.back() = ',';
    all += "\"" + std::string(claim) + "\":" + text + "}";
  }
  return ReadClaims(all);
}

TEST(ClaimsTest, GoodClaimsAreRead) {
  const auto claims = ReadClaims(GoodClaims().dump());
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->issuer, kIssuer);
  EXPECT_EQ(claims->subject, "ada");
  EXPECT_THAT(claims->audiences, ElementsAre(kAudience));
  EXPECT_EQ(claims->expire_time, kNow + std::chrono::seconds(300));
  EXPECT_EQ(claims->issue_time, kNow);
  EXPECT_EQ(claims->not_before, std::nullopt);
}

TEST(ClaimsTest, SomeClaimsAreRequired) {
  for (const char* const claim : {"iss", "aud", "sub", "exp"}) {
    EXPECT_FALSE(With(claim, "")) << claim;
    EXPECT_FALSE(With(claim, "null")) << claim;
    EXPECT_FALSE(With(claim, "{}")) << claim;
    EXPECT_FALSE(With(claim, "true")) << claim;
  }
  EXPECT_TRUE(With("iat", ""));
  EXPECT_TRUE(With("nbf", ""));
  EXPECT_TRUE(With("anything", R"({"else":[1,2,null]})"));
}

TEST(ClaimsTest, AnAudienceIsATextOrAListOfTexts) {
  EXPECT_THAT(With("aud", R"(["a","b"])")->audiences, ElementsAre("a", "b"));
  EXPECT_THAT(With("aud", "[]")->audiences, ElementsAre());
  EXPECT_FALSE(With("aud", R"(["a",1])"));
  EXPECT_FALSE(With("aud", R"(["a",["b"]])"));
  EXPECT_FALSE(With("aud", "7"));
}

TEST(ClaimsTest, TimesAreWholeOrFractionalSeconds) {
  for (const char* const claim : {"exp", "nbf", "iat"}) {
    for (const char* const good :
         {"0", "1", "1.5", "1800000000", "1800000000.25", "1.8e9", "253402300799", "0.0", "1e-9"}) {
      EXPECT_TRUE(With(claim, good)) << claim << good;
    }
    for (const char* const bad :
         {"-1", "-0.5", "253402300800", "253402300799.5", "1e12", "1e300", "18446744073709551615",
          "18446744073709551616", "9223372036854775807", "-9223372036854775808", "1800000000000000",
          "\"1800000000\"", "[1800000000]", "null", "true", "{}"}) {
      EXPECT_FALSE(With(claim, bad)) << claim << bad;
    }
  }
  EXPECT_EQ(With("exp", "1800000000.25")->expire_time, kNow + std::chrono::milliseconds(250));
  EXPECT_EQ(With("exp", "1.8e9")->expire_time, kNow);
}

TEST(ClaimsTest, DoubledClaimsAreRefused) {
  std::string claims = GoodClaims().dump();
  claims.pop_back();
  for (const char* const more : {R"("sub":"eve")", R"("sub":"ada")", R"("s\u0075b":"eve")",
                                 R"("exp":1)", R"("x":{"a":1,"a":1})"}) {
    EXPECT_FALSE(ReadClaims(claims + "," + more + "}")) << more;
  }
  EXPECT_TRUE(ReadClaims(claims + R"(,"x":{"sub":"eve"}})"));
}

}  // namespace
}  // namespace perigee::tests
