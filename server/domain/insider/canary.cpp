#include "server/domain/insider/canary.h"

#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/sha256.h"
#include "server/core/text.h"
#include "server/core/unicode.h"
#include "server/domain/insider/canary_words.h"

namespace perigee::domain {
namespace {

std::string_view BytesOf(const Sha256Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

CanaryMarks::CanaryMarks(std::string_view key, const CanaryCopy& copy)
    : secret_(HmacSha256(key, absl::StrCat("perigee canary 1\n", copy.item, "\n", copy.version,
                                           "\n", copy.viewer))) {}

CanaryMarks::Mark CanaryMarks::At(std::size_t place) const {
  const std::size_t number = place / block_.size();
  if (number != block_number_) {
    block_ = HmacSha256(BytesOf(secret_), std::to_string(number));
    block_number_ = number;
  }
  const int byte = block_[place % block_.size()];
  return {byte % kMarkCharactersCount, (byte / kMarkCharactersCount) % 2 == 1};
}

absl::StatusOr<std::string> MarkedCopy(std::string_view key, const CanaryCopy& copy,
                                       std::string_view text) {
  if (text.size() > kCanaryTextBytesMax) {
    return InvalidField("text", absl::StrCat("is longer than ", kCanaryTextBytesMax, " bytes"));
  }
  if (!IsValidUtf8(text)) {
    return InvalidField("text", "is not UTF-8");
  }
  const std::vector<CanaryWord> words = CanaryWords(text);
  const std::vector<CanaryPlace> places = CanaryPlaces(text, words);
  const CanaryMarks marks(key, copy);
  std::string marked;
  std::size_t done = 0;
  const auto copy_until = [&](std::size_t end) {
    marked.append(text.substr(done, end - done));
    done = end;
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    const CanaryMarks::Mark mark = marks.At(i);
    if (places[i].accent && mark.parted) {
      copy_until(words[i].accent_at);
      std::string_view rest = text.substr(done);
      const std::optional<LetterAndMark> parts = Parted(TakeCharacter(rest));
      AppendCharacter(parts->letter, marked);
      AppendCharacter(parts->mark, marked);
      done = text.size() - rest.size();
    }
    if (places[i].mark) {
      copy_until(words[i].end);
      AppendCharacter(kMarkCharacters[mark.character], marked);
    }
  }
  copy_until(text.size());
  return marked;
}

std::string WithoutMarks(std::string_view text) {
  std::string without;
  std::string held;  // Marks after a word, which stay unless a space follows.
  bool after_word = false;
  while (!text.empty()) {
    const char32_t character = TakeCharacter(text);
    if (after_word && MarkOf(character).has_value()) {
      AppendCharacter(character, held);
      continue;
    }
    if (character != U' ') {
      without.append(held);
    }
    held.clear();
    AppendCharacter(character, without);
    after_word = IsOfWord(character);
  }
  without.append(held);
  return Composed(without);
}

}  // namespace perigee::domain
