#pragma once

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <cstddef>
#include <memory>
#include <string>

#include "server/core/p256.h"

namespace perigee::tests {

// Whether the owner of the public half has signed `text`, as OpenSSL sees it. `pair`: two numbers
// of 32 bytes.
inline bool HasSigned(const std::string& point, const std::string& text, const std::string& pair) {
  const KeyHandle key = P256PublicKey(point);
  const auto* from = reinterpret_cast<const unsigned char*>(pair.data());
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature(ECDSA_SIG_new(),
                                                                        &ECDSA_SIG_free);
  ECDSA_SIG_set0(signature.get(), BN_bin2bn(from, 32, nullptr), BN_bin2bn(from + 32, 32, nullptr));
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  const bool has_signed =
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context.get(), der, static_cast<std::size_t>(size),
                       reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
  OPENSSL_free(der);
  return has_signed;
}

}  // namespace perigee::tests
