#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/types.h>

namespace perigee {

// Keys on the curve P-256. Points are uncompressed: 0x04 and two numbers of 32 bytes (SEC
// 1, 2.3.3).
inline constexpr std::size_t kP256PointBytes = 65;

struct FreeKey {
  void operator()(EVP_PKEY* key) const;
};
using KeyHandle = std::unique_ptr<EVP_PKEY, FreeKey>;

// Null unless `point` is one on the curve.
KeyHandle P256PublicKey(std::string_view point);

// A private key. Safe from many threads.
class P256Key {
 public:
  static P256Key Random();
  // nullopt unless `pem` has a private key on this curve without a password.
  static std::optional<P256Key> FromPem(const std::string& pem);

  // The public half.
  const std::string& point() const { return point_; }
  // ECDSA with SHA-256 as a JWS has it: two numbers of 32 bytes (RFC 7518, 3.4).
  std::string Sign(std::string_view text) const;
  // The secret of ECDH with the owner of a public key, which both can compute: 32 bytes.
  std::string SharedSecret(const KeyHandle& other) const;

 private:
  explicit P256Key(KeyHandle key);

  KeyHandle key_;
  std::string point_;
};

}  // namespace perigee
