#include "server/core/json.h"

#include <bit>
#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace perigee {
namespace {

std::string Canonical(std::string_view text) {
  const std::optional<Json> json = ParseJson(text);
  return json.has_value() ? CanonicalJson(*json).value_or("no canonical form") : "no JSON";
}

TEST(JsonTest, TheExampleOfRfc8785HasItsForm) {
  EXPECT_EQ(Canonical(R"({
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  })"),
            "{\"literals\":[null,true,false],"
            "\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
            "\"string\":\"\xE2\x82\xAC$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
}

// RFC 8785, appendix B.
TEST(JsonTest, NumbersAreSpelledAsEcmaScriptDoes) {
  const struct {
    std::uint64_t bits;
    const char* spelled;
  } kNumbers[] = {{0x0000000000000000, "0"},
                  {0x8000000000000000, "0"},
                  {0x0000000000000001, "5e-324"},
                  {0x8000000000000001, "-5e-324"},
                  {0x7fefffffffffffff, "1.7976931348623157e+308"},
                  {0xffefffffffffffff, "-1.7976931348623157e+308"},
                  {0x4340000000000000, "9007199254740992"},
                  {0xc340000000000000, "-9007199254740992"},
                  {0x4430000000000000, "295147905179352830000"},
                  {0x44b52d02c7e14af5, "9.999999999999997e+22"},
                  {0x44b52d02c7e14af6, "1e+23"},
                  {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
                  {0x444b1ae4d6e2ef4e, "999999999999999700000"},
                  {0x444b1ae4d6e2ef4f, "999999999999999900000"},
                  {0x444b1ae4d6e2ef50, "1e+21"},
                  {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
                  {0x3eb0c6f7a0b5ed8d, "0.000001"},
                  {0x41b3de4355555553, "333333333.3333332"},
                  {0x41b3de4355555554, "333333333.33333325"},
                  {0x41b3de4355555555, "333333333.3333333"},
                  {0x41b3de4355555556, "333333333.3333334"},
                  {0x41b3de4355555557, "333333333.33333343"},
                  {0xbecbf647612f3696, "-0.0000033333333333333333"},
                  {0x43143ff3c1cb0959, "1424953923781206.2"}};
  for (const auto& number : kNumbers) {
    EXPECT_EQ(CanonicalJson(Json(std::bit_cast<double>(number.bits))), number.spelled);
  }
  EXPECT_EQ(CanonicalJson(Json(std::numeric_limits<double>::infinity())), std::nullopt);
  EXPECT_EQ(CanonicalJson(Json(std::numeric_limits<double>::quiet_NaN())), std::nullopt);
  EXPECT_EQ(Canonical("[-0, 10, 120e-1, 18446744073709551615]"), "[0,10,12,18446744073709552000]");
  EXPECT_EQ(Canonical("1e400"), "no JSON");
}

// RFC 8785, section 3.2.3: the emoji's units come before those of U+FB33.
TEST(JsonTest, KeysAreSortedByUtf16) {
  EXPECT_EQ(
      Canonical(R"({"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7})"),
      "{\"\\r\":2,\"1\":4,\"\xC2\x80\":6,\"\xC3\xB6\":7,\"\xE2\x82\xAC\":1,"
      "\"\xF0\x9F\x98\x80\":5,\"\xEF\xAC\xB3\":3}");
  EXPECT_EQ(Canonical(R"({"b":1,"a":2,"ab":3,"":4,"B":5})"), R"({"":4,"B":5,"a":2,"ab":3,"b":1})");
}

TEST(JsonTest, EmptyValuesAndControlCharactersAreSpelled) {
  EXPECT_EQ(Canonical(R"([{}, [], "", "\u0000\u0001\b\t\n\f\r\u001f\u007f"])"),
            "[{},[],\"\",\"\\u0000\\u0001\\b\\t\\n\\f\\r\\u001f\x7F\"]");
}

TEST(JsonTest, WhatHasNoSingleMeaningIsRefused) {
  for (const std::string& text :
       {std::string(R"({"a":1,"a":1})"), std::string(R"({"a":1,"\u0061":2})"),
        std::string(R"(["\ud800"])"), std::string(R"(["\udc00"])"), std::string(R"({"\ud800":1})"),
        std::string("[\"\xED\xA0\x80\"]"), std::string("[\"\xFF\"]"), std::string("[NaN]"),
        std::string("[1,]"), std::string("{} {}"), std::string("{}\0", 3), std::string(),
        std::string(100, '['), std::string("\"\x01\""), std::string("[01]"), std::string("{'a':1}"),
        std::string("// no\n{}")}) {
    EXPECT_EQ(ParseJson(text), std::nullopt) << text;
  }
  EXPECT_EQ(Canonical(R"({"a":{"a":1},"b":{"a":1}})"), R"({"a":{"a":1},"b":{"a":1}})");
  EXPECT_TRUE(ParseJson(std::string(32, '[') + std::string(32, ']')).has_value());
  EXPECT_FALSE(ParseJson(std::string(33, '[') + std::string(33, ']')).has_value());
  EXPECT_EQ(CanonicalJson(Json("\xFF")), std::nullopt);
  EXPECT_EQ(CanonicalJson(Json::Object{{"\xFF", true}}), std::nullopt);
}

TEST(JsonTest, ValuesAreFoundByTheirKeys) {
  const Json json = Json::Object{{"text", "a"}, {"flag", true}};
  ASSERT_NE(json.TextAt("text"), nullptr);
  EXPECT_EQ(*json.TextAt("text"), "a");
  EXPECT_EQ(json.TextAt("flag"), nullptr);
  EXPECT_NE(json.Find("flag"), nullptr);
  EXPECT_EQ(json.Find("none"), nullptr);
  EXPECT_EQ(Json("a").Find("a"), nullptr);
}

}  // namespace
}  // namespace perigee
