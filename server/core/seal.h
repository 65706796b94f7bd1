#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace perigee {

// A secret that seals texts. Once the key is destroyed, its texts are unreadable for good.
using SealKey = std::array<std::uint8_t, 32>;

// A key from the system's random numbers.
SealKey RandomSealKey();

// The joint key of several owners: it cannot be made if one of their keys is missing. A single key
// gives itself.
SealKey JoinedKey(std::span<const SealKey> keys);

// Seals `text` with AES-256-GCM (NIST SP 800-38D), bound to `context`: a nonce of 12 bytes, the
// cipher text, a tag of 16 bytes. The nonce is derived from key, context and text, so that it
// repeats only for the very same box. Safe from many threads.
std::string Seal(const SealKey& key, std::string_view context, std::string_view text);

// The text. nullopt if the box was not sealed with that key and context.
std::optional<std::string> OpenSealed(const SealKey& key, std::string_view context,
                                      std::string_view box);

}  // namespace perigee
