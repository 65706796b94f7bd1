#include "server/core/vapid.h"

#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/core/check.h"
#include "server/core/error.h"
#include "server/core/json.h"
#include "server/core/web_address.h"

namespace perigee {
namespace {

std::string Encoded(Json::Object object) {
  const std::optional<std::string> text = CanonicalJson(Json(std::move(object)));
  PERIGEE_CHECK(text.has_value(), "a token is JSON");
  return absl::WebSafeBase64Escape(*text);
}

}  // namespace

absl::StatusOr<VapidKey> VapidKey::Parse(const std::string& pem, std::string_view contact) {
  std::optional<P256Key> key = P256Key::FromPem(pem);
  if (!key) {
    return InvalidField("key", "must be a private key on P-256 in PEM, without a password");
  }
  if (!contact.starts_with("mailto:") && !contact.starts_with("https://")) {
    return InvalidField("contact", "must be a mailto: or https: URL");
  }
  return VapidKey(*std::move(key), contact);
}

VapidKey::VapidKey(P256Key key, std::string_view contact)
    : key_(std::move(key)), contact_(contact) {}

std::string VapidKey::PublicKey() const { return absl::WebSafeBase64Escape(key_.point()); }

std::string VapidKey::Authorization(const WebAddress& push_service, Time now) const {
  const auto expires = std::chrono::floor<std::chrono::seconds>(now + kVapidLifetime);
  const std::string text =
      absl::StrCat(Encoded({{"alg", "ES256"}, {"typ", "JWT"}}), ".",
                   Encoded({{"aud", push_service.Origin()},
                            {"exp", static_cast<double>(expires.time_since_epoch().count())},
                            {"sub", contact_}}));
  return absl::StrCat("vapid t=", text, ".", absl::WebSafeBase64Escape(key_.Sign(text)),
                      ", k=", PublicKey());
}

}  // namespace perigee
