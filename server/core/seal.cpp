#include "server/core/seal.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <memory>

#include "server/core/check.h"
#include "server/core/sha256.h"

namespace perigee {
namespace {

constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

// AES-256-GCM. One for each thread, because making one, or looking the algorithm up again, costs as
// much as sealing.
EVP_CIPHER_CTX* Cipher() {
  static EVP_CIPHER* const kAlgorithm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  thread_local const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> cipher = [] {
    std::unique_ptr<EVP_CIPHER_CTX, FreeContext> made(EVP_CIPHER_CTX_new());
    PERIGEE_CHECK(made != nullptr &&
                      EVP_CipherInit_ex(made.get(), kAlgorithm, nullptr, nullptr, nullptr, 1) == 1,
                  "no memory for a cipher");
    return made;
  }();
  return cipher.get();
}

const std::uint8_t* BytesOf(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

std::uint8_t* BytesOf(std::string& text, std::size_t from) {
  return reinterpret_cast<std::uint8_t*>(text.data()) + from;
}

std::string_view TextOf(const SealKey& key) {
  return {reinterpret_cast<const char*>(key.data()), key.size()};
}

}  // namespace

SealKey RandomSealKey() {
  SealKey key{};
  PERIGEE_CHECK(RAND_bytes(key.data(), static_cast<int>(key.size())) == 1,
                "the system gives no random bytes");
  return key;
}

SealKey JoinedKey(std::span<const SealKey> keys) {
  if (keys.size() == 1) {
    return keys.front();
  }
  std::string all;
  for (const SealKey& key : keys) {
    all.append(TextOf(key));
  }
  return Sha256(all);
}

std::string Seal(const SealKey& key, std::string_view context, std::string_view text) {
  std::string input(context);
  input.push_back('\0');
  input.append(text);
  const Sha256Digest digest = HmacSha256(TextOf(key), input);
  std::string box(reinterpret_cast<const char*>(digest.data()), kNonceBytes);
  box.resize(kNonceBytes + text.size() + kTagBytes);
  EVP_CIPHER_CTX* cipher = Cipher();
  int size = 0;
  const bool sealed =
      EVP_EncryptInit_ex(cipher, nullptr, nullptr, key.data(), digest.data()) == 1 &&
      EVP_EncryptUpdate(cipher, nullptr, &size, BytesOf(context),
                        static_cast<int>(context.size())) == 1 &&
      EVP_EncryptUpdate(cipher, BytesOf(box, kNonceBytes), &size, BytesOf(text),
                        static_cast<int>(text.size())) == 1 &&
      EVP_EncryptFinal_ex(cipher, BytesOf(box, kNonceBytes + text.size()), &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, static_cast<int>(kTagBytes),
                          BytesOf(box, kNonceBytes + text.size())) == 1;
  PERIGEE_CHECK(sealed, "a text cannot be sealed");
  return box;
}

std::optional<std::string> OpenSealed(const SealKey& key, std::string_view context,
                                      std::string_view box) {
  if (box.size() < kNonceBytes + kTagBytes) {
    return std::nullopt;
  }
  const std::string_view cipher_text =
      box.substr(kNonceBytes, box.size() - kNonceBytes - kTagBytes);
  std::array<char, kTagBytes> tag{};
  box.substr(box.size() - kTagBytes).copy(tag.data(), tag.size());
  std::string text(cipher_text.size(), '\0');
  EVP_CIPHER_CTX* cipher = Cipher();
  int size = 0;
  const bool opened = EVP_DecryptInit_ex(cipher, nullptr, nullptr, key.data(), BytesOf(box)) == 1 &&
                      EVP_DecryptUpdate(cipher, nullptr, &size, BytesOf(context),
                                        static_cast<int>(context.size())) == 1 &&
                      EVP_DecryptUpdate(cipher, BytesOf(text, 0), &size, BytesOf(cipher_text),
                                        static_cast<int>(cipher_text.size())) == 1 &&
                      EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, static_cast<int>(kTagBytes),
                                          tag.data()) == 1 &&
                      EVP_DecryptFinal_ex(cipher, BytesOf(text, text.size()), &size) == 1;
  return opened ? std::optional(std::move(text)) : std::nullopt;
}

}  // namespace perigee
