#pragma once

#include <chrono>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/types.h>

#include "server/core/time.h"

namespace perigee::tests {

// An issuer's key pair, which signs tokens (JWT, RFC 7519). Knows nothing of the server's code that
// reads them.
class TokenMaker {
 public:
  // Makes a new key for `RS256`, `ES256` or `EdDSA`.
  TokenMaker(std::string algorithm, std::string key_id);

  // The public key as a JWK, and as a set of one key.
  std::string Jwk() const;
  std::string Jwks() const;

  // Signs `claims`, a text of JSON that need not be right. The header names algorithm and key.
  std::string Sign(std::string_view claims) const;
  // The same with the header as given.
  std::string Sign(std::string_view header, std::string_view claims) const;
  // A good token.
  std::string Token(const std::string& issuer, const std::string& audience,
                    const std::string& subject, Time now,
                    Duration lifetime = std::chrono::minutes(5)) const;

  // The bytes of a signature, as a JWS has them.
  std::string Signature(std::string_view text) const;

 private:
  std::string algorithm_;
  std::string key_id_;
  std::shared_ptr<EVP_PKEY> key_;
};

// A set of several keys.
std::string JwksOf(std::initializer_list<std::string> jwks);

// Base64url without padding.
std::string EncodeBase64Url(std::string_view bytes);

}  // namespace perigee::tests
