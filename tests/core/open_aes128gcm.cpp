#include "tests/core/open_aes128gcm.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/strings/escaping.h"
#include "server/core/check.h"

namespace perigee::tests {
namespace {

constexpr std::size_t kHeaderBytes = 21;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kNonceBytes = 12;

struct Free {
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(EC_GROUP* curve) const { EC_GROUP_free(curve); }
  void operator()(EC_POINT* point) const { EC_POINT_free(point); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  void operator()(EVP_KDF* algorithm) const { EVP_KDF_free(algorithm); }
  void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

std::uint8_t* BytesOf(std::string& text) { return reinterpret_cast<std::uint8_t*>(text.data()); }
const std::uint8_t* BytesOf(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

OSSL_PARAM Parameter(const char* name, std::string& bytes) {
  return OSSL_PARAM_construct_octet_string(name, bytes.data(), bytes.size());
}

std::string Derive(std::string salt, std::string secret, std::string info, std::size_t size) {
  const Owned<EVP_KDF> algorithm(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  const Owned<EVP_KDF_CTX> context(EVP_KDF_CTX_new(algorithm.get()));
  char hash[] = "SHA256";
  const std::array parameters{OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash, 0),
                              Parameter(OSSL_KDF_PARAM_SALT, salt),
                              Parameter(OSSL_KDF_PARAM_KEY, secret),
                              Parameter(OSSL_KDF_PARAM_INFO, info), OSSL_PARAM_construct_end()};
  std::string derived(size, '\0');
  PERIGEE_CHECK(EVP_KDF_derive(context.get(), BytesOf(derived), size, parameters.data()) == 1,
                "a key is derived");
  return derived;
}

std::optional<std::string> Decrypt(const std::string& key, const std::string& nonce,
                                   std::string_view record) {
  if (record.size() < kTagBytes) {
    return std::nullopt;
  }
  std::string text(record.substr(0, record.size() - kTagBytes));
  std::string tag(record.substr(text.size()));
  const Owned<EVP_CIPHER_CTX> context(EVP_CIPHER_CTX_new());
  int size = 0;
  const bool is_right =
      EVP_DecryptInit_ex(context.get(), EVP_aes_128_gcm(), nullptr, BytesOf(std::string_view(key)),
                         BytesOf(std::string_view(nonce))) == 1 &&
      EVP_DecryptUpdate(context.get(), BytesOf(text), &size, BytesOf(record),
                        static_cast<int>(text.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(kTagBytes),
                          tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context.get(), BytesOf(text) + text.size(), &size) == 1;
  return is_right ? std::optional(text) : std::nullopt;
}

// number × point, or number × the curve's generator if there is no point.
std::string Multiply(std::string_view number, std::string_view point,
                     point_conversion_form_t form) {
  const Owned<EC_GROUP> curve(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  const Owned<BIGNUM> factor(BN_bin2bn(BytesOf(number), static_cast<int>(number.size()), nullptr));
  const Owned<EC_POINT> product(EC_POINT_new(curve.get()));
  if (point.empty()) {
    EC_POINT_mul(curve.get(), product.get(), factor.get(), nullptr, nullptr, nullptr);
  } else {
    const Owned<EC_POINT> base(EC_POINT_new(curve.get()));
    PERIGEE_CHECK(
        EC_POINT_oct2point(curve.get(), base.get(), BytesOf(point), point.size(), nullptr) == 1,
        "a sender's key is on the curve");
    EC_POINT_mul(curve.get(), product.get(), nullptr, base.get(), factor.get(), nullptr);
  }
  std::string bytes(65, '\0');
  bytes.resize(
      EC_POINT_point2oct(curve.get(), product.get(), form, BytesOf(bytes), bytes.size(), nullptr));
  return bytes;
}

}  // namespace

std::optional<std::string> OpenAes128Gcm(std::string_view secret, std::string_view body) {
  if (body.size() < kHeaderBytes) {
    return std::nullopt;
  }
  const std::string salt(body.substr(0, 16));
  std::size_t record_bytes = 0;
  for (const char byte : body.substr(16, 4)) {
    record_bytes = record_bytes << 8 | static_cast<std::uint8_t>(byte);
  }
  const std::size_t id_bytes = static_cast<std::uint8_t>(body[20]);
  if (record_bytes < 18 || body.size() <= kHeaderBytes + id_bytes) {
    return std::nullopt;
  }
  body.remove_prefix(kHeaderBytes + id_bytes);
  const std::string key =
      Derive(salt, std::string(secret), std::string("Content-Encoding: aes128gcm") + '\0', 16);
  const std::string base =
      Derive(salt, std::string(secret), std::string("Content-Encoding: nonce") + '\0', kNonceBytes);
  std::string all;
  for (std::uint8_t record = 0; !body.empty(); ++record) {
    std::string nonce = base;
    nonce.back() = static_cast<char>(nonce.back() ^ record);
    std::optional<std::string> text = Decrypt(key, nonce, body.substr(0, record_bytes));
    body.remove_prefix(std::min(record_bytes, body.size()));
    const std::size_t end = text ? text->find_last_not_of('\0') : std::string::npos;
    if (end == std::string::npos || (*text)[end] != (body.empty() ? '\x02' : '\x01')) {
      return std::nullopt;
    }
    all.append(*text, 0, end);
  }
  return all;
}

std::optional<std::string> OpenPush(std::string_view number, std::string_view auth,
                                    std::string_view body) {
  const std::string_view sender = body.substr(kHeaderBytes, 65);
  // The compressed form is a byte and the number x, which is the secret of ECDH.
  const std::string shared = Multiply(number, sender, POINT_CONVERSION_COMPRESSED).substr(1);
  const std::string info =
      std::string("WebPush: info").append(1, '\0').append(PointOf(number)).append(sender);
  return OpenAes128Gcm(Derive(std::string(auth), shared, info, 32), body);
}

std::string PemOf(std::string_view number) {
  // ECPrivateKey of RFC 5915 without the public half.
  const std::string der = absl::HexStringToBytes("30310201010420") + std::string(number) +
                          absl::HexStringToBytes("a00a06082a8648ce3d030107");
  const std::string base64 = absl::Base64Escape(der);
  return "-----BEGIN EC PRIVATE KEY-----\n" + base64.substr(0, 64) + "\n" + base64.substr(64) +
         "\n-----END EC PRIVATE KEY-----\n";
}

std::string PointOf(std::string_view number) {
  return Multiply(number, "", POINT_CONVERSION_UNCOMPRESSED);
}

}  // namespace perigee::tests
