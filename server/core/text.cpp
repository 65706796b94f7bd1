#include "server/core/text.h"

#include <cstdint>
#include <string>

#include "server/core/error.h"

namespace perigee {
namespace {

// Takes one code point off the front of `text`. False if the text is not well-formed (Unicode 15,
// table 3-7).
bool TakeCodePoint(std::string_view& text, std::uint32_t& code_point) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) {
    code_point = lead;
    text.remove_prefix(1);
    return true;
  }
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) {
    return false;
  }
  code_point = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) {
      return false;
    }
    code_point = (code_point << 6) | (byte(i) & 0x3FU);
  }
  const bool overlong =
      (length == 3 && code_point < 0x800) || (length == 4 && code_point < 0x10000);
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  text.remove_prefix(length);
  return !overlong && !surrogate && code_point <= 0x10FFFF;
}

absl::Status Check(std::string_view field, std::string_view text, std::size_t min, std::size_t max,
                   std::string_view allowed_controls) {
  if (text.size() < min) {
    return InvalidField(field, text.empty() ? "is required" : "is too short");
  }
  if (text.size() > max) {
    return InvalidField(field, "is longer than " + std::to_string(max) + " bytes");
  }
  std::uint32_t code_point = 0;
  while (!text.empty()) {
    const bool is_allowed = allowed_controls.find(text.front()) != std::string_view::npos;
    if (!TakeCodePoint(text, code_point)) {
      return InvalidField(field, "is not UTF-8");
    }
    const bool is_control = code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F);
    if (is_control && !is_allowed) {
      return InvalidField(field, "has a control character");
    }
  }
  return absl::OkStatus();
}

}  // namespace

bool IsValidUtf8(std::string_view text) {
  std::uint32_t code_point = 0;
  while (!text.empty()) {
    if (!TakeCodePoint(text, code_point)) {
      return false;
    }
  }
  return true;
}

absl::Status CheckText(std::string_view field, std::string_view text, std::size_t min,
                       std::size_t max) {
  return Check(field, text, min, max, "");
}

absl::Status CheckLines(std::string_view field, std::string_view text, std::size_t min,
                        std::size_t max) {
  return Check(field, text, min, max, "\n\t");
}

}  // namespace perigee
