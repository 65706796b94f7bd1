#include "server/domain/champion/credential_check.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "server/core/data_integrity.h"
#include "server/core/json.h"
#include "server/domain/champion/credential.h"
#include "server/domain/champion/status_list.h"

namespace perigee::domain {
namespace {

// What is wrong, if anything.
struct Fault {
  Finding finding{};
  std::string why;
};
using MaybeFault = std::optional<Fault>;

Finding FindingOf(ProofState state) {
  switch (state) {
    case ProofState::kUnknownSuite:
      return Finding::kUnknownSuite;
    case ProofState::kWrong:
      return Finding::kTampered;
    case ProofState::kMalformed:
    case ProofState::kRight:
      break;
  }
  return Finding::kMalformed;
}

// Whether a field is the word, or a list with it.
bool Has(const Json& document, std::string_view field, std::string_view word) {
  const Json* const found = document.Find(field);
  if (found == nullptr) {
    return false;
  }
  const Json wanted(word);
  return *found == wanted || (found->array() != nullptr &&
                              std::ranges::find(*found->array(), wanted) != found->array()->end());
}

// The issuer's id. Empty if there is none.
std::string IssuerIn(const Json& document) {
  const std::string* id = document.TextAt("issuer");
  if (const Json* const issuer = document.Find("issuer"); id == nullptr && issuer != nullptr) {
    id = issuer->TextAt("id");
  }
  return id == nullptr ? "" : *id;
}

MaybeFault CheckShape(const Json& document, std::string_view type) {
  const Json* const context = document.Find("@context");
  if (context == nullptr || context->array() == nullptr || context->array()->empty() ||
      context->array()->front() != Json(kCredentialsContext) ||
      !Has(document, "type", "VerifiableCredential") || !Has(document, "type", type)) {
    return Fault{Finding::kMalformed, "it is no " + std::string(type) + " of data model 2.0"};
  }
  return std::nullopt;
}

MaybeFault CheckTimes(const Json& document, const CheckedProof& proof, Time at) {
  for (const char* const field : {"validFrom", "validUntil"}) {
    if (document.Find(field) == nullptr) {
      continue;
    }
    const std::string* const text = document.TextAt(field);
    const absl::StatusOr<Time> time = ParseTime(text == nullptr ? "" : *text);
    if (!time.ok()) {
      return Fault{Finding::kMalformed, std::string("it has no time in ") + field};
    }
    const bool is_start = std::string_view(field) == "validFrom";
    if (is_start && at < *time) {
      return Fault{Finding::kNotYetValid, "it is valid from " + *text + " on"};
    }
    if (!is_start && at >= *time) {
      return Fault{Finding::kExpired, "it was valid until " + *text};
    }
  }
  if (proof.expires.has_value() && at >= *proof.expires) {
    return Fault{Finding::kExpired, "its proof was valid until " + SecondOf(*proof.expires)};
  }
  return std::nullopt;
}

// Checks the proof, and that the issuer made it.
MaybeFault CheckSource(const Json& document, CheckedProof& proof) {
  proof = CheckProof(document);
  if (proof.state != ProofState::kRight) {
    return Fault{FindingOf(proof.state), proof.why};
  }
  // The suite lets contexts follow those that were signed. They could give words another meaning.
  const Json* const signed_context = document.Find("proof")->Find("@context");
  if (signed_context != nullptr && *signed_context != *document.Find("@context")) {
    return Fault{Finding::kTampered, "its context has more than was signed"};
  }
  if (IssuerIn(document) != DidOf(proof.key)) {
    return Fault{Finding::kOtherIssuer, "its issuer is " + IssuerIn(document) +
                                            ", but its proof is by " + DidOf(proof.key)};
  }
  return std::nullopt;
}

Fault Unknown(std::string why) { return Fault{Finding::kStatusUnknown, std::move(why)}; }

// The bits of the list of that id, which must be by the same issuer and of that time.
absl::StatusOr<StatusBits> BitsOf(std::string_view text, const std::string& id,
                                  const Ed25519Key& issuer, Time at) {
  const std::optional<Json> list = ParseJson(text);
  CheckedProof proof;
  MaybeFault fault = !list.has_value() || list->object() == nullptr
                         ? Fault{Finding::kMalformed, "it is no JSON object"}
                         : CheckSource(*list, proof);
  if (!fault.has_value() && proof.key != issuer) {
    fault = Fault{Finding::kOtherIssuer, "it is by " + DidOf(proof.key)};
  }
  if (!fault.has_value()) {
    fault = CheckShape(*list, "BitstringStatusListCredential");
  }
  if (!fault.has_value()) {
    fault = CheckTimes(*list, proof, at);
  }
  if (fault.has_value()) {
    return absl::InvalidArgumentError(fault->why);
  }
  const std::string* const list_id = list->TextAt("id");
  if (list_id == nullptr || *list_id != id) {
    return absl::InvalidArgumentError("it is not the list that the credential names, " + id);
  }
  const Json* const subject = list->Find("credentialSubject");
  const std::string* const encoded = subject == nullptr ? nullptr : subject->TextAt("encodedList");
  std::optional<StatusBits> bits;
  if (encoded != nullptr && Has(*subject, "statusPurpose", "revocation")) {
    bits = StatusBits::Decode(*encoded);
  }
  if (!bits.has_value()) {
    return absl::InvalidArgumentError("its bits cannot be read");
  }
  return *std::move(bits);
}

MaybeFault CheckStatus(const Json& document, std::string_view status_list, const Ed25519Key& issuer,
                       Time at) {
  const Json* const entry = document.Find("credentialStatus");
  if (entry == nullptr || !Has(*entry, "type", "BitstringStatusListEntry") ||
      !Has(*entry, "statusPurpose", "revocation")) {
    return Unknown("it names no place in a status list");
  }
  const std::string* const list = entry->TextAt("statusListCredential");
  const std::string* const place = entry->TextAt("statusListIndex");
  std::int64_t index = 0;
  if (list == nullptr || place == nullptr || !absl::SimpleAtoi(*place, &index)) {
    return Unknown("its place in a status list cannot be read");
  }
  const absl::StatusOr<StatusBits> bits = BitsOf(status_list, *list, issuer, at);
  if (!bits.ok()) {
    return Unknown("the status list does not help: " + std::string(bits.status().message()));
  }
  const std::optional<bool> revoked = bits->At(index);
  if (!revoked.has_value()) {
    return Unknown("its place is not in the status list");
  }
  return *revoked ? MaybeFault(Fault{Finding::kRevoked, "its issuer revoked it"}) : std::nullopt;
}

// Everything besides the proof.
MaybeFault CheckContent(const Json& document, const CheckedProof& proof,
                        const CredentialQuestion& question) {
  if (question.issuer.has_value() && proof.key != *question.issuer) {
    return Fault{Finding::kOtherIssuer, "it is by " + DidOf(proof.key)};
  }
  MaybeFault fault = CheckShape(document, "VerifiableCredential");
  if (!fault.has_value()) {
    fault = CheckTimes(document, proof, question.at);
  }
  if (!fault.has_value() && question.status_list.has_value()) {
    fault = CheckStatus(document, *question.status_list, proof.key, question.at);
  }
  return fault;
}

}  // namespace

std::string_view NameOf(Finding finding) {
  constexpr std::array<std::string_view, 10> kNames = {
      "VALID",    "UNKNOWN_ISSUER", "STATUS_UNKNOWN", "MALFORMED", "UNKNOWN_SUITE",
      "TAMPERED", "OTHER_ISSUER",   "NOT_YET_VALID",  "EXPIRED",   "REVOKED"};
  return kNames.at(static_cast<std::size_t>(finding) - 1);
}

CredentialAnswer CheckCredential(const CredentialQuestion& question) {
  CredentialAnswer answer;
  const std::optional<Json> document = ParseJson(question.document);
  if (!document.has_value() || document->object() == nullptr) {
    answer.why = "it is no JSON object that has one meaning";
    return answer;
  }
  CheckedProof proof;
  MaybeFault fault = CheckSource(*document, proof);
  if (!fault.has_value()) {
    answer.issuer = DidOf(proof.key);
    if (const std::string* const name = document->Find("issuer")->TextAt("name")) {
      answer.issuer_name = *name;
    }
    fault = CheckContent(*document, proof, question);
  }
  answer.revocation_checked = question.status_list.has_value() &&
                              (!fault.has_value() || fault->finding == Finding::kRevoked);
  if (fault.has_value()) {
    answer.finding = fault->finding;
    answer.why = std::move(fault->why);
  } else if (question.issuer.has_value()) {
    answer.finding = Finding::kValid;
    answer.why = "its issuer signed it";
  } else {
    answer.finding = Finding::kUnknownIssuer;
    answer.why =
        "whoever holds its key signed it, but nobody said that this issuer is to be trusted";
  }
  return answer;
}

}  // namespace perigee::domain
