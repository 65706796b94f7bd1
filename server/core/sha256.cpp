#include "server/core/sha256.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <cstddef>
#include <memory>

#include "absl/strings/escaping.h"
#include "server/core/check.h"

namespace perigee {
namespace {

struct FreeMac {
  void operator()(EVP_MAC_CTX* mac) const { EVP_MAC_CTX_free(mac); }
};

// One for each thread. HMAC() looks the algorithm up each time, which takes twice the time of the
// code itself.
EVP_MAC_CTX* Mac() {
  static EVP_MAC* const kAlgorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  thread_local const std::unique_ptr<EVP_MAC_CTX, FreeMac> mac = [] {
    std::unique_ptr<EVP_MAC_CTX, FreeMac> made(EVP_MAC_CTX_new(kAlgorithm));
    char hash[] = "SHA256";
    const std::array parameters = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, hash, 0),
                                   OSSL_PARAM_construct_end()};
    PERIGEE_CHECK(made != nullptr && EVP_MAC_CTX_set_params(made.get(), parameters.data()) == 1,
                  "no memory for a code");
    return made;
  }();
  return mac.get();
}

}  // namespace

Sha256Digest Sha256(std::string_view bytes) {
  // Fetched once: OpenSSL's shorter ways look the algorithm up each time, under a lock.
  static const EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  Sha256Digest digest{};
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, kAlgorithm, nullptr);
  return digest;
}

Sha256Digest HmacSha256(std::string_view key, std::string_view bytes) {
  Sha256Digest digest{};
  EVP_MAC_CTX* mac = Mac();
  // A null key would mean the key before.
  const auto* key_bytes = reinterpret_cast<const std::uint8_t*>(key.empty() ? "" : key.data());
  std::size_t size = 0;
  const bool made =
      EVP_MAC_init(mac, key_bytes, key.size(), nullptr) == 1 &&
      EVP_MAC_update(mac, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()) == 1 &&
      EVP_MAC_final(mac, digest.data(), &size, digest.size()) == 1;
  PERIGEE_CHECK(made, "a code cannot be made");
  return digest;
}

std::string Hex(const Sha256Digest& digest) {
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

}  // namespace perigee
