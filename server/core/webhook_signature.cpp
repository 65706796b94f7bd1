#include "server/core/webhook_signature.h"

#include <openssl/crypto.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/core/check.h"
#include "server/core/error.h"

namespace perigee {
namespace {

constexpr std::string_view kPrefix = "whsec_";
constexpr std::size_t kSecretBytesMin = 24;
constexpr std::size_t kSecretBytesMax = 64;
constexpr std::string_view kVersion = "v1,";

std::string Signature(const WebhookSecret& secret, const WebhookHeaders& headers,
                      std::string_view payload) {
  const Sha256Digest code = HmacSha256(
      secret.bytes(),
      std::string(headers.id).append(".").append(headers.timestamp).append(".").append(payload));
  return std::string(kVersion).append(absl::Base64Escape(std::string(code.begin(), code.end())));
}

// The time in seconds as SignWebhook writes it. nullopt for other spellings, such as `+1` or ` 1`.
std::optional<std::int64_t> SecondsOf(const std::string& text) {
  std::int64_t seconds = 0;
  if (!absl::SimpleAtoi(text, &seconds) || absl::StrCat(seconds) != text) {
    return std::nullopt;
  }
  return seconds;
}

// Looks at every byte, whichever is the first to differ.
bool IsSame(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

WebhookSecret WebhookSecret::Of(const Sha256Digest& digest) {
  return WebhookSecret(std::string(digest.begin(), digest.end()));
}

absl::StatusOr<WebhookSecret> WebhookSecret::Parse(std::string_view text) {
  if (text.starts_with(kPrefix)) {
    text.remove_prefix(kPrefix.size());
  }
  std::string bytes;
  // The library takes more spellings than the one.
  if (!absl::Base64Unescape(absl::string_view(text.data(), text.size()), &bytes) ||
      absl::Base64Escape(bytes) != text || bytes.size() < kSecretBytesMin ||
      bytes.size() > kSecretBytesMax) {
    return InvalidField("secret", absl::StrCat("must be whsec_ and ", kSecretBytesMin, " to ",
                                               kSecretBytesMax, " bytes in base64"));
  }
  return WebhookSecret(std::move(bytes));
}

std::string WebhookSecret::Text() const {
  return std::string(kPrefix).append(absl::Base64Escape(bytes_));
}

WebhookHeaders SignWebhook(std::span<const WebhookSecret> secrets, std::string_view id, Time now,
                           std::string_view payload) {
  PERIGEE_CHECK(!secrets.empty(), "a webhook has a secret");
  PERIGEE_CHECK(id.find('.') == std::string_view::npos, "the id of a message has no dot");
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  WebhookHeaders headers{std::string(id), absl::StrCat(seconds), ""};
  for (const WebhookSecret& secret : secrets) {
    headers.signature.append(headers.signature.empty() ? "" : " ")
        .append(Signature(secret, headers, payload));
  }
  return headers;
}

absl::Status VerifyWebhook(std::span<const WebhookSecret> secrets, const WebhookHeaders& headers,
                           std::string_view payload, Time now) {
  if (headers.id.empty()) {
    return InvalidField("webhook-id", "is required");
  }
  const std::optional<std::int64_t> seconds = SecondsOf(headers.timestamp);
  if (!seconds) {
    return InvalidField("webhook-timestamp", "must be whole seconds since 1970");
  }
  const auto ours = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch();
  const std::chrono::seconds theirs(*seconds);
  if (theirs < ours - kWebhookTolerance || theirs > ours + kWebhookTolerance) {
    return InvalidField("webhook-timestamp", "is more than 5 minutes from now");
  }
  bool is_signed = false;
  const std::vector<std::string> given = absl::StrSplit(headers.signature, ' ');
  for (const WebhookSecret& secret : secrets) {
    const std::string expected = Signature(secret, headers, payload);
    for (const std::string& signature : given) {
      is_signed = IsSame(signature, expected) || is_signed;
    }
  }
  return is_signed ? absl::OkStatus() : InvalidField("webhook-signature", "fits no secret");
}

}  // namespace perigee
