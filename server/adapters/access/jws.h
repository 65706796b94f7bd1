#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "server/adapters/access/public_key.h"

namespace perigee::adapters {

inline constexpr std::size_t kTokenBytesMax = 16 * std::size_t{1024};

// A signed text (JWS, RFC 7515) as it is written. Nothing in it is proven.
struct Jws {
  Algorithm algorithm{};
  std::optional<std::string> key_id;
  std::string_view signed_text;  // Part of the token.
  std::string payload;
  std::string signature;
};

// Reads a token in compact form with one of our algorithms. nullopt for any other text: one that is
// longer than kTokenBytesMax, has a header with a key twice, with `crit` or `b64`, or is of a
// `typ` other than JWT and at+jwt. Keys that come with a token (`jwk`, `jku`, `x5c`, `x5u`) are not
// looked at.
std::optional<Jws> ReadJws(std::string_view token);

}  // namespace perigee::adapters
