#include "server/domain/insider/canary.h"

#include <array>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>

#include <gtest/gtest.h>
#include <utf8proc.h>

#include "server/core/error.h"
#include "server/core/unicode.h"
#include "tests/domain/insider/canary_texts.h"

namespace perigee::domain {
namespace {

using tests::kEnglish;
using tests::kFrench;
using tests::Replaced;
using tests::Stripped;
using tests::TextOf;

std::string Marked(const std::string& text, const std::string& viewer = "m-1") {
  return MarkedCopy("key", {"item", 1, viewer}, text).value();
}

std::size_t MarksIn(const std::string& text) { return (text.size() - Stripped(text).size()) / 3; }

std::string Normalised(const std::string& text, int options) {
  utf8proc_uint8_t* out = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &out,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(out, &std::free);
  return {reinterpret_cast<const char*>(out), static_cast<std::size_t>(size)};
}

TEST(CanaryTest, ACopyIsTheSameEachTimeAndOtherForEverybodyElse) {
  const std::string text = TextOf(kEnglish, 60, 1);

  const std::string copy = Marked(text);
  EXPECT_EQ(copy, Marked(text));
  EXPECT_NE(copy, Marked(text, "m-2"));
  EXPECT_NE(copy, MarkedCopy("another key", {"item", 1, "m-1"}, text).value());
  EXPECT_NE(copy, MarkedCopy("key", {"another", 1, "m-1"}, text).value());
  EXPECT_NE(copy, MarkedCopy("key", {"item", 2, "m-1"}, text).value());
}

TEST(CanaryTest, MarksStandBetweenWordsAndNowhereElse) {
  const std::string text = TextOf(kEnglish, 2000, 2);

  const std::string copy = Marked(text);

  EXPECT_GT(MarksIn(copy), 1500U);
  EXPECT_EQ(Stripped(copy), text);
  for (const char* mark : {"\u200B", "\u200C", "\u2060"}) {
    EXPECT_EQ(MarksIn(Replaced(copy, std::string(mark) + " ", " ")),
              MarksIn(Replaced(copy, mark, "")));
    EXPECT_GT(MarksIn(copy) - MarksIn(Replaced(copy, mark, "")), 400U);
  }
}

TEST(CanaryTest, ACopyIsLongerByAtMostHalf) {
  for (const std::string& text :
       {std::string("a b"), Replaced(std::string(40'000, 'x'), "xx", "a "),
        Replaced(std::string(30'000, 'x'), "xxx", "й "), TextOf(kEnglish, 8000, 3),
        TextOf(kFrench, 8000, 3)}) {
    EXPECT_LE(2 * Marked(text).size(), 3 * text.size());
  }
  const std::string text = TextOf(kEnglish, 8000, 3);
  RecordProperty("growth_percent", static_cast<int>(100 * Marked(text).size() / text.size()) - 100);
}

TEST(CanaryTest, WithoutMarksAllCopiesAreTheText) {
  for (const std::string& text :
       {TextOf(kEnglish, 300, 4), TextOf(kFrench, 300, 4),
        std::string("its own\u200B marks \u200Cstay, and me\u0301lange of e\u0301 too"),
        std::string("می‌خواهم این را می‌ببینم"), std::string()}) {
    const std::string copy = Marked(text);
    EXPECT_EQ(WithoutMarks(copy), WithoutMarks(text));
  }
  EXPECT_EQ(WithoutMarks("می‌خواهم"),
            "می‌خواهم");  // A joiner inside of a word is spelling.
  EXPECT_EQ(WithoutMarks("a\u200B"), "a\u200B");
}

TEST(CanaryTest, AccentedLettersAreWrittenInTwoWays) {
  const std::string text = TextOf(kFrench, 400, 5);

  const std::string copy = Stripped(Marked(text));

  EXPECT_NE(copy, text);
  EXPECT_EQ(Composed(copy), text);
  EXPECT_NE(copy.find("\u00E9"), std::string::npos);
  EXPECT_NE(copy.find("e\u0301"), std::string::npos);
}

// So NFC and NFKC leave the marks between words and remove the other channel; the fold that
// searches use removes both.
TEST(CanaryTest, NormalFormsKeepTheMarksBetweenWords) {
  const std::string text = TextOf(kFrench, 400, 6);
  const std::string copy = Marked(text);

  for (const int options : {0, static_cast<int>(UTF8PROC_COMPAT)}) {
    const std::string normalised = Normalised(copy, options);
    EXPECT_EQ(MarksIn(normalised), MarksIn(copy));
    EXPECT_EQ(Stripped(normalised), text);
  }
  EXPECT_EQ(SearchKey(copy), SearchKey(text));
}

TEST(CanaryTest, TextsWithoutSpacedWordsStayAsTheyAre) {
  for (const char* text : {"", " ", "\n\n", "word", "...", "これは新しい自転車です。",
                           "🚲 🚵 🛴", "1) — 2) — 3)", "\u200B\u200C \u2060"}) {
    EXPECT_EQ(Marked(text), text);
  }
}

TEST(CanaryTest, EmojiSequencesAndTheirNeighboursStayWhole) {
  const std::string family = "👩\u200D👩\u200D👧";
  const std::string text = "look at this " + family + " and 1\uFE0F\u20E3 or ❤\uFE0F with " +
                           family + family + " here and now";

  const std::string copy = Marked(text);

  EXPECT_GT(MarksIn(copy), 3U);
  for (const std::string& whole : {" " + family + " ", std::string(" 1\uFE0F\u20E3 "),
                                   std::string(" ❤\uFE0F "), " " + family + family + " "}) {
    EXPECT_NE(copy.find(whole), std::string::npos) << whole;
  }
}

TEST(CanaryTest, WordsFromRightToLeftKeepTheirLetters) {
  const std::string text = "الدراجة الجديدة تصل في الخريف قبل الجميع وهذا سر بيننا";

  const std::string copy = Marked(text);

  EXPECT_GE(MarksIn(copy), 8U);
  EXPECT_EQ(Stripped(copy), text);
  for (const char* mark : {"\u200B", "\u200C", "\u2060"}) {
    utf8proc_int32_t code_point = 0;
    utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(mark), 3, &code_point);
    EXPECT_EQ(utf8proc_get_property(code_point)->bidi_class, UTF8PROC_BIDI_CLASS_BN);
    EXPECT_EQ(utf8proc_charwidth(code_point), 0);
  }
}

TEST(CanaryTest, SyntaxAndWhatItHoldsStayByteForByte) {
  const std::string lead = "some words of running text that come first so that marks may be there ";
  for (const std::string& construct : {
           std::string("`code with spaces in it`"),
           std::string("\n\n```\ncode with spaces in it\n```\n\n"),
           std::string("\n\n    code with spaces in it\n\n"),
           std::string("[a link with words](https://perigee.example/a-b 'and a title of words')"),
           std::string("\n\n[a name of words]: /there \"and a title of words\"\n\n"),
           std::string("![a picture of words](a.png)"),
           std::string("\n\n<p class=\"one two\">words in between tags</p>\n\n"),
           std::string("\n\n# A heading with words\n\n"),
           std::string("\n\nA heading with words\n====\n\n"),
           std::string("\n\n| one two | three four |\n| --- | --- |\n| five six | seven |\n\n"),
           std::string("https://perigee.example/a www.perigee.example/b ada@perigee.example @ada "),
           std::string("C:\\new folder\\"),
           std::string("**bold** *slanted* __bold__ ~~gone~~ "),
       }) {
    const std::string copy = Marked(lead + construct);
    EXPECT_GT(MarksIn(copy), 8U);
    EXPECT_NE(copy.find(construct), std::string::npos) << construct << "\n" << copy;
  }
}

// Any mixture of syntax is taken, and loses nothing.
TEST(CanaryTest, AnyTextKeepsItsCharacters) {
  constexpr std::array kPieces = {"`",
                                  "``",
                                  "```\n",
                                  "[",
                                  "](",
                                  ")",
                                  "]:",
                                  "<",
                                  "<b>",
                                  ">",
                                  "|",
                                  "# ",
                                  "- ",
                                  "1. ",
                                  "> ",
                                  "\\",
                                  "\n",
                                  "\n\n",
                                  "    ",
                                  "\t",
                                  "~~~",
                                  "---\n",
                                  "one two three four ",
                                  "caf\u00E9 ",
                                  "\u200C",
                                  "\U0001F6B2"};
  std::mt19937 random(1);
  for (int i = 0; i < 3000; ++i) {
    std::string text(40, 'x');
    for (int piece = 0; piece < 30; ++piece) {
      text += kPieces[random() % kPieces.size()];
    }
    const std::string copy = Marked(text);
    EXPECT_EQ(WithoutMarks(copy), WithoutMarks(text));
    EXPECT_EQ(Composed(Stripped(copy)), Stripped(text));
  }
}

TEST(CanaryTest, TextsThatAreNoneAreRefused) {
  const auto refused = [](const std::string& text) {
    return FieldOf(MarkedCopy("key", {"item", 1, "m-1"}, text).status());
  };
  EXPECT_EQ(refused("\xFF"), "text");
  EXPECT_EQ(refused(std::string(kCanaryTextBytesMax + 1, 'a')), "text");
  EXPECT_EQ(refused(std::string(kCanaryTextBytesMax, 'a')), "");
}

}  // namespace
}  // namespace perigee::domain
