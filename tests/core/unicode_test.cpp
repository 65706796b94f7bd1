#include "server/core/unicode.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/names.h"
#include "tests/support/need.h"
#include "tests/support/spellings.h"

namespace perigee::tests {
namespace {

// Two spellings, and whether they are one handle, and one name for a search.
struct Pair {
  const char* a;
  const char* b;
  bool handle;
  bool search;
};

TEST(UnicodeTest, SpellingsAreEqualByTheRulesOfUnicode) {
  for (const Pair& pair : {
           Pair{"ada", "ADA", true, true},
           Pair{"José", "JOSE\xCC\x81", true, true},      // é and e with an accent after it.
           Pair{"Straße", "STRASSE", true, true},         // Full folding makes two letters of ß.
           Pair{"ΣΊΣΥΦΟΣ", "σίσυφος", true, true},        // The final sigma.
           Pair{"\u1E9E", "ß", true, true},               // The capital ß.
           Pair{"Ά\u0345", "\u1FB4", true, true},         // A mark that folds to a letter.
           Pair{"α\u0345\u0301", "ΆΙ", true, true},       // And that is out of order.
           Pair{"각", "\u1100\u1161\u11A8", true, true},  // A syllable and its letters.
           Pair{"Ａｄａ", "Ada", false, true},            // Wide letters.
           Pair{"ﬁona", "Fiona", true, true},             // Folding splits this ligature.
           Pair{"a\u00ADda", "ada", false, true},         // A hyphen that does not show.
           Pair{"Jose", "José", false, false},            // Accents make a difference.
           Pair{"İpek", "ipek", false, false},            // No language has a say.
           Pair{"раз", "pa3", false, false},              // Nor have looks.
       }) {
    EXPECT_EQ(CaselessKey(pair.a) == CaselessKey(pair.b), pair.handle) << pair.a << ' ' << pair.b;
    EXPECT_EQ(SearchKey(pair.a) == SearchKey(pair.b), pair.search) << pair.a << ' ' << pair.b;
  }
}

TEST(UnicodeTest, EveryNameHasOneKeyInAllItsSpellings) {
  const std::vector<std::string> names = NamesOfAllLanguages();
  if (names.empty()) {
    PERIGEE_SKIP_OR_FAIL("the data set strings-names");
  }
  for (const std::string& name : names) {
    for (const auto key : {&CaselessKey, &SearchKey}) {
      const std::string of_name = key(name);
      EXPECT_EQ(key(NfdOf(name)), of_name) << name;
      // The Turkish ı is folded as itself, and its capital I as i.
      if (name.find("ı") == std::string::npos) {
        EXPECT_EQ(key(UpperOf(name)), of_name) << name;
      }
      EXPECT_EQ(key(of_name), of_name) << name;
      EXPECT_FALSE(of_name.empty()) << name;
    }
  }
}

TEST(UnicodeTest, AHandleIsLettersAndDigits) {
  for (const char* handle : {"a", "ada", "ada.l", "a-b_c.d", "Zoë", "Zoe\u0308", "李小龙", "नरेन्द्र",
                             "محمد", "ada7", "9"}) {
    EXPECT_TRUE(IsHandle(handle)) << handle;
  }
  for (const char* text :
       {"", ".", "-ada", "ada-", "a..b", "a b", "a@b", "\u0301a", "a\u200Db", "a\u00ADb", "😀",
        "a/b", "a\xFF", "a\u202Eb", "½", "\u3164", "a\u115Fb", "a\u034F"}) {
    EXPECT_FALSE(IsHandle(text)) << text;
  }
}

TEST(UnicodeTest, OneAccentIsParted) {
  for (const char32_t letter : {U'\u00E9', U'\u00C5', U'\u0439', U'\u03AC'}) {
    std::string joined;
    AppendCharacter(letter, joined);
    const auto parts = Parted(letter);
    ASSERT_TRUE(parts.has_value()) << joined;
    std::string parted;
    AppendCharacter(parts->letter, parted);
    AppendCharacter(parts->mark, parted);
    EXPECT_NE(parted, joined);
    EXPECT_EQ(Composed(parted), joined);
    EXPECT_TRUE(IsMark(parts->mark));
    EXPECT_FALSE(IsMark(parts->letter));
  }
  // No accent, two accents, a syllable, one that NFC does not join, and a stroke.
  for (const char32_t letter : {U'e', U'\u1EBF', U'\uAC00', U'\u0958', U'\u00F8'}) {
    EXPECT_FALSE(Parted(letter).has_value()) << static_cast<unsigned>(letter);
  }
}

TEST(UnicodeTest, SearchFormsOfCharactersAreThoseOfTheText) {
  for (const std::string text :
       {"ADA Lovelace", "Zo\u00EB", "ﬁn", "Ａ\u00AD\u200B", "Straße", "각"}) {
    std::string form;
    for (std::string_view rest = text; !rest.empty();) {
      AppendSearchForm(TakeCharacter(rest), form);
    }
    EXPECT_EQ(Composed(form), SearchKey(text)) << text;
  }
}

// Decision 0007 names them. If this fails, a newer library is there: a letter that is new in
// Unicode may get another key, so stored handles must be looked at.
TEST(UnicodeTest, TheVersionsAreThoseOfTheDecision) {
  EXPECT_EQ(Utf8procVersion(), "2.8.0");
  EXPECT_EQ(UnicodeVersion(), "15.0.0");
}

}  // namespace
}  // namespace perigee::tests
