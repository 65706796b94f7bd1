#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/ed25519.h"
#include "server/core/time.h"

namespace perigee::domain {

// What a verifier finds of a document that is said to be a credential.
enum class Finding : std::uint8_t {
  kValid = 1,      // Of the issuer that the verifier trusts.
  kUnknownIssuer,  // All is right, but the verifier named no issuer to trust.
  kStatusUnknown,  // All else is right, but the given status list does not tell of it.
  kMalformed,
  kUnknownSuite,
  kTampered,
  kOtherIssuer,
  kNotYetValid,
  kExpired,
  kRevoked
};
// Upper case, as `perigee verify` prints it.
std::string_view NameOf(Finding finding);

// What to look at, and what to believe.
struct CredentialQuestion {
  std::string_view document;
  std::optional<Ed25519Key> issuer;             // Whom to trust.
  std::optional<std::string_view> status_list;  // The document of the issuer's list.
  Time at{};
};

struct CredentialAnswer {
  Finding finding = Finding::kMalformed;
  std::string why;  // One sentence.
  bool revocation_checked = false;
  // What the document says of itself, from a proof that is right.
  std::string issuer;       // A did:key.
  std::string issuer_name;  // As the issuer calls itself.
};

// Needs nothing but what it is given. An answer of kValid, kUnknownIssuer or kStatusUnknown means
// that the document is what its issuer signed.
CredentialAnswer CheckCredential(const CredentialQuestion& question);

}  // namespace perigee::domain
