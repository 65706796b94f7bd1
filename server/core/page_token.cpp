#include "server/core/page_token.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "server/core/error.h"
#include "server/core/sha256.h"

namespace perigee {
namespace {

constexpr std::size_t kSignatureBytes = 16;

std::string Sign(const std::string& key, std::string_view query, std::string_view position) {
  std::string signed_text = std::to_string(query.size());
  signed_text.append(":").append(query).append(position);
  const Sha256Digest digest = HmacSha256(key, signed_text);
  return {reinterpret_cast<const char*>(digest.data()), kSignatureBytes};
}

}  // namespace

PageTokens::PageTokens(std::string key) : key_(std::move(key)) {}

std::string PageTokens::Encode(std::string_view query,
                               const std::vector<std::string>& position) const {
  std::string packed;
  for (const std::string& part : position) {
    packed.append(std::to_string(part.size())).append(":").append(part);
  }
  return absl::WebSafeBase64Escape(Sign(key_, query, packed) + packed);
}

absl::StatusOr<std::vector<std::string>> PageTokens::Decode(std::string_view query,
                                                            std::string_view token) const {
  const absl::Status invalid =
      Error(Reason::kPageTokenInvalid, "page_token was not made by this service for this query");
  std::string raw;
  if (!absl::WebSafeBase64Unescape(absl::string_view(token.data(), token.size()), &raw) ||
      raw.size() < kSignatureBytes) {
    return invalid;
  }
  // The decoder skips blanks. Each token has one spelling.
  if (const std::string spelling = absl::WebSafeBase64Escape(raw); token != spelling) {
    return invalid;
  }
  std::string_view packed(raw);
  packed.remove_prefix(kSignatureBytes);
  if (Sign(key_, query, packed) != raw.substr(0, kSignatureBytes)) {
    return invalid;
  }
  // The signature is ours, so the text is well-formed.
  std::vector<std::string> position;
  while (!packed.empty()) {
    const std::size_t colon = packed.find(':');
    const std::size_t size = std::stoul(std::string(packed.substr(0, colon)));
    position.emplace_back(packed.substr(colon + 1, size));
    packed.remove_prefix(colon + 1 + size);
  }
  return position;
}

absl::StatusOr<int> PageSize(int asked, int fallback, int max) {
  if (asked < 0) {
    return InvalidField("page_size", "must not be negative");
  }
  return asked == 0 ? fallback : std::min(asked, max);
}

}  // namespace perigee
