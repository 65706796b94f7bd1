#include "tests/support/token_maker.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "server/core/check.h"

namespace perigee::tests {
namespace {

using nlohmann::json;

constexpr unsigned int kModulusBits = 2048;
constexpr std::size_t kCoordinateBytes = 32;

EVP_PKEY* NewKey(const std::string& algorithm) {
  if (algorithm == "RS256") {
    return EVP_RSA_gen(kModulusBits);
  }
  if (algorithm == "ES256") {
    return EVP_EC_gen("P-256");
  }
  PERIGEE_CHECK(algorithm == "EdDSA", "the test names an algorithm of ours");
  return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
}

std::string Bytes(const BIGNUM* number, std::size_t size) {
  std::string bytes(size, '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size));
  return bytes;
}

std::string Number(const EVP_PKEY* key, const char* name, std::size_t size_min = 0) {
  BIGNUM* number = nullptr;
  PERIGEE_CHECK(EVP_PKEY_get_bn_param(key, name, &number) == 1, "a key has its numbers");
  const auto size = std::max(size_min, static_cast<std::size_t>(BN_num_bytes(number)));
  std::string bytes = Bytes(number, size);
  BN_free(number);
  return EncodeBase64Url(bytes);
}

std::string PairOf(std::string_view der) {
  const auto* from = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(
      d2i_ECDSA_SIG(nullptr, &from, static_cast<std::int64_t>(der.size())), &ECDSA_SIG_free);
  return Bytes(ECDSA_SIG_get0_r(pair.get()), kCoordinateBytes) +
         Bytes(ECDSA_SIG_get0_s(pair.get()), kCoordinateBytes);
}

}  // namespace

TokenMaker::TokenMaker(std::string algorithm, std::string key_id)
    : algorithm_(std::move(algorithm)),
      key_id_(std::move(key_id)),
      key_(NewKey(algorithm_), &EVP_PKEY_free) {
  PERIGEE_CHECK(key_ != nullptr, "a key can be made");
}

std::string TokenMaker::Jwk() const {
  json jwk{{"kid", key_id_}, {"alg", algorithm_}, {"use", "sig"}};
  if (algorithm_ == "RS256") {
    jwk["kty"] = "RSA";
    jwk["n"] = Number(key_.get(), OSSL_PKEY_PARAM_RSA_N);
    jwk["e"] = Number(key_.get(), OSSL_PKEY_PARAM_RSA_E);
  } else if (algorithm_ == "ES256") {
    jwk["kty"] = "EC";
    jwk["crv"] = "P-256";
    jwk["x"] = Number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, kCoordinateBytes);
    jwk["y"] = Number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, kCoordinateBytes);
  } else {
    std::array<unsigned char, kCoordinateBytes> point{};
    std::size_t size = point.size();
    PERIGEE_CHECK(EVP_PKEY_get_raw_public_key(key_.get(), point.data(), &size) == 1,
                  "a key has its point");
    jwk["kty"] = "OKP";
    jwk["crv"] = "Ed25519";
    jwk["x"] = EncodeBase64Url({reinterpret_cast<const char*>(point.data()), size});
  }
  return jwk.dump();
}

std::string TokenMaker::Jwks() const { return JwksOf({Jwk()}); }

std::string TokenMaker::Signature(std::string_view text) const {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  const EVP_MD* const digest = algorithm_ == "EdDSA" ? nullptr : EVP_sha256();
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::string signature(kModulusBits / 8, '\0');
  std::size_t size = signature.size();
  PERIGEE_CHECK(
      EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key_.get()) == 1 &&
          EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                         bytes, text.size()) == 1,
      "a key signs");
  signature.resize(size);
  return algorithm_ == "ES256" ? PairOf(signature) : signature;
}

std::string TokenMaker::Sign(std::string_view claims) const {
  return Sign(json{{"alg", algorithm_}, {"kid", key_id_}, {"typ", "JWT"}}.dump(), claims);
}

std::string TokenMaker::Sign(std::string_view header, std::string_view claims) const {
  const std::string text = EncodeBase64Url(header) + "." + EncodeBase64Url(claims);
  return text + "." + EncodeBase64Url(Signature(text));
}

std::string TokenMaker::Token(const std::string& issuer, const std::string& audience,
                              const std::string& subject, Time now, Duration lifetime) const {
  const auto seconds = [](Time t) {
    return std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
  };
  return Sign(json{{"iss", issuer},
                   {"aud", audience},
                   {"sub", subject},
                   {"iat", seconds(now)},
                   {"exp", seconds(now + lifetime)}}
                  .dump());
}

std::string JwksOf(std::initializer_list<std::string> jwks) {
  std::string keys;
  for (const std::string& jwk : jwks) {
    keys += (keys.empty() ? "" : ",") + jwk;
  }
  return "{\"keys\":[" + keys + "]}";
}

std::string EncodeBase64Url(std::string_view bytes) {
  std::string text;
  absl::WebSafeBase64Escape({bytes.data(), bytes.size()}, &text);
  while (!text.empty() && text.back() == '=') {
    text.pop_back();
  }
  return text;
}

}  // namespace perigee::tests
