#include "server/core/p256.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "tests/core/has_signed.h"
#include "tests/core/open_aes128gcm.h"

namespace perigee::tests {
namespace {

// RFC 6979, A.2.5: a private number and the two of its public half.
std::string Number() {
  return absl::HexStringToBytes("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
}
std::string Point() {
  return absl::HexStringToBytes(
      "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
      "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299");
}

std::string Pkcs8Of(EVP_PKEY* key, const char* password = nullptr) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new(BIO_s_mem()), &BIO_free);
  EXPECT_EQ(PEM_write_bio_PKCS8PrivateKey(text.get(), key, password ? EVP_aes_128_cbc() : nullptr,
                                          password, password ? 4 : 0, nullptr, nullptr),
            1);
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(text.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

TEST(P256Test, AKeyIsReadFromItsFile) {
  const auto key = P256Key::FromPem(PemOf(Number()));
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(key->point(), Point());
  const KeyHandle made(EVP_EC_gen("P-256"));
  EXPECT_TRUE(P256Key::FromPem(Pkcs8Of(made.get())).has_value());
}

TEST(P256Test, OtherFilesAreRefused) {
  const KeyHandle p256(EVP_EC_gen("P-256"));
  const KeyHandle p384(EVP_EC_gen("P-384"));
  const KeyHandle k256(EVP_EC_gen("secp256k1"));
  const KeyHandle ed25519(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  const std::string pem = Pkcs8Of(p256.get());
  for (const std::string& text :
       {std::string(), std::string("key"), pem.substr(0, pem.size() / 2), Pkcs8Of(p384.get()),
        Pkcs8Of(k256.get()), Pkcs8Of(ed25519.get()), Pkcs8Of(p256.get(), "word"),
        PemOf(std::string(32, '\0')), PemOf(std::string(32, '\xFF'))}) {
    EXPECT_FALSE(P256Key::FromPem(text).has_value()) << text;
  }
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(P256Test, OnlyPointsOfTheCurveAreKeys) {
  EXPECT_NE(P256PublicKey(Point()), nullptr);
  std::string beside = Point();
  beside.back() = static_cast<char>(beside.back() ^ 1);
  std::string compressed = Point().substr(0, 33);
  compressed.front() = '\x03';
  std::string hybrid = Point();
  hybrid.front() = '\x07';
  for (const std::string& point : {std::string(), beside, compressed, hybrid, Point() + '\0',
                                   '\x04' + std::string(64, '\0'), std::string(65, '\0')}) {
    EXPECT_EQ(P256PublicKey(point), nullptr) << absl::BytesToHexString(point);
  }
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(P256Test, SignaturesAreOfTheKeyAndTheText) {
  const auto key = P256Key::FromPem(PemOf(Number()));
  // Numbers of a signature may begin with zeros, one in 256 does.
  for (int i = 0; i < 600; ++i) {
    const std::string text = "text " + std::to_string(i);
    const std::string signature = key->Sign(text);
    ASSERT_EQ(signature.size(), 64U);
    ASSERT_TRUE(HasSigned(Point(), text, signature)) << i;
  }
  const std::string signature = key->Sign("text");
  EXPECT_FALSE(HasSigned(Point(), "texts", signature));
  EXPECT_FALSE(HasSigned(P256Key::Random().point(), "text", signature));
}

// RFC 8291, appendix A.
TEST(P256Test, TwoKeysHaveOneSecret) {
  const auto bytes = [](const char* text) {
    std::string all;
    EXPECT_TRUE(absl::WebSafeBase64Unescape(text, &all));
    return all;
  };
  const auto sender = P256Key::FromPem(PemOf(bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")));
  const auto browser =
      P256Key::FromPem(PemOf(bytes("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")));
  const std::string secret = bytes("kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs");
  EXPECT_EQ(sender->SharedSecret(P256PublicKey(browser->point())), secret);
  EXPECT_EQ(browser->SharedSecret(P256PublicKey(sender->point())), secret);
  const P256Key other = P256Key::Random();
  EXPECT_NE(other.point(), P256Key::Random().point());
  EXPECT_NE(other.SharedSecret(P256PublicKey(browser->point())), secret);
}

}  // namespace
}  // namespace perigee::tests
