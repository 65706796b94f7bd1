#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace perigee {

// The bytes that `text` spells in base64url without padding (RFC 4648 section 5). Bytes have only
// one spelling: nullopt for every other text, so also for padding and for unused bits that are set.
std::optional<std::string> DecodeBase64Url(std::string_view text);

}  // namespace perigee
