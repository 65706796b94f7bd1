#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "server/core/aes128gcm.h"
#include "server/core/p256.h"

namespace perigee {

// Messages to browsers through a push service, which cannot read them (RFC 8291).

// What fits into a body of 4096 bytes, the size that every push service takes (RFC 8030, 7.2).
inline constexpr std::size_t kPushTextBytesMax = 3993;

// What is used for one message and never again.
struct PushOnce {
  P256Key key;
  ContentSalt salt;

  static PushOnce Random();
};

// The keys of a browser's subscription.
class PushKeys {
 public:
  // Takes both as the browser gives them, in base64url without padding. kInvalidField, naming
  // `p256dh` unless it is a point on P-256, or `auth` unless it has 16 bytes.
  static absl::StatusOr<PushKeys> Parse(std::string_view p256dh, std::string_view auth);

  // The body of a request with `Content-Encoding: aes128gcm`. kInvalidField, naming `text`, if that
  // is longer than kPushTextBytesMax.
  absl::StatusOr<std::string> Encrypt(std::string_view text, const PushOnce& once) const;

 private:
  PushKeys(std::string point, std::string auth)
      : point_(std::move(point)), auth_(std::move(auth)) {}

  std::string point_;
  std::string auth_;
};

}  // namespace perigee
