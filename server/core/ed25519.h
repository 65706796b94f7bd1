#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace perigee {

// Ed25519 (RFC 8032). A private key is its seed of 32 bytes.
using Ed25519Seed = std::array<std::uint8_t, 32>;
using Ed25519Key = std::array<std::uint8_t, 32>;  // The public one.

inline constexpr std::size_t kEd25519SignatureBytes = 64;

Ed25519Key Ed25519KeyOf(const Ed25519Seed& seed);
std::string Ed25519Sign(const Ed25519Seed& seed, std::string_view text);
// Whether the owner of the key has signed the text. False for a key that is none.
bool Ed25519HasSigned(const Ed25519Key& key, std::string_view text, std::string_view signature);

}  // namespace perigee
