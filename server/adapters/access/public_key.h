#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "server/core/p256.h"

namespace perigee::adapters {

// How a token is signed. There is no other way, least of all one with a shared secret.
enum class Algorithm : std::uint8_t {
  kRs256,  // RSASSA-PKCS1-v1_5 with SHA-256.
  kEs256,  // ECDSA on P-256 with SHA-256.
  kEdDsa,  // Ed25519.
};

// The algorithm of a name as in RFC 7518 and RFC 8037, such as `RS256`. nullopt for others.
std::optional<Algorithm> ParseAlgorithm(std::string_view name);

// A key that proves signatures of its one algorithm (RFC 8725 section 3.1). Numbers are unsigned
// and big-endian. Safe from many threads.
class PublicKey {
 public:
  // nullopt unless the modulus has 2048 to 8192 bits and both numbers can be those of RSA.
  static std::optional<PublicKey> Rsa(std::string_view modulus, std::string_view exponent);
  // nullopt unless both have 32 bytes and the point is on the curve.
  static std::optional<PublicKey> P256(std::string_view x, std::string_view y);
  // nullopt unless `x` has 32 bytes.
  static std::optional<PublicKey> Ed25519(std::string_view x);

  Algorithm algorithm() const { return algorithm_; }
  // Whether the owner of the key has signed `text`. `signature` is as in a JWS, so that of ES256 is
  // two numbers of 32 bytes.
  bool HasSigned(std::string_view text, std::string_view signature) const;

  bool operator==(const PublicKey& other) const;

 private:
  PublicKey(Algorithm algorithm, KeyHandle key);

  Algorithm algorithm_;
  KeyHandle key_;
};

}  // namespace perigee::adapters
