#pragma once

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

// The version of utf8proc, and of Unicode, such as `15.0.0`.
std::string_view Utf8procVersion();
std::string_view UnicodeVersion();

}  // namespace perigee
