#include "server/core/p256.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>

#include <array>
#include <cstdint>
#include <utility>

#include "server/core/check.h"
#include "server/core/errors_forgotten.h"

namespace perigee {
namespace {

constexpr char kCurve[] = "prime256v1";
constexpr int kNumberBytes = 32;

struct Free {
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(BIO* text) const { BIO_free(text); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

Owned<EVP_PKEY_CTX> ContextOf(EVP_PKEY* key) {
  Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  PERIGEE_CHECK(context != nullptr, "no memory for a key");
  return context;
}

std::string Bytes(const BIGNUM* number) {
  std::string bytes(kNumberBytes, '\0');
  BN_bn2binpad(number, reinterpret_cast<std::uint8_t*>(bytes.data()), kNumberBytes);
  return bytes;
}

std::string Number(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  PERIGEE_CHECK(EVP_PKEY_get_bn_param(key, name, &number) == 1, "a key has its point");
  return Bytes(Owned<BIGNUM>(number).get());
}

bool IsOnThisCurve(const EVP_PKEY* key) {
  std::array<char, 32> curve{};
  return EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_group_name(key, curve.data(), curve.size(), nullptr) == 1 &&
         std::string_view(curve.data()) == kCurve;
}

}  // namespace

void FreeKey::operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }

KeyHandle P256PublicKey(std::string_view point) {
  if (point.size() != kP256PointBytes || point.front() != '\x04') {
    return nullptr;
  }
  const ErrorsForgotten forgotten;
  std::string curve = kCurve;
  std::string bytes(point);
  std::array<OSSL_PARAM, 3> parts{
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve.data(), curve.size()),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, bytes.data(), bytes.size()),
      OSSL_PARAM_construct_end()};
  const Owned<EVP_PKEY_CTX> maker(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* made = nullptr;
  if (maker == nullptr || EVP_PKEY_fromdata_init(maker.get()) != 1 ||
      EVP_PKEY_fromdata(maker.get(), &made, EVP_PKEY_PUBLIC_KEY, parts.data()) != 1) {
    return nullptr;
  }
  KeyHandle key(made);
  return EVP_PKEY_public_check(ContextOf(key.get()).get()) == 1 ? std::move(key) : nullptr;
}

P256Key::P256Key(KeyHandle key)
    : key_(std::move(key)),
      point_('\x04' + Number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X) +
             Number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y)) {}

P256Key P256Key::Random() {
  KeyHandle key(EVP_EC_gen(kCurve));
  PERIGEE_CHECK(key != nullptr, "the system gives no random bytes");
  return P256Key(std::move(key));
}

std::optional<P256Key> P256Key::FromPem(const std::string& pem) {
  const ErrorsForgotten forgotten;
  const Owned<BIO> text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  // Without this the library would ask a terminal.
  const auto no_password = [](char*, int, int, void*) { return -1; };
  KeyHandle key(PEM_read_bio_PrivateKey(text.get(), nullptr, no_password, nullptr));
  if (key == nullptr || !IsOnThisCurve(key.get()) ||
      EVP_PKEY_check(ContextOf(key.get()).get()) != 1) {
    return std::nullopt;
  }
  return P256Key(std::move(key));
}

std::string P256Key::Sign(std::string_view text) const {
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  std::string der(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())), '\0');
  std::size_t size = der.size();
  const bool is_signed =
      context != nullptr &&
      EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key_.get(),
                            nullptr) == 1 &&
      EVP_DigestSign(context.get(), reinterpret_cast<std::uint8_t*>(der.data()), &size,
                     reinterpret_cast<const std::uint8_t*>(text.data()), text.size()) == 1;
  PERIGEE_CHECK(is_signed, "a text cannot be signed");
  const auto* from = reinterpret_cast<const std::uint8_t*>(der.data());
  const Owned<ECDSA_SIG> pair(d2i_ECDSA_SIG(nullptr, &from, static_cast<std::int64_t>(size)));
  PERIGEE_CHECK(pair != nullptr, "no memory for a signature");
  return Bytes(ECDSA_SIG_get0_r(pair.get())) + Bytes(ECDSA_SIG_get0_s(pair.get()));
}

std::string P256Key::SharedSecret(const KeyHandle& other) const {
  const Owned<EVP_PKEY_CTX> context = ContextOf(key_.get());
  std::string secret(kNumberBytes, '\0');
  std::size_t size = secret.size();
  const bool is_derived =
      EVP_PKEY_derive_init(context.get()) == 1 &&
      EVP_PKEY_derive_set_peer(context.get(), other.get()) == 1 &&
      EVP_PKEY_derive(context.get(), reinterpret_cast<std::uint8_t*>(secret.data()), &size) == 1;
  PERIGEE_CHECK(is_derived && size == secret.size(), "two keys have no shared secret");
  return secret;
}

}  // namespace perigee
