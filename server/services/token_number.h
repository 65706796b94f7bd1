#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>

namespace perigee::services {

// A number that a page token or a cursor has. These are signed, so its text is well-formed.
inline std::int64_t NumberIn(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace perigee::services
