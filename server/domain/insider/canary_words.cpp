#include "server/domain/insider/canary_words.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "server/core/unicode.h"
#include "server/domain/insider/prose.h"

namespace perigee::domain {
namespace {

// The most that parting a letter adds: both parts of Greek and Cyrillic letters have two bytes.
constexpr std::size_t kPartingBytes = 2;

bool IsSpace(char c) { return absl::ascii_isspace(static_cast<unsigned char>(c)); }

// Takes the characters of a text and makes its words.
class Words {
 public:
  void Take(char32_t character, std::size_t begin, std::size_t end) {
    const std::optional<int> mark = MarkOf(character);
    if (mark.has_value()) {
      mark_ = marks_ == 0 ? mark : std::nullopt;
      ++marks_;
    } else if (IsOfWord(character)) {
      TakeOfWord(character, begin, end);
    } else {
      in_word_ = false;
    }
  }

  std::vector<CanaryWord> Done() && { return std::move(words_); }

 private:
  void TakeOfWord(char32_t character, std::size_t begin, std::size_t end) {
    if (!in_word_) {
      if (!words_.empty()) {
        words_.back().mark = mark_;
      }
      words_.emplace_back().begin = begin;
      in_word_ = true;
    }
    // Inside of a word these characters are spelling, such as in Persian.
    mark_.reset();
    marks_ = 0;
    CanaryWord& word = words_.back();
    word.end = end;
    AppendSearchForm(character, word.key);
    if (word.accent == Accent::kNone && character >= 0x80) {
      word.accent_at = begin;
      word.accent = Parted(character).has_value() ? Accent::kJoined
                    : IsMark(character)           ? Accent::kParted
                                                  : Accent::kNone;
      accent_end_ = end;
    } else if (word.accent == Accent::kJoined && begin == accent_end_ && IsMark(character)) {
      word.accent = Accent::kParted;
    }
  }

  std::vector<CanaryWord> words_;
  bool in_word_ = false;
  std::optional<int> mark_;  // Since the last character of a word.
  int marks_ = 0;
  std::size_t accent_end_ = 0;
};

// Whether nothing but words, apostrophes and hyphens stands between the last space and the end of
// word `i`. So no address, no name of a thing and no syntax is extended.
bool BeginsPlain(std::string_view text, const std::vector<CanaryWord>& words, std::size_t i) {
  while (words[i].begin > 0 && !IsSpace(text[words[i].begin - 1])) {
    if (i == 0) {
      return false;
    }
    const std::size_t joint = words[i - 1].end;
    const std::string_view between = text.substr(joint, words[i].begin - joint);
    if (between != "'" && between != "\u2019" && between != "-") {
      return false;
    }
    --i;
  }
  return true;
}

bool EndsPlain(std::string_view text, std::size_t end) {
  if (end < text.size() && std::string_view(".,;:!?").find(text[end]) != std::string_view::npos) {
    ++end;
  }
  return end == text.size() || IsSpace(text[end]);
}

}  // namespace

std::optional<int> MarkOf(char32_t character) {
  const auto* const found =
      std::find(std::begin(kMarkCharacters), std::end(kMarkCharacters), character);
  return found == std::end(kMarkCharacters)
             ? std::nullopt
             : std::optional(static_cast<int>(found - std::begin(kMarkCharacters)));
}

std::vector<CanaryWord> CanaryWords(std::string_view text) {
  Words words;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t begin = text.size() - rest.size();
    const char32_t character = TakeCharacter(rest);
    words.Take(character, begin, text.size() - rest.size());
  }
  return std::move(words).Done();
}

std::vector<CanaryPlace> CanaryPlaces(std::string_view text, const std::vector<CanaryWord>& words) {
  const std::vector<bool> prose = ProseBytes(text);
  std::vector<CanaryPlace> places(words.size());
  std::size_t grown = 0;
  const auto may_grow = [&](std::size_t by, std::size_t at) {
    const bool may = 2 * (grown + by) <= at;
    grown += may ? by : 0;
    return may;
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    const CanaryWord& word = words[i];
    if (!prose[word.begin] || !BeginsPlain(text, words, i)) {
      continue;
    }
    places[i].accent = word.accent == Accent::kJoined && EndsPlain(text, word.end) &&
                       may_grow(kPartingBytes, word.accent_at);
    const bool followed = i + 1 < words.size() && words[i + 1].begin == word.end + 1 &&
                          text[word.end] == ' ' && prose[word.end] && prose[word.end + 1];
    places[i].mark = followed && may_grow(kMarkBytes, word.end);
  }
  return places;
}

}  // namespace perigee::domain
