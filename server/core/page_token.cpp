#include "server/core/page_token.h"

#include <algorithm>
#include <optional>

#include "absl/strings/escaping.h"
#include "server/core/error.h"
#include "server/core/sha256.h"

namespace perigee {
PageTokens::PageTokens(std::string_view key) : key_(Sha256(key)) {}

std::string PageTokens::Encode(std::string_view query,
                               const std::vector<std::string>& position) const {
  std::string packed;
  for (const std::string& part : position) {
    packed.append(std::to_string(part.size())).append(":").append(part);
  }
  return absl::WebSafeBase64Escape(Seal(key_, query, packed));
}

absl::StatusOr<std::vector<std::string>> PageTokens::Decode(std::string_view query,
                                                            std::string_view token) const {
  const absl::Status invalid =
      Error(Reason::kPageTokenInvalid, "page_token was not made by this service for this query");
  std::string raw;
  if (!absl::WebSafeBase64Unescape(absl::string_view(token.data(), token.size()), &raw)) {
    return invalid;
  }
  // The decoder skips blanks. Each token has one spelling.
  if (const std::string spelling = absl::WebSafeBase64Escape(raw); token != spelling) {
    return invalid;
  }
  const std::optional<std::string> opened = OpenSealed(key_, query, raw);
  if (!opened.has_value()) {
    return invalid;
  }
  std::string_view packed(*opened);
  // The seal is ours, so the text is well-formed.
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
