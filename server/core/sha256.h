#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace perigee {

using Sha256Digest = std::array<std::uint8_t, 32>;

Sha256Digest Sha256(std::string_view bytes);
// HMAC-SHA-256 (RFC 2104).
Sha256Digest HmacSha256(std::string_view key, std::string_view bytes);
std::string Hex(const Sha256Digest& digest);

}  // namespace perigee
