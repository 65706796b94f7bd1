#include "server/core/data_integrity.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/status/statusor.h"
#include "server/core/base58.h"
#include "server/core/check.h"
#include "server/core/sha256.h"

namespace perigee {
namespace {

constexpr std::string_view kSuite = "eddsa-jcs-2022";
constexpr std::string_view kProofType = "DataIntegrityProof";
constexpr std::string_view kPurpose = "assertionMethod";
constexpr std::string_view kContext = "@context";
constexpr std::string_view kDidKey = "did:key:";
// Multicodec ed25519-pub, as a varint.
constexpr std::string_view kPublicKeyCodec = "\xED\x01";

std::string_view RawOf(const Sha256Digest& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::optional<std::string> DecodeMultibase58(std::string_view text) {
  return text.starts_with('z') ? DecodeBase58(text.substr(1)) : std::nullopt;
}

CheckedProof Fault(ProofState state, std::string why) {
  CheckedProof checked;
  checked.state = state;
  checked.why = std::move(why);
  return checked;
}

// The key of `did:key:K#K`.
std::optional<Ed25519Key> KeyOfMethod(std::string_view method) {
  const std::size_t hash = method.find('#');
  const std::optional<Ed25519Key> key = KeyOfDid(method.substr(0, hash));
  const bool names_it = key.has_value() && hash != std::string_view::npos &&
                        method.substr(hash + 1) == MultibaseOf(*key);
  return names_it ? key : std::nullopt;
}

// Whether `whole` is `first` or begins with all of it.
bool StartsWith(const Json* whole, const Json& first) {
  if (whole == nullptr) {
    return false;
  }
  if (first.array() == nullptr) {
    return *whole == first || (whole->array() != nullptr && !whole->array()->empty() &&
                               whole->array()->front() == first);
  }
  return whole->array() != nullptr && whole->array()->size() >= first.array()->size() &&
         std::equal(first.array()->begin(), first.array()->end(), whole->array()->begin());
}

}  // namespace

std::string MultibaseOf(const Ed25519Key& key) {
  return "z" + EncodeBase58(std::string(kPublicKeyCodec).append(RawOf(key)));
}

std::optional<Ed25519Key> KeyOfMultibase(std::string_view text) {
  const std::optional<std::string> bytes = DecodeMultibase58(text);
  Ed25519Key key{};
  if (!bytes.has_value() || !bytes->starts_with(kPublicKeyCodec) ||
      bytes->size() != kPublicKeyCodec.size() + key.size()) {
    return std::nullopt;
  }
  std::copy(bytes->begin() + kPublicKeyCodec.size(), bytes->end(), key.begin());
  return key;
}

std::string DidOf(const Ed25519Key& key) { return std::string(kDidKey) + MultibaseOf(key); }

std::optional<Ed25519Key> KeyOfDid(std::string_view did) {
  return did.starts_with(kDidKey) ? KeyOfMultibase(did.substr(kDidKey.size())) : std::nullopt;
}

std::optional<ProofInput> ProofInputOf(const Json& document, const Json& config) {
  std::optional<std::string> canonical_config = CanonicalJson(config);
  std::optional<std::string> canonical = CanonicalJson(document);
  if (!canonical_config.has_value() || !canonical.has_value()) {
    return std::nullopt;
  }
  std::string hash(RawOf(Sha256(*canonical_config)));
  hash.append(RawOf(Sha256(*canonical)));
  return ProofInput{*std::move(canonical_config), *std::move(canonical), std::move(hash)};
}

Json WithProof(Json::Object document, const Ed25519Seed& seed, Time created) {
  const std::string key = MultibaseOf(Ed25519KeyOf(seed));
  Json::Object proof = {
      {"type", kProofType},
      {"cryptosuite", kSuite},
      {"created", SecondOf(created)},
      {"verificationMethod", std::string(kDidKey) + key + "#" + key},
      {"proofPurpose", kPurpose},
  };
  if (const auto context = document.find(kContext); context != document.end()) {
    proof.emplace(kContext, context->second);
  }
  const std::optional<ProofInput> input = ProofInputOf(document, proof);
  PERIGEE_CHECK(input.has_value(), "a document without a canonical form");
  proof.emplace("proofValue", "z" + EncodeBase58(Ed25519Sign(seed, input->hash)));
  document.emplace("proof", std::move(proof));
  return document;
}

CheckedProof CheckProof(const Json& document) {
  const Json* const proof = document.Find("proof");
  if (proof == nullptr || proof->object() == nullptr) {
    return Fault(ProofState::kMalformed, "it has no proof, or not one alone");
  }
  const std::string* const type = proof->TextAt("type");
  const std::string* const suite = proof->TextAt("cryptosuite");
  if (type == nullptr || *type != kProofType || suite == nullptr || *suite != kSuite) {
    return Fault(ProofState::kUnknownSuite, "its proof is not by the suite eddsa-jcs-2022");
  }
  const std::string* const purpose = proof->TextAt("proofPurpose");
  const std::string* const method = proof->TextAt("verificationMethod");
  const std::string* const value = proof->TextAt("proofValue");
  if (purpose == nullptr || *purpose != kPurpose || method == nullptr || value == nullptr) {
    return Fault(ProofState::kMalformed, "its proof states no assertion, key or value");
  }
  const std::optional<Ed25519Key> key = KeyOfMethod(*method);
  const std::optional<std::string> signature = DecodeMultibase58(*value);
  if (!key.has_value() || !signature.has_value()) {
    return Fault(ProofState::kMalformed, "the key or the value of its proof cannot be read");
  }
  CheckedProof checked;
  for (const char* const field : {"created", "expires"}) {
    if (proof->Find(field) == nullptr) {
      continue;
    }
    const std::string* const text = proof->TextAt(field);
    const absl::StatusOr<Time> time = ParseTime(text == nullptr ? "" : *text);
    if (!time.ok()) {
      return Fault(ProofState::kMalformed, std::string("its proof has no time in ") + field);
    }
    if (std::string_view(field) == "expires") {
      checked.expires = *time;
    }
  }
  Json::Object plain = *document.object();
  plain.erase("proof");
  if (const Json* const context = proof->Find(kContext); context != nullptr) {
    if (!StartsWith(document.Find(kContext), *context)) {
      return Fault(ProofState::kWrong, "its context is not that of its proof");
    }
    plain[std::string(kContext)] = *context;
  }
  Json::Object config = *proof->object();
  config.erase("proofValue");
  const std::optional<ProofInput> input = ProofInputOf(plain, config);
  if (!input.has_value()) {
    return Fault(ProofState::kMalformed, "it has no canonical form");
  }
  if (!Ed25519HasSigned(*key, input->hash, *signature)) {
    return Fault(ProofState::kWrong, "it is not what was signed");
  }
  checked.state = ProofState::kRight;
  checked.key = *key;
  return checked;
}

std::string SecondOf(Time time) {
  std::string text = FormatTime(std::chrono::floor<std::chrono::seconds>(time));
  return text.erase(text.find('.')) + "Z";
}

}  // namespace perigee
