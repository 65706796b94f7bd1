#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace perigee {

// A secret that texts are sealed under. Whoever destroys it makes them unreadable for good.
using SealKey = std::array<std::uint8_t, 32>;

// A key of the system's randomness.
SealKey RandomSealKey();

// The key of several owners at once: without one of theirs nobody has it. One key is itself.
SealKey JoinedKey(std::span<const SealKey> keys);

// `text` under AES-256-GCM (NIST SP 800-38D), bound to `context`: nonce of 12 bytes, cipher, tag of
// 16 bytes. The nonce is made of key, context and text, so that it comes twice only for the very
// same box. Safe from many threads.
std::string Seal(const SealKey& key, std::string_view context, std::string_view text);

// The text; nullopt if the box is not one of that key and context.
std::optional<std::string> OpenSealed(const SealKey& key, std::string_view context,
                                      std::string_view box);

}  // namespace perigee
