#include "server/domain/insider/prose.h"

#include <string>

#include <gtest/gtest.h>

namespace perigee::domain {
namespace {

// The text with `~` for what is no prose.
std::string Shown(const std::string& text) {
  const std::vector<bool> prose = ProseBytes(text);
  std::string shown = text;
  for (std::size_t i = 0; i < text.size(); ++i) {
    shown[i] = prose[i] || text[i] == '\n' ? text[i] : '~';
  }
  return shown;
}

struct Case {
  const char* name;
  std::string text;
  std::string shown;
};

TEST(ProseTest, OnlyRunningTextIsProse) {
  for (const Case& each : {
           Case{"paragraphs", "One two.\nThree\n\nFour", "One two.\nThree\n\nFour"},
           Case{"lines of other systems", "One\r\n\r\nTwo", "One~\n~\nTwo"},
           Case{"lists and quotes", "- one two\n- three\n\n> 1. four",
                "~~one two\n~~three\n\n~~~~~four"},
           Case{"heading", "# One two\nThree", "~~~~~~~~~\nThree"},
           Case{"underlined heading", "One two\n---\n\nThree", "~~~~~~~\n~~~\n\nThree"},
           Case{"table", "a | b\n--|--\nc | d\n\ne", "~~~~~\n~~~~~\n~~~~~\n\ne"},
           Case{"code span", "One `two three` four", "One ~~~~~~~~~~~ four"},
           Case{"code span of two ticks", "a ``b ` c`` d", "a ~~~~~~~~~ d"},
           Case{"code span over lines", "a `b\nc` d\n\ne", "a ~~\n~~~~\n\ne"},
           Case{"a tick that is escaped", "a \\` b `c` d", "a \\~~~~~~~~~"},
           Case{"ticks in two items", "- a `b\n- c` d", "~~a ~~\n~~c~~~"},
           Case{"indented code", "    one two\n\nthree", "~~~~~~~~~~~\n\nthree"},
           Case{"code after a tab", "\tone two", "~~~~~~~~"},
           Case{"code in a list", "- a\n\n      b c", "~~a\n\n~~~~~~~~~"},
           Case{"fence", "a\n```cpp\nb c\n\n~~~\n```\nd", "a\n~~~~~~\n~~~\n\n~~~\n~~~\nd"},
           Case{"fence of tildes", "~~~~\na\n~~~\nb\n~~~~\nc", "~~~~\n~\n~~~\n~\n~~~~\nc"},
           Case{"fence in a list", "- ```\n  a\n  ```\n- b", "~~~~~\n~~~\n~~~~~\n~~b"},
           Case{"fence that ends with its item", "- ```\n  a\n\nb\n\n```\nc\n```",
                "~~~~~\n~~~\n\n~\n\n~~~\n~\n~~~"},
           Case{"fence that ends with its quote", "> ```\n> a\n\nb\n\n> ```\n> c",
                "~~~~~\n~~~\n\n~\n\n~~~~~\n~~~"},
           Case{"fence that is not closed", "a\n```\nb", "a\n~~~\n~"},
           Case{"three ticks in a line", "```a``` b", "~~~~~~~ b"},
           Case{"inline HTML", "One <b class=\"x y\">two</b>\n\nthree",
                "~~~~~~~~~~~~~~~~~~~~~~~~~~\n\nthree"},
           Case{"HTML until an empty line", "<div>\n- a b\n\nc", "~~~~~\n~~~~~\n\nc"},
           Case{"HTML over empty lines", "a\n\n<!-- b\n\nc -->\n\nd", "a\n\n~~~~~~\n\n~~~~~\n\n~"},
           Case{"an address in angle brackets", "at <https://a.example/b> now",
                "at <https://a.example/b> now"},
           Case{"less than", "a < b", "a < b"},
           Case{"link", "see [the docs](https://a.example/b(c)) now",
                "see ~~~~~~~~~~(https://a.example/b(c)) now"},
           Case{"link with a title", "see [a](/b \"c d\") now", "see ~~~~~~~~~~~~~~~~~"},
           Case{"link with a spaced address", "see [a](<b c>) now", "~~~~~~~~~~~~~~~~~~"},
           Case{"reference", "see [the docs][1] or [it \\] too] now",
                "see ~~~~~~~~~~~~~ or ~~~~~~~~~~~ now"},
           Case{"definition of a reference", "[1]: /a\n'b c'\n\nd", "~~~~~~~\n~~~~~\n\nd"},
           Case{"a bracket that stays open", "a [ b\nc\n\nd", "a ~~~\n~\n\nd"},
           Case{"emphasis", "**one two** *three*", "**one two** *three*"},
       }) {
    EXPECT_EQ(Shown(each.text), each.shown) << each.name;
  }
}

}  // namespace
}  // namespace perigee::domain
