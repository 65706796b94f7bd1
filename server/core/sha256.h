#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace perigee {

using Sha256Digest = std::array<std::uint8_t, 32>;

Sha256Digest Sha256(std::string_view bytes);
// HMAC-SHA-256 (RFC 2104).
Sha256Digest HmacSha256(std::string_view key, std::string_view bytes);
std::string Hex(const Sha256Digest& digest);
// The digest of 64 lower-case hexadecimal digits. nullopt for other texts.
std::optional<Sha256Digest> ParseSha256(std::string_view hex);

// The SHA-256 of bytes that come piece by piece.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;

  void Add(std::string_view bytes);
  // Of all bytes so far. Call it once, at the end.
  Sha256Digest Finish();

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace perigee
