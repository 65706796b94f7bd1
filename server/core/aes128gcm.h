#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace perigee {

// The content coding `aes128gcm` (RFC 8188) in one record.

using ContentSalt = std::array<std::uint8_t, 16>;

inline constexpr std::size_t kRecordBytes = 4096;
// What a record adds to its text: a mark of its end, and a tag of 16 bytes.
inline constexpr std::size_t kRecordOverheadBytes = 17;

// The body that whoever has `secret` can read. `key_id`, at most 255 bytes, tells which secret that
// is. The text is at most kRecordBytes - kRecordOverheadBytes long. The same secret and salt never
// encrypt two texts.
std::string EncodeAes128Gcm(std::string_view secret, const ContentSalt& salt,
                            std::string_view key_id, std::string_view text);

}  // namespace perigee
