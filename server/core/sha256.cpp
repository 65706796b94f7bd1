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

// Fetched once: OpenSSL's shorter ways look the algorithm up each time, under a lock.
const EVP_MD* Algorithm() {
  static const EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return kAlgorithm;
}

struct FreeDigest {
  void operator()(EVP_MD_CTX* digest) const { EVP_MD_CTX_free(digest); }
};

}  // namespace

struct Sha256Stream::State {
  std::unique_ptr<EVP_MD_CTX, FreeDigest> context{EVP_MD_CTX_new()};
};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {
  PERIGEE_CHECK(state_->context != nullptr &&
                    EVP_DigestInit_ex2(state_->context.get(), Algorithm(), nullptr) == 1,
                "no memory for a digest");
}

Sha256Stream::~Sha256Stream() = default;

void Sha256Stream::Add(std::string_view bytes) {
  PERIGEE_CHECK(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1,
                "a digest cannot be made");
}

Sha256Digest Sha256Stream::Finish() {
  Sha256Digest digest{};
  PERIGEE_CHECK(EVP_DigestFinal_ex(state_->context.get(), digest.data(), nullptr) == 1,
                "a digest cannot be made");
  return digest;
}

Sha256Digest Sha256(std::string_view bytes) {
  Sha256Digest digest{};
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, Algorithm(), nullptr);
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

std::optional<Sha256Digest> ParseSha256(std::string_view hex) {
  Sha256Digest digest{};
  const std::string bytes =
      hex.size() == 2 * digest.size() &&
              hex.find_first_not_of("0123456789abcdef") == std::string_view::npos
          ? absl::HexStringToBytes(absl::string_view(hex.data(), hex.size()))
          : std::string();
  if (bytes.size() != digest.size()) {
    return std::nullopt;
  }
  bytes.copy(reinterpret_cast<char*>(digest.data()), digest.size());
  return digest;
}

}  // namespace perigee
