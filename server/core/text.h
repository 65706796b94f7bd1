#pragma once

#include <cstddef>
#include <string_view>

#include "absl/status/status.h"

namespace perigee {

// Whether bytes are well-formed UTF-8 (no overlong forms, no surrogates).
bool IsValidUtf8(std::string_view text);

// kInvalidField, naming `field`, unless `text` is UTF-8 of `min` to `max` bytes without control
// characters (U+0000–U+001F, U+007F–U+009F). So every accepted text is stored and shown unchanged.
absl::Status CheckText(std::string_view field, std::string_view text, std::size_t min,
                       std::size_t max);
// The same for a text of several lines, such as Markdown: line feeds and tabs may be in it.
absl::Status CheckLines(std::string_view field, std::string_view text, std::size_t min,
                        std::size_t max);

}  // namespace perigee
