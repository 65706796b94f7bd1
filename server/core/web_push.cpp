#include "server/core/web_push.h"

#include <openssl/rand.h>

#include <optional>

#include "absl/strings/str_cat.h"
#include "server/core/base64url.h"
#include "server/core/check.h"
#include "server/core/error.h"
#include "server/core/hkdf.h"

namespace perigee {
namespace {

constexpr std::size_t kAuthBytes = 16;
constexpr std::size_t kSecretBytes = 32;
// A salt, a size of 4 bytes, the size of the key's id, and that id, which is a point.
constexpr std::size_t kHeaderBytes = sizeof(ContentSalt) + 4 + 1 + kP256PointBytes;
static_assert(kHeaderBytes + kPushTextBytesMax + kRecordOverheadBytes == 4096);

constexpr std::string_view kInfo{"WebPush: info\0", 14};  // With its zero byte.

}  // namespace

absl::StatusOr<PushKeys> PushKeys::Parse(std::string_view p256dh, std::string_view auth) {
  std::optional<std::string> point = DecodeBase64Url(p256dh);
  if (!point || P256PublicKey(*point) == nullptr) {
    return InvalidField("p256dh", "must be a point on P-256 in base64url");
  }
  std::optional<std::string> secret = DecodeBase64Url(auth);
  if (!secret || secret->size() != kAuthBytes) {
    return InvalidField("auth", "must be 16 bytes in base64url");
  }
  return PushKeys(*std::move(point), *std::move(secret));
}

PushOnce PushOnce::Random() {
  PushOnce once{P256Key::Random(), {}};
  PERIGEE_CHECK(RAND_bytes(once.salt.data(), static_cast<int>(once.salt.size())) == 1,
                "the system gives no random bytes");
  return once;
}

absl::StatusOr<std::string> PushKeys::Encrypt(std::string_view text, const PushOnce& once) const {
  if (text.size() > kPushTextBytesMax) {
    return InvalidField("text", absl::StrCat("must have at most ", kPushTextBytesMax, " bytes"));
  }
  const std::string& ours = once.key.point();
  const std::string secret = HkdfSha256(auth_, once.key.SharedSecret(P256PublicKey(point_)),
                                        std::string(kInfo) + point_ + ours, kSecretBytes);
  return EncodeAes128Gcm(secret, once.salt, ours, text);
}

}  // namespace perigee
