#include "server/adapters/access/jws.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "server/adapters/access/strict_json.h"
#include "server/core/base64url.h"

namespace perigee::adapters {
namespace {

using nlohmann::json;

constexpr std::string_view kMediaType = "application/";

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return absl::EqualsIgnoreCase({a.data(), a.size()}, {b.data(), b.size()});
}

// Tokens of other kinds, such as a logout token, may be signed with the same key (RFC 8725, 3.11).
bool IsTypeOfAccess(const json& type) {
  if (!type.is_string()) {
    return false;
  }
  std::string_view name = type.get_ref<const std::string&>();
  if (EqualsIgnoringCase(name.substr(0, kMediaType.size()), kMediaType)) {
    name.remove_prefix(kMediaType.size());
  }
  return EqualsIgnoringCase(name, "JWT") || EqualsIgnoringCase(name, "at+jwt");
}

bool ReadHeader(std::string_view text, Jws& jws) {
  const std::optional<std::string> bytes = DecodeBase64Url(text);
  const std::optional<json> header = bytes ? ParseJsonObject(*bytes) : std::nullopt;
  if (!header || header->contains("crit") || header->contains("b64")) {
    return false;
  }
  const auto type = header->find("typ");
  if (type != header->end() && !IsTypeOfAccess(*type)) {
    return false;
  }
  if (const auto id = header->find("kid"); id != header->end()) {
    if (!id->is_string()) {
      return false;
    }
    jws.key_id = id->get<std::string>();
  }
  const auto name = header->find("alg");
  if (name == header->end() || !name->is_string()) {
    return false;
  }
  const std::optional<Algorithm> algorithm = ParseAlgorithm(name->get_ref<const std::string&>());
  jws.algorithm = algorithm.value_or(Algorithm{});
  return algorithm.has_value();
}

}  // namespace

std::optional<Jws> ReadJws(std::string_view token) {
  if (token.size() > kTokenBytesMax) {
    return std::nullopt;
  }
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  if (first == last || token.find('.', first + 1) != last) {
    return std::nullopt;
  }
  Jws jws;
  if (!ReadHeader(token.substr(0, first), jws)) {
    return std::nullopt;
  }
  std::optional<std::string> payload = DecodeBase64Url(token.substr(first + 1, last - first - 1));
  std::optional<std::string> signature = DecodeBase64Url(token.substr(last + 1));
  if (!payload || !signature) {
    return std::nullopt;
  }
  jws.signed_text = token.substr(0, last);
  jws.payload = *std::move(payload);
  jws.signature = *std::move(signature);
  return jws;
}

}  // namespace perigee::adapters
