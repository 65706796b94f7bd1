#include "server/core/text.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

TEST(Utf8Test, WellFormedTextOfEveryLengthIsValid) {
  for (const std::string text :
       {"", "abc", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "Zoë 🚲"}) {
    EXPECT_TRUE(IsValidUtf8(text)) << text;
  }
}

TEST(Utf8Test, EveryKindOfMalformedTextIsInvalid) {
  for (const std::string text :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\x41", "\xE0\x9F\xBF", "\xE2\x82",
        "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF0\x90\x80", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xFF", "a\xFE"}) {
    EXPECT_FALSE(IsValidUtf8(text));
  }
}

TEST(CheckTextTest, LimitsAreBytes) {
  EXPECT_THAT(CheckText("name", "ab", 2, 3), IsOk());
  EXPECT_THAT(CheckText("name", "é", 2, 3), IsOk());
  EXPECT_THAT(CheckText("name", "abc", 2, 3), IsOk());
  EXPECT_THAT(CheckText("name", "a", 2, 3), IsInvalidField("name"));
  EXPECT_THAT(CheckText("name", "éé", 2, 3), IsInvalidField("name"));
  EXPECT_THAT(CheckText("name", "", 1, 3), IsInvalidField("name"));
  EXPECT_THAT(CheckText("name", "", 0, 3), IsOk());
}

TEST(CheckTextTest, ControlCharactersAndBrokenTextAreRefused) {
  using std::string_literals::operator""s;
  for (const std::string& text :
       {"a\0b"s, "a\x1F"s, "\x7F"s, "\xC2\x80"s, "\xC2\x9F"s, "a\n"s, "\xC3"s}) {
    EXPECT_THAT(CheckText("name", text, 0, 10), IsInvalidField("name"));
  }
  EXPECT_THAT(CheckText("name", "\xC2\xA0 ~", 0, 10), IsOk());
}

TEST(CheckLinesTest, LineFeedsAndTabsAreTakenAndNoOtherControls) {
  using std::string_literals::operator""s;
  EXPECT_THAT(CheckLines("body", "# A\n\n\tb\n", 1, 10), IsOk());
  for (const std::string& text : {""s, "a\r\n"s, "a\0b"s, "\x7F"s, "\n\xC3"s, "12345678901"s}) {
    EXPECT_THAT(CheckLines("body", text, 1, 10), IsInvalidField("body")) << text;
  }
}

}  // namespace
}  // namespace perigee::tests
