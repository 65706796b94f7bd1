#include "server/domain/champion/credential.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/data_integrity.h"
#include "server/domain/champion/appointment.h"
#include "server/domain/champion/status_list.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto Credential::Fields() {
  return std::tuple(
      Key(1, "id", &Credential::id), Owner(2, "member_key", &Credential::member),
      Plain(3, "list", &Credential::list), Plain(4, "list_index", &Credential::list_index),
      Plain(5, "appointments", &Credential::appointments), Plain(6, "named", &Credential::named),
      Personal(7, "subject", &Credential::subject), Plain(8, "issue_time", &Credential::issue_time),
      Plain(9, "expire_time", &Credential::expire_time),
      Plain(10, "revoke_time", &Credential::revoke_time));
}
template <>
const RecordType& TypeOf<Credential>() {
  static const RecordTypeFor<Credential> kType;
  return kType;
}
namespace {

using State = CredentialState;

constexpr auto kMoves = std::to_array<Step<CredentialState, CredentialMove>>({
    {State::kValid, CredentialMove::kRevoke, State::kRevoked},
});

// Terms that the first context does not define are the programme's own words.
constexpr std::string_view kOwnTerms = "https://www.w3.org/ns/credentials/undefined-terms/v2";

}  // namespace

std::string_view NameOf(CredentialState state) {
  constexpr std::array<std::string_view, 3> kNames = {"valid", "expired", "revoked"};
  return kNames.at(static_cast<std::size_t>(state) - 1);
}

std::string_view NameOf(CredentialMove) { return "revoke"; }

Credential IssuedAt(Revision revision) {
  Credential credential;
  credential.id = absl::StrCat(revision);
  credential.list = revision / kStatusListBits;
  credential.list_index = revision % kStatusListBits;
  credential.revision = revision;
  return credential;
}

std::span<const Step<CredentialState, CredentialMove>> CredentialMoves() { return kMoves; }

CredentialState StateOf(const Credential& credential, bool upheld, Time now) {
  if (credential.revoke_time.has_value() || !upheld) {
    return State::kRevoked;
  }
  return now < credential.expire_time ? State::kValid : State::kExpired;
}

bool Upholds(const Appointment& appointment, const Credential& credential) {
  return !appointment.revoke_time.has_value() &&
         appointment.resign_time.value_or(kBeginningOfTime) <= credential.issue_time;
}

std::optional<CertifiedTitle> Certified(const Appointment& appointment,
                                        const std::string& display_name, Time now) {
  if (!IsPublic(appointment, now)) {
    return std::nullopt;
  }
  return CertifiedTitle{
      appointment.title, display_name, appointment.start_time,
      std::min(appointment.end_time, appointment.resign_time.value_or(kEndOfTime)),
      IsLive(appointment, now)};
}

Json::Object DocumentOf(const Credential& credential, const CredentialFacts& facts) {
  Json::Array titles;
  for (const CertifiedTitle& title : facts.titles) {
    titles.emplace_back(Json::Object{{"title", title.id},
                                     {"name", title.display_name},
                                     {"status", title.live ? "champion" : "alumnus"},
                                     {"from", SecondOf(title.start_time)},
                                     {"until", SecondOf(title.end_time)}});
  }
  Json::Object subject{{"id", credential.subject}, {"titles", std::move(titles)}};
  if (!facts.display_name.empty()) {
    subject.emplace("name", facts.display_name);
  }
  const std::string list = StatusListIdOf(facts.issuer, credential.list);
  const std::string index = absl::StrCat(credential.list_index);
  return {
      {"@context", Json::Array{kCredentialsContext, kOwnTerms}},
      {"type", Json::Array{"VerifiableCredential", "ChampionCredential"}},
      {"issuer", Json::Object{{"id", DidOf(facts.issuer)}, {"name", facts.program_name}}},
      {"validFrom", SecondOf(credential.issue_time)},
      {"validUntil", SecondOf(credential.expire_time)},
      {"credentialSubject", std::move(subject)},
      {"credentialStatus", Json::Object{{"id", list + "#" + index},
                                        {"type", "BitstringStatusListEntry"},
                                        {"statusPurpose", "revocation"},
                                        {"statusListIndex", index},
                                        {"statusListCredential", list}}},
  };
}

std::string StatusListIdOf(const Ed25519Key& issuer, std::int64_t list) {
  return absl::StrCat(DidOf(issuer), "/statusLists/", list);
}

}  // namespace perigee::domain
