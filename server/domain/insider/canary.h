#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace perigee::domain {

inline constexpr std::size_t kCanaryTextBytesMax = 64 * 1024;

// Whose copy of which version of which item. The texts have no line breaks.
struct CanaryCopy {
  std::string item;
  std::int64_t version = 0;
  std::string viewer;
};

// What one copy carries at each place of its text. Follows from the secret key and the copy, so
// nothing is stored. Without the key it cannot be told from chance. For one thread.
class CanaryMarks {
 public:
  CanaryMarks(std::string_view key, const CanaryCopy& copy);

  struct Mark {
    int character = 0;    // Of kMarkCharacters, before the space after the word.
    bool parted = false;  // Whether the first accented letter of the word is written as two.
  };
  Mark At(std::size_t place) const;

  // The greatest chance of any value of `character`, and that of any value of `parted` at a known
  // character: the marks of two copies are equal at a place by chance no more often.
  static constexpr double kCharacterChanceMax = 86.0 / 256;
  static constexpr double kPartedChanceMax = 43.0 / 85;

 private:
  std::array<std::uint8_t, 32> secret_;
  // The marks of 32 places that were asked for last.
  mutable std::array<std::uint8_t, 32> block_{};
  mutable std::size_t block_number_ = SIZE_MAX;
};

// The viewer's copy of a Markdown text: it renders the same, has the same WithoutMarks, and is
// longer by at most half. Code, HTML, headings, tables, links and whatever else is not plain prose
// between words (ProseBytes) stays as it is, byte for byte. A text of few spaced words carries few
// marks or none. kInvalidField, naming `text`, for a text that is not UTF-8 or longer than
// kCanaryTextBytesMax.
absl::StatusOr<std::string> MarkedCopy(std::string_view key, const CanaryCopy& copy,
                                       std::string_view text);

// What all copies of a text and the text itself have in common, in NFC: for digests. The text must
// be UTF-8.
std::string WithoutMarks(std::string_view text);

}  // namespace perigee::domain
