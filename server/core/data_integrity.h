#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/ed25519.h"
#include "server/core/json.h"
#include "server/core/time.h"

namespace perigee {

// Proofs of W3C Data Integrity by the one suite `eddsa-jcs-2022`, with keys of the method did:key,
// so that nothing must be fetched to check them.

// A public key as multibase has it, such as `z6Mk…`, and the inverse: nullopt for every other text.
std::string MultibaseOf(const Ed25519Key& key);
std::optional<Ed25519Key> KeyOfMultibase(std::string_view text);
// The same of `did:key:z6Mk…`.
std::string DidOf(const Ed25519Key& key);
std::optional<Ed25519Key> KeyOfDid(std::string_view did);

// What is signed: the canonical proof without its value, the canonical document without its proof,
// and the hash of the first followed by that of the second.
struct ProofInput {
  std::string config;
  std::string document;
  std::string hash;
};
// nullopt if one of them has no canonical form.
std::optional<ProofInput> ProofInputOf(const Json& document, const Json& config);

// The document with a proof by that key, made at `created`. It must have a canonical form.
Json WithProof(Json::Object document, const Ed25519Seed& seed, Time created);

enum class ProofState : std::uint8_t { kRight, kMalformed, kUnknownSuite, kWrong };
struct CheckedProof {
  ProofState state = ProofState::kMalformed;
  std::string why;              // Of a proof that is not right.
  Ed25519Key key{};             // Who made it, if it is right.
  std::optional<Time> expires;  // From then on the proof holds no more.
};
// Whether the owner of the key that the proof names has made it of this document.
CheckedProof CheckProof(const Json& document);

// A time as documents spell it, to the second: `2026-11-21T23:45:36Z`.
std::string SecondOf(Time time);

}  // namespace perigee
