#include "server/adapters/access/claims.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <nlohmann/json.hpp>

#include "server/adapters/access/strict_json.h"
#include "server/core/text.h"

namespace perigee::adapters {
namespace {

using nlohmann::json;

constexpr std::size_t kSubjectBytesMax = 255;
constexpr std::int64_t kSecondsMax = 253'402'300'799;  // 9999-12-31T23:59:59Z
constexpr std::int64_t kMicros = 1'000'000;

std::optional<std::string> Text(const json& claims, const char* name) {
  const auto found = claims.find(name);
  return found != claims.end() && found->is_string() ? std::optional(found->get<std::string>())
                                                     : std::nullopt;
}

std::optional<Time> ToTime(const json& seconds) {
  if (seconds.is_number_unsigned()) {
    const auto whole = seconds.get<std::uint64_t>();
    return whole <= static_cast<std::uint64_t>(kSecondsMax)
               ? std::optional(FromMicros(static_cast<std::int64_t>(whole) * kMicros))
               : std::nullopt;
  }
  // Negative whole numbers are no floats, so that they end here too.
  if (!seconds.is_number_float()) {
    return std::nullopt;
  }
  const auto fractional = seconds.get<double>();
  if (!(fractional >= 0) || fractional > static_cast<double>(kSecondsMax)) {
    return std::nullopt;
  }
  return FromMicros(
      static_cast<std::int64_t>(std::floor(fractional * static_cast<double>(kMicros))));
}

// False if there is such a claim, but no time.
bool ReadTime(const json& claims, const char* name, std::optional<Time>& time) {
  const auto found = claims.find(name);
  if (found == claims.end()) {
    return true;
  }
  time = ToTime(*found);
  return time.has_value();
}

// A single audience may stand without an array (RFC 7519, 4.1.3).
bool ReadAudiences(const json& claims, std::vector<std::string>& audiences) {
  const auto found = claims.find("aud");
  if (found == claims.end()) {
    return false;
  }
  if (found->is_string()) {
    audiences.push_back(found->get<std::string>());
    return true;
  }
  if (!found->is_array()) {
    return false;
  }
  for (const json& audience : *found) {
    if (!audience.is_string()) {
      return false;
    }
    audiences.push_back(audience.get<std::string>());
  }
  return true;
}

}  // namespace

std::optional<Claims> ReadClaims(std::string_view payload) {
  const std::optional<json> parsed = ParseJsonObject(payload);
  if (!parsed) {
    return std::nullopt;
  }
  std::optional<std::string> issuer = Text(*parsed, "iss");
  std::optional<std::string> subject = Text(*parsed, "sub");
  std::optional<Time> expire_time;
  Claims claims;
  if (!issuer || !subject || !CheckText("sub", *subject, 1, kSubjectBytesMax).ok() ||
      !ReadAudiences(*parsed, claims.audiences) || !ReadTime(*parsed, "exp", expire_time) ||
      !expire_time || !ReadTime(*parsed, "nbf", claims.not_before) ||
      !ReadTime(*parsed, "iat", claims.issue_time)) {
    return std::nullopt;
  }
  claims.issuer = *std::move(issuer);
  claims.subject = *std::move(subject);
  claims.expire_time = *expire_time;
  return claims;
}

}  // namespace perigee::adapters
