#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace perigee::domain {

// The characters that marks are made of. They show nothing, take no part in the order of directions
// (bidi class BN), and before a space they change neither where lines may break nor how letters
// join. None of them changes in NFC or NFKC.
inline constexpr char32_t kMarkCharacters[] = {U'\u200B', U'\u200C', U'\u2060'};
inline constexpr int kMarkCharactersCount = 3;
// The bytes of each of them.
inline constexpr std::size_t kMarkBytes = 3;

// Which of them it is.
std::optional<int> MarkOf(char32_t character);

// How the first accented letter of a word is written.
enum class Accent : std::uint8_t {
  kNone,
  kJoined,  // As one character, such as U+00E9.
  kParted,  // As a letter and a mark, or with more than one mark.
};

// A run of letters, digits and their marks.
struct CanaryWord {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string key;  // Equal for words that differ in case or in how they are written in Unicode.
  Accent accent = Accent::kNone;
  std::size_t accent_at = 0;
  // The mark between this word and the next. nullopt if there is none or several.
  std::optional<int> mark;
};

// The words of a text, which must be UTF-8. Marks are no part of them.
std::vector<CanaryWord> CanaryWords(std::string_view text);

// What a copy may carry at a word: a mark between it and the next word, and its first accented
// letter in another writing.
struct CanaryPlace {
  bool mark = false;
  bool accent = false;
};

// The places of a Markdown text, one for each of its words. All that is written there makes the
// text longer by at most half.
std::vector<CanaryPlace> CanaryPlaces(std::string_view text, const std::vector<CanaryWord>& words);

}  // namespace perigee::domain
