#include "server/adapters/access/public_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "server/core/errors_forgotten.h"

namespace perigee::adapters {
namespace {

constexpr int kModulusBitsMin = 2048;
// Larger ones only cost time: each token is checked against one.
constexpr int kModulusBitsMax = 8192;
constexpr int kExponentBitsMax = 64;
constexpr std::size_t kCoordinateBytes = 32;
constexpr std::size_t kPairBytes = 2 * kCoordinateBytes;

struct Free {
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
  void operator()(OSSL_PARAM* numbers) const { OSSL_PARAM_free(numbers); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

const unsigned char* BytesOf(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Owned<BIGNUM> Number(std::string_view bytes) {
  return Owned<BIGNUM>(BN_bin2bn(BytesOf(bytes), static_cast<int>(bytes.size()), nullptr));
}

// The ASN.1 form that OpenSSL takes. Empty if there is no memory for it.
std::string AsDer(std::string_view pair) {
  const Owned<ECDSA_SIG> signature(ECDSA_SIG_new());
  Owned<BIGNUM> r = Number(pair.substr(0, kCoordinateBytes));
  Owned<BIGNUM> s = Number(pair.substr(kCoordinateBytes));
  if (signature == nullptr || r == nullptr || s == nullptr ||
      ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) {
    return {};
  }
  static_cast<void>(r.release());
  static_cast<void>(s.release());
  unsigned char* bytes = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &bytes);
  std::string der;
  if (size > 0) {
    der.assign(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  }
  OPENSSL_free(bytes);
  return der;
}

}  // namespace

std::optional<Algorithm> ParseAlgorithm(std::string_view name) {
  if (name == "RS256") {
    return Algorithm::kRs256;
  }
  if (name == "ES256") {
    return Algorithm::kEs256;
  }
  if (name == "EdDSA") {
    return Algorithm::kEdDsa;
  }
  return std::nullopt;
}

PublicKey::PublicKey(Algorithm algorithm, KeyHandle key)
    : algorithm_(algorithm), key_(std::move(key)) {}

std::optional<PublicKey> PublicKey::Rsa(std::string_view modulus, std::string_view exponent) {
  const ErrorsForgotten forgotten;
  const Owned<BIGNUM> n = Number(modulus);
  const Owned<BIGNUM> e = Number(exponent);
  if (n == nullptr || e == nullptr) {
    return std::nullopt;
  }
  const int bits = BN_num_bits(n.get());
  if (bits < kModulusBitsMin || bits > kModulusBitsMax || BN_is_odd(n.get()) == 0 ||
      BN_num_bits(e.get()) > kExponentBitsMax || BN_is_odd(e.get()) == 0 ||
      BN_is_one(e.get()) == 1) {
    return std::nullopt;
  }
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  if (builder == nullptr ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return std::nullopt;
  }
  const Owned<OSSL_PARAM> numbers(OSSL_PARAM_BLD_to_param(builder.get()));
  const Owned<EVP_PKEY_CTX> maker(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* made = nullptr;
  if (numbers == nullptr || maker == nullptr || EVP_PKEY_fromdata_init(maker.get()) != 1 ||
      EVP_PKEY_fromdata(maker.get(), &made, EVP_PKEY_PUBLIC_KEY, numbers.get()) != 1) {
    return std::nullopt;
  }
  KeyHandle key(made);
  const Owned<EVP_PKEY_CTX> checker(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  if (checker == nullptr || EVP_PKEY_public_check(checker.get()) != 1) {
    return std::nullopt;
  }
  return PublicKey(Algorithm::kRs256, std::move(key));
}

std::optional<PublicKey> PublicKey::P256(std::string_view x, std::string_view y) {
  const ErrorsForgotten forgotten;
  if (x.size() != kCoordinateBytes || y.size() != kCoordinateBytes) {
    return std::nullopt;
  }
  std::string point = "\x04";  // An uncompressed point follows (SEC 1, 2.3.3).
  point.append(x).append(y);
  KeyHandle key = P256PublicKey(point);
  if (key == nullptr) {
    return std::nullopt;
  }
  return PublicKey(Algorithm::kEs256, std::move(key));
}

std::optional<PublicKey> PublicKey::Ed25519(std::string_view x) {
  const ErrorsForgotten forgotten;
  if (x.size() != kCoordinateBytes) {
    return std::nullopt;
  }
  KeyHandle key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, BytesOf(x), x.size()));
  if (key == nullptr) {
    return std::nullopt;
  }
  return PublicKey(Algorithm::kEdDsa, std::move(key));
}

bool PublicKey::HasSigned(std::string_view text, std::string_view signature) const {
  const ErrorsForgotten forgotten;
  std::string der;
  if (algorithm_ == Algorithm::kEs256) {
    if (signature.size() != kPairBytes) {
      return false;
    }
    der = AsDer(signature);
    signature = der;
  }
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* options = nullptr;  // Belongs to `context`.
  const char* const digest = algorithm_ == Algorithm::kEdDsa ? nullptr : "SHA256";
  if (context == nullptr || EVP_DigestVerifyInit_ex(context.get(), &options, digest, nullptr,
                                                    nullptr, key_.get(), nullptr) != 1) {
    return false;
  }
  if (algorithm_ == Algorithm::kRs256 &&
      EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PADDING) != 1) {
    return false;
  }
  return EVP_DigestVerify(context.get(), BytesOf(signature), signature.size(), BytesOf(text),
                          text.size()) == 1;
}

bool PublicKey::operator==(const PublicKey& other) const {
  const ErrorsForgotten forgotten;
  return algorithm_ == other.algorithm_ && EVP_PKEY_eq(key_.get(), other.key_.get()) == 1;
}

}  // namespace perigee::adapters
