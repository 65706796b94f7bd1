#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace perigee {

// The first `size` bytes, 1 to 32, that HKDF with SHA-256 derives (RFC 5869).
std::string HkdfSha256(std::string_view salt, std::string_view secret, std::string_view info,
                       std::size_t size);

}  // namespace perigee
