#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/sha256.h"
#include "server/core/time.h"

namespace perigee {

// Signatures of webhooks by Standard Webhooks 1.0 with shared secrets (`v1`).

// How far the sender's clock may be from ours. What is older may be a message that is sent again by
// somebody who has overheard it.
inline constexpr std::chrono::minutes kWebhookTolerance{5};

// A secret that a sender and a receiver share.
class WebhookSecret {
 public:
  static WebhookSecret Of(const Sha256Digest& digest);
  // Takes `whsec_` and 24 to 64 bytes in base64. The prefix may be missing. kInvalidField, naming
  // `secret`, for all other texts. The refusal does not tell the text.
  static absl::StatusOr<WebhookSecret> Parse(std::string_view text);

  // As Parse takes it, with the prefix.
  std::string Text() const;
  const std::string& bytes() const { return bytes_; }

 private:
  explicit WebhookSecret(std::string bytes) : bytes_(std::move(bytes)) {}

  std::string bytes_;
};

// The headers of a message.
struct WebhookHeaders {
  std::string id;         // `webhook-id`: the same for each attempt to deliver one message.
  std::string timestamp;  // `webhook-timestamp`: when this attempt was made, in seconds.
  std::string signature;  // `webhook-signature`: one for each secret.
};

// The headers for a message. `payload`: the bytes as they are sent. `secrets`: at least one; while
// a secret is replaced, the old and the new. `id` has no dot, because dots part what is signed.
WebhookHeaders SignWebhook(std::span<const WebhookSecret> secrets, std::string_view id, Time now,
                           std::string_view payload);

// OK if an owner of one of the secrets has signed the message at most kWebhookTolerance before or
// after `now`. kInvalidField, naming the header, if one is missing, malformed or wrong. All wrong
// signatures take the same time.
absl::Status VerifyWebhook(std::span<const WebhookSecret> secrets, const WebhookHeaders& headers,
                           std::string_view payload, Time now);

}  // namespace perigee
