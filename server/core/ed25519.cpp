#include "server/core/ed25519.h"

#include <openssl/evp.h>

#include <memory>

#include "server/core/check.h"
#include "server/core/errors_forgotten.h"

namespace perigee {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Context = std::unique_ptr<EVP_MD_CTX, Free>;

const std::uint8_t* BytesOf(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

Key PrivateKey(const Ed25519Seed& seed) {
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  PERIGEE_CHECK(key != nullptr, "no memory for a key");
  return key;
}

}  // namespace

Ed25519Key Ed25519KeyOf(const Ed25519Seed& seed) {
  Ed25519Key key{};
  std::size_t size = key.size();
  const bool made = EVP_PKEY_get_raw_public_key(PrivateKey(seed).get(), key.data(), &size) == 1;
  PERIGEE_CHECK(made && size == key.size(), "a key has no public half");
  return key;
}

std::string Ed25519Sign(const Ed25519Seed& seed, std::string_view text) {
  const Key key = PrivateKey(seed);
  const Context context(EVP_MD_CTX_new());
  std::string signature(kEd25519SignatureBytes, '\0');
  std::size_t size = signature.size();
  const bool signed_it =
      context != nullptr &&
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
      EVP_DigestSign(context.get(), reinterpret_cast<std::uint8_t*>(signature.data()), &size,
                     BytesOf(text), text.size()) == 1;
  PERIGEE_CHECK(signed_it && size == signature.size(), "a text cannot be signed");
  return signature;
}

bool Ed25519HasSigned(const Ed25519Key& key, std::string_view text, std::string_view signature) {
  const ErrorsForgotten forgotten;
  const Key public_key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()));
  const Context context(EVP_MD_CTX_new());
  return public_key != nullptr && context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, public_key.get()) == 1 &&
         EVP_DigestVerify(context.get(), BytesOf(signature), signature.size(), BytesOf(text),
                          text.size()) == 1;
}

}  // namespace perigee
