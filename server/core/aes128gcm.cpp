#include "server/core/aes128gcm.h"

#include <openssl/evp.h>

#include <memory>

#include "server/core/check.h"
#include "server/core/hkdf.h"

namespace perigee {
namespace {

constexpr std::size_t kKeyBytes = 16;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kKeyIdBytesMax = 255;
// What ends the last record before its padding, of which there is none.
constexpr char kEndOfLast = '\x02';

// These infos end with a zero byte.
constexpr std::string_view kKeyInfo{"Content-Encoding: aes128gcm\0", 28};
constexpr std::string_view kNonceInfo{"Content-Encoding: nonce\0", 24};

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

const std::uint8_t* BytesOf(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

std::string Encrypt(std::string_view key, std::string_view nonce, std::string_view text) {
  const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> cipher(EVP_CIPHER_CTX_new());
  std::string box(text.size() + kTagBytes, '\0');
  auto* const bytes = reinterpret_cast<std::uint8_t*>(box.data());
  int size = 0;
  const bool is_encrypted =
      cipher != nullptr &&
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_128_gcm(), nullptr, BytesOf(key), BytesOf(nonce)) ==
          1 &&
      EVP_EncryptUpdate(cipher.get(), bytes, &size, BytesOf(text), static_cast<int>(text.size())) ==
          1 &&
      EVP_EncryptFinal_ex(cipher.get(), bytes + text.size(), &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(kTagBytes),
                          bytes + text.size()) == 1;
  PERIGEE_CHECK(is_encrypted, "a text cannot be encrypted");
  return box;
}

}  // namespace

std::string EncodeAes128Gcm(std::string_view secret, const ContentSalt& salt,
                            std::string_view key_id, std::string_view text) {
  PERIGEE_CHECK(text.size() <= kRecordBytes - kRecordOverheadBytes, "a text fits into a record");
  PERIGEE_CHECK(key_id.size() <= kKeyIdBytesMax, "the id of a key fits into a header");
  std::string body(salt.begin(), salt.end());
  const std::string key = HkdfSha256(body, secret, kKeyInfo, kKeyBytes);
  const std::string nonce = HkdfSha256(body, secret, kNonceInfo, kNonceBytes);
  for (int shift = 24; shift >= 0; shift -= 8) {
    body.push_back(static_cast<char>(kRecordBytes >> shift & 0xFF));
  }
  body.push_back(static_cast<char>(key_id.size()));
  body.append(key_id);
  return body + Encrypt(key, nonce, std::string(text) + kEndOfLast);
}

}  // namespace perigee
