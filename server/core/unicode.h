#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace perigee {

// Unicode's rules for equal texts, by utf8proc, whose version says the version of Unicode. All
// texts must be UTF-8. Safe from many threads.

// Equal for two texts that are equal in NFC and under full case folding (Unicode's canonical
// caseless match), and different for all others. In NFC itself.
std::string CaselessKey(std::string_view text);

// The same for compatibility forms (NFKC_Casefold): also wide, circled or joined forms are equal to
// the plain ones, and characters that show nothing are left out. For searching.
std::string SearchKey(std::string_view text);

// Whether the text is letters and decimal digits of any script, with marks after them, and `.`, `_`
// and `-` between them, all of which show.
bool IsHandle(std::string_view text);

// The text in NFC.
std::string Composed(std::string_view text);

// Takes the first character off `text`, which must not be empty.
char32_t TakeCharacter(std::string_view& text);
void AppendCharacter(char32_t character, std::string& text);

// Whether it is a letter or a decimal digit of any script, or a mark on one of them, and shows.
bool IsOfWord(char32_t character);
// Whether it is such a mark.
bool IsMark(char32_t character);

// What a letter with one accent, such as é, is canonically equal to, and is in NFD.
struct LetterAndMark {
  char32_t letter;
  char32_t mark;
};
// nullopt for all other characters, also for letters with several accents.
std::optional<LetterAndMark> Parted(char32_t character);

// Appends the character under compatibility decomposition and full case folding; nothing for a
// character that shows nothing. Equal texts in the sense of SearchKey become equal, except for
// letters whose marks are in another order.
void AppendSearchForm(char32_t character, std::string& text);

// The version of utf8proc, and of Unicode, such as `15.0.0`.
std::string_view Utf8procVersion();
std::string_view UnicodeVersion();

}  // namespace perigee
