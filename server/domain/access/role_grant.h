#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "server/core/time.h"
#include "server/core/uuid.h"
#include "server/domain/access/principal.h"
#include "server/domain/access/role.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// Somebody as an issuer of tokens knows them.
struct Subject {
  std::string issuer;
  std::string id;  // Unique within the issuer: the claim `sub`.
  bool operator==(const Subject&) const = default;
};

// The issuer of those who are known by a client certificate. Their id is the certificate's first
// URI, or else its common name.
inline constexpr std::string_view kTlsIssuer = "tls";

inline constexpr std::size_t kIssuerBytesMax = 255;
inline constexpr std::size_t kSubjectBytesMax = 255;

// SHA-256, in hex, over the issuer, a zero byte and the id: finds grants and identities.
std::string SubjectDigest(const Subject& subject);

// kInvalidField for a subject outside the limits of access.proto; the field is `<prefix>.issuer` or
// `<prefix>.subject`.
absl::Status CheckSubject(std::string_view prefix, const Subject& subject);

// Whether a grant may give the role.
bool MayBeGranted(Role role);

// Lets a person of staff, or a service, act in a programme.
struct RoleGrant {
  std::string id;
  Role role = Role::kAnalyst;
  // The pseudonym of the subject, the same in all its grants in the programme: that of the member
  // if the subject was one already.
  Uuid principal;
  std::string issuer;
  std::string subject;
  std::string subject_digest;
  Time create_time{};
  std::optional<Time> expire_time;  // From then on the grant has no effect.
  Revision revision = 0;

  bool IsLive(Time now) const { return !expire_time.has_value() || now < *expire_time; }
  PrincipalKind Kind() const {
    return role == Role::kIngestion ? PrincipalKind::kService : PrincipalKind::kStaff;
  }

  static constexpr int kNumber = 7;
  static constexpr std::string_view kTable = "role_grant";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<RoleGrant>();

// A name that an issuer, or another system, has for a member. Of a sign-in the subject acts as the
// member. It goes with its member.
struct Identity {
  MemberKey member;
  std::string id;
  std::string issuer;
  std::string subject;
  std::string subject_digest;
  Time create_time{};
  bool link = false;   // The subject does not act as the member: the identity only finds it.
  int confidence = 0;  // Of a link: how sure it is, 0 to 100. A sign-in is certain.
  Revision revision = 0;

  static constexpr int kNumber = 8;
  static constexpr std::string_view kTable = "identity";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Identity>();

}  // namespace perigee::domain
