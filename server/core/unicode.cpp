#include "server/core/unicode.h"

#include <utf8proc.h>

#include <array>
#include <cstdlib>
#include <memory>

#include "server/core/check.h"

namespace perigee {
namespace {

const utf8proc_uint8_t* BytesOf(std::string_view text) {
  return reinterpret_cast<const utf8proc_uint8_t*>(text.data());
}

std::string Mapped(std::string_view text, int options) {
  utf8proc_uint8_t* out = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(BytesOf(text), static_cast<utf8proc_ssize_t>(text.size()), &out,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(out, &std::free);
  PERIGEE_CHECK(size >= 0, "a text of which a key is made is UTF-8");
  return {reinterpret_cast<const char*>(out), static_cast<std::size_t>(size)};
}

// Marks must be in canonical order before the case is folded, because folding makes a letter of one
// of them (U+0345).
std::string Folded(std::string_view text, int options) {
  return Mapped(Mapped(text, UTF8PROC_DECOMPOSE), UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD | options);
}

enum class Part { kLetter, kMark, kJoin, kOther };

Part PartOf(utf8proc_int32_t code_point) {
  if (utf8proc_get_property(code_point)->ignorable != 0) {
    return Part::kOther;  // Some letters show nothing, such as the Hangul fillers.
  }
  switch (utf8proc_category(code_point)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
      return Part::kLetter;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
      return Part::kMark;
    default:
      return code_point == '.' || code_point == '_' || code_point == '-' ? Part::kJoin
                                                                         : Part::kOther;
  }
}

}  // namespace

std::string CaselessKey(std::string_view text) { return Folded(text, 0); }

std::string SearchKey(std::string_view text) {
  return Folded(text, UTF8PROC_COMPAT | UTF8PROC_IGNORE);
}

bool IsHandle(std::string_view text) {
  Part before = Part::kJoin;
  while (!text.empty()) {
    utf8proc_int32_t code_point = 0;
    const utf8proc_ssize_t size =
        utf8proc_iterate(BytesOf(text), static_cast<utf8proc_ssize_t>(text.size()), &code_point);
    const Part part = size > 0 ? PartOf(code_point) : Part::kOther;
    if (part == Part::kOther || (part != Part::kLetter && before == Part::kJoin)) {
      return false;
    }
    before = part;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return before != Part::kJoin;
}

std::string Composed(std::string_view text) { return Mapped(text, UTF8PROC_COMPOSE); }

char32_t TakeCharacter(std::string_view& text) {
  utf8proc_int32_t code_point = 0;
  const utf8proc_ssize_t size =
      utf8proc_iterate(BytesOf(text), static_cast<utf8proc_ssize_t>(text.size()), &code_point);
  PERIGEE_CHECK(size > 0, "a text that is read by characters is UTF-8");
  text.remove_prefix(static_cast<std::size_t>(size));
  return static_cast<char32_t>(code_point);
}

void AppendCharacter(char32_t character, std::string& text) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const utf8proc_ssize_t size =
      utf8proc_encode_char(static_cast<utf8proc_int32_t>(character), bytes.data());
  text.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size));
}

bool IsOfWord(char32_t character) {
  const Part part = PartOf(static_cast<utf8proc_int32_t>(character));
  return part == Part::kLetter || part == Part::kMark;
}

bool IsMark(char32_t character) {
  return PartOf(static_cast<utf8proc_int32_t>(character)) == Part::kMark;
}

std::optional<LetterAndMark> Parted(char32_t character) {
  if (character < 0x80) {
    return std::nullopt;
  }
  std::array<utf8proc_int32_t, 4> parts{};
  const auto code_point = static_cast<utf8proc_int32_t>(character);
  const utf8proc_ssize_t count =
      utf8proc_decompose_char(code_point, parts.data(), parts.size(),
                              static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE), nullptr);
  if (count != 2 || utf8proc_get_property(code_point)->comp_exclusion != 0 ||
      utf8proc_category(parts[1]) != UTF8PROC_CATEGORY_MN) {
    return std::nullopt;
  }
  const utf8proc_category_t base = utf8proc_category(parts[0]);
  if (base != UTF8PROC_CATEGORY_LL && base != UTF8PROC_CATEGORY_LU) {
    return std::nullopt;
  }
  return LetterAndMark{static_cast<char32_t>(parts[0]), static_cast<char32_t>(parts[1])};
}

void AppendSearchForm(char32_t character, std::string& text) {
  if (character < 0x80) {
    const bool capital = character >= U'A' && character <= U'Z';
    text += static_cast<char>(capital ? character + (U'a' - U'A') : character);
    return;
  }
  std::array<utf8proc_int32_t, 32> parts{};  // Unicode's longest decomposition has 18.
  const utf8proc_ssize_t count =
      utf8proc_decompose_char(static_cast<utf8proc_int32_t>(character), parts.data(), parts.size(),
                              static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
                                                             UTF8PROC_CASEFOLD | UTF8PROC_IGNORE),
                              nullptr);
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    AppendCharacter(static_cast<char32_t>(parts[i]), text);
  }
}

std::string_view Utf8procVersion() { return utf8proc_version(); }
std::string_view UnicodeVersion() { return utf8proc_unicode_version(); }

}  // namespace perigee
