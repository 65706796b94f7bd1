#include "server/domain/access/role_grant.h"

#include "absl/strings/str_cat.h"
#include "server/core/sha256.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto RoleGrant::Fields() {
  return std::tuple(Key(1, "id", &RoleGrant::id), Plain(2, "role", &RoleGrant::role),
                    Owner(3, "principal", &RoleGrant::principal),
                    Personal(4, "issuer", &RoleGrant::issuer),
                    Personal(5, "subject", &RoleGrant::subject),
                    Findable(6, "subject_digest", &RoleGrant::subject_digest),
                    Plain(7, "create_time", &RoleGrant::create_time),
                    Plain(8, "expire_time", &RoleGrant::expire_time));
}
template <>
const RecordType& TypeOf<RoleGrant>() {
  static const RecordTypeFor<RoleGrant> kType;
  return kType;
}

auto Identity::Fields() {
  return std::tuple(
      OwnerKey(1, "member_key", &Identity::member), Key(2, "id", &Identity::id),
      Personal(3, "issuer", &Identity::issuer), Personal(4, "subject", &Identity::subject),
      Findable(5, "subject_digest", &Identity::subject_digest),
      Plain(6, "create_time", &Identity::create_time), Plain(7, "link", &Identity::link),
      Plain(8, "confidence", &Identity::confidence));
}
template <>
const RecordType& TypeOf<Identity>() {
  static const RecordTypeFor<Identity> kType;
  return kType;
}

bool MayBeGranted(Role role) {
  switch (role) {
    case Role::kModerator:
    case Role::kReviewer:
    case Role::kProgramAdmin:
    case Role::kAnalyst:
    case Role::kIngestion:
      return true;
    case Role::kMember:
    case Role::kOperator:
      break;
  }
  return false;
}

std::string SubjectDigest(const Subject& subject) {
  std::string bytes = subject.issuer;
  bytes.push_back('\0');
  bytes.append(subject.id);
  return Hex(Sha256(bytes));
}

absl::Status CheckSubject(std::string_view prefix, const Subject& subject) {
  PERIGEE_RETURN_IF_ERROR(
      CheckText(std::string(prefix) + ".issuer", subject.issuer, 1, kIssuerBytesMax));
  return CheckText(std::string(prefix) + ".subject", subject.id, 1, kSubjectBytesMax);
}

}  // namespace perigee::domain
