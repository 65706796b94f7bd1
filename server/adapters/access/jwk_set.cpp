#include "server/adapters/access/jwk_set.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <nlohmann/json.hpp>

#include "server/adapters/access/strict_json.h"
#include "server/core/base64url.h"
#include "server/core/error.h"

namespace perigee::adapters {
namespace {

using nlohmann::json;

constexpr std::size_t kKeysMax = 100;
// Parts of private keys of every kind that has public ones (RFC 7518 section 6, RFC 8037).
constexpr const char* kPrivateParts[] = {"d", "p", "q", "dp", "dq", "qi", "oth"};

bool IsText(const json& key, const char* name, std::string_view text) {
  const auto found = key.find(name);
  return found != key.end() && found->is_string() && found->get_ref<const std::string&>() == text;
}

// Empty, which no key accepts, if it is missing or not base64url.
std::string Bytes(const json& key, const char* name) {
  const auto found = key.find(name);
  if (found == key.end() || !found->is_string()) {
    return {};
  }
  return DecodeBase64Url(found->get_ref<const std::string&>()).value_or(std::string());
}

// What is not said does not forbid.
bool MayVerify(const json& key) {
  if (key.contains("use") && !IsText(key, "use", "sig")) {
    return false;
  }
  const auto operations = key.find("key_ops");
  return operations == key.end() ||
         (operations->is_array() &&
          std::find(operations->begin(), operations->end(), "verify") != operations->end());
}

std::optional<PublicKey> ReadKey(const json& key) {
  if (!MayVerify(key)) {
    return std::nullopt;
  }
  // The kind of a key decides its algorithm. `alg` may only agree.
  const auto agrees = [&key](const char* name) {
    return !key.contains("alg") || IsText(key, "alg", name);
  };
  if (IsText(key, "kty", "RSA") && agrees("RS256")) {
    return PublicKey::Rsa(Bytes(key, "n"), Bytes(key, "e"));
  }
  if (IsText(key, "kty", "EC") && IsText(key, "crv", "P-256") && agrees("ES256")) {
    return PublicKey::P256(Bytes(key, "x"), Bytes(key, "y"));
  }
  if (IsText(key, "kty", "OKP") && IsText(key, "crv", "Ed25519") && agrees("EdDSA")) {
    return PublicKey::Ed25519(Bytes(key, "x"));
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<JwkSet> JwkSet::Parse(std::string_view text, std::string_view source) {
  const std::optional<json> parsed = ParseJsonObject(text);
  const auto keys = parsed ? parsed->find("keys") : json::const_iterator();
  if (!parsed || keys == parsed->end() || !keys->is_array()) {
    return InvalidField(source, "is not a JWK set: a JSON object with an array `keys`");
  }
  if (keys->size() > kKeysMax) {
    return InvalidField(source, "has more than " + std::to_string(kKeysMax) + " keys");
  }
  JwkSet set;
  for (const json& entry : *keys) {
    if (!entry.is_object()) {
      return InvalidField(source, "has a key that is not a JSON object");
    }
    if (std::any_of(std::begin(kPrivateParts), std::end(kPrivateParts),
                    [&entry](const char* part) { return entry.contains(part); })) {
      return InvalidField(source, "has a private key: publish the public ones only");
    }
    std::optional<PublicKey> key = ReadKey(entry);
    const auto id = entry.find("kid");
    if (!key || (id != entry.end() && !id->is_string())) {
      ++set.left_out_;
    } else if (id == entry.end()) {
      set.nameless_.push_back(*std::move(key));
    } else if (!set.by_id_.emplace(id->get<std::string>(), *std::move(key)).second) {
      return InvalidField(source, "has two keys of one id");
    }
  }
  return set;
}

std::vector<const PublicKey*> JwkSet::KeysFor(Algorithm algorithm) const {
  std::vector<const PublicKey*> fitting;
  for (const auto& [id, key] : by_id_) {
    if (key.algorithm() == algorithm) {
      fitting.push_back(&key);
    }
  }
  for (const PublicKey& key : nameless_) {
    if (key.algorithm() == algorithm) {
      fitting.push_back(&key);
    }
  }
  return fitting;
}

const PublicKey* JwkSet::Find(const std::optional<std::string>& id, Algorithm algorithm) const {
  if (!id) {
    const std::vector<const PublicKey*> fitting = KeysFor(algorithm);
    return fitting.size() == 1 ? fitting.front() : nullptr;
  }
  const auto found = by_id_.find(*id);
  return found != by_id_.end() && found->second.algorithm() == algorithm ? &found->second : nullptr;
}

bool JwkSet::Lacks(const std::optional<std::string>& id, Algorithm algorithm) const {
  return id ? !by_id_.contains(*id) : KeysFor(algorithm).empty();
}

bool JwkSet::KeepsKeysOf(const JwkSet& older) const {
  return std::all_of(older.by_id_.begin(), older.by_id_.end(),
                     [this](const auto& entry) {
                       const auto found = by_id_.find(entry.first);
                       return found != by_id_.end() && found->second == entry.second;
                     }) &&
         std::all_of(older.nameless_.begin(), older.nameless_.end(), [this](const PublicKey& key) {
           return std::find(nameless_.begin(), nameless_.end(), key) != nameless_.end();
         });
}

}  // namespace perigee::adapters
