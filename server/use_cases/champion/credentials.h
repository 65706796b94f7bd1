#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/ed25519.h"
#include "server/core/time.h"
#include "server/domain/champion/credential.h"
#include "server/use_cases/decided.h"

namespace perigee::use_cases {

// What a member wants to have certified.
struct CredentialDraft {
  std::string member;
  std::vector<std::string> titles;  // Only these. Empty: all.
  bool include_name = false;
  std::optional<Time> expire_time;  // Absent: after kCredentialDays.
  std::string subject;              // See domain::Credential.
};
// A credential by its member's id and its own.
struct CredentialPlace {
  std::string program;
  std::string member;
  std::string id;
};
// A credential, and the signed document, which is told once.
struct IssuedCredential {
  domain::Credential credential;
  std::string document;
};
// A credential and its state.
struct CredentialNow {
  domain::Credential credential;
  domain::CredentialState state{};
};

// kNotFound for programme and member; kMemberSuspended; kAppointmentSuspended; kNoTitleHeld, also
// for the chosen titles; kInvalidField (`expire_time`); kTooManyCredentials.
absl::StatusOr<Decided<IssuedCredential>> IssueCredential(ports::StoreReader& reader,
                                                          const ports::UnitContext& unit,
                                                          const std::string& program,
                                                          const CredentialDraft& draft);
// kNotFound, kIllegalMove.
absl::StatusOr<Decided<domain::Credential>> RevokeCredential(ports::StoreReader& reader,
                                                             const ports::UnitContext& unit,
                                                             const CredentialPlace& place);

// All credentials of the person, in no order. kNotFound.
absl::StatusOr<std::vector<CredentialNow>> CredentialsOf(ports::StoreReader& reader,
                                                         const std::string& program,
                                                         const std::string& member, Time now);
// The public key of the programme's credentials. kNotFound.
absl::StatusOr<Ed25519Key> IssuerOf(ports::StoreReader& reader, const std::string& program);
// The signed document of a status list as it is at `now`. kNotFound for a list that has not begun.
absl::StatusOr<std::string> StatusListOf(ports::StoreReader& reader, const std::string& program,
                                         std::int64_t list, Time now);

}  // namespace perigee::use_cases
