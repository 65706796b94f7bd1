#pragma once

#include <utf8proc.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

namespace perigee::tests {

// Other spellings of a text, by the functions of utf8proc that the server does not use.

// With every letter and its marks apart.
inline std::string NfdOf(const std::string& text) {
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(
      utf8proc_NFD(reinterpret_cast<const utf8proc_uint8_t*>(text.c_str())), &std::free);
  return reinterpret_cast<const char*>(owned.get());
}

// Each letter in its simple upper case.
inline std::string UpperOf(const std::string& text) {
  std::string upper;
  std::string_view rest = text;
  while (!rest.empty()) {
    utf8proc_int32_t code_point = 0;
    const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(rest.data()),
                                       static_cast<utf8proc_ssize_t>(rest.size()), &code_point);
    std::array<utf8proc_uint8_t, 4> bytes{};
    const auto length = utf8proc_encode_char(utf8proc_toupper(code_point), bytes.data());
    upper.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(length));
    rest.remove_prefix(static_cast<std::size_t>(size));
  }
  return upper;
}

}  // namespace perigee::tests
