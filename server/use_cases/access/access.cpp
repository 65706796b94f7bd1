#include "server/use_cases/access/access.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::Identity;
using domain::RoleGrant;

// More than one subject has in practice.
constexpr int kOfSubjectMax = 1000;

template <class R>
absl::StatusOr<std::vector<R>> OfSubject(ports::StoreReader& reader, const std::string& program,
                                         const std::string& digest) {
  return reader.records().List<R>(program, {{"subject_digest", digest}}, nullptr, kOfSubjectMax);
}

template <class R>
Decided<R> Deleted(R record) {
  Decided<R> decided{std::move(record), {}};
  decided.changes.records.Delete(decided.value);
  return decided;
}

}  // namespace

absl::StatusOr<Decided<RoleGrant>> CreateRoleGrant(ports::StoreReader& reader,
                                                   const ports::UnitContext& unit,
                                                   const std::string& program,
                                                   const RoleGrantDraft& draft) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  if (draft.expire_time.has_value() && *draft.expire_time <= unit.now) {
    return InvalidField("role_grant.expire_time", "must be in the future");
  }
  const std::string digest = domain::SubjectDigest(draft.subject);
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<RoleGrant> others,
                           OfSubject<RoleGrant>(reader, program, digest));
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Identity> identities,
                           OfSubject<Identity>(reader, program, digest));
  std::erase_if(identities, &Identity::link);
  // A member keeps one pseudonym.
  Uuid principal = identities.empty() ? draft.principal : identities.front().member;
  for (const RoleGrant& other : others) {
    if (other.role == draft.role && other.IsLive(unit.now)) {
      return AlreadyExists(FormatName(kRoleGrantPattern, {program, other.id}));
    }
    principal = other.principal;
  }
  RoleGrant grant;
  grant.id = draft.id;
  grant.role = draft.role;
  grant.principal = principal;
  grant.issuer = draft.subject.issuer;
  grant.subject = draft.subject.id;
  grant.subject_digest = digest;
  grant.create_time = unit.now;
  grant.expire_time = draft.expire_time;
  grant.revision = unit.revision;
  return Put(std::move(grant));
}

absl::StatusOr<Decided<RoleGrant>> DeleteRoleGrant(ports::StoreReader& reader,
                                                   const std::string& program,
                                                   const std::string& id) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  RoleGrant like;
  like.id = id;
  PERIGEE_ASSIGN_OR_RETURN(std::optional<RoleGrant> grant, reader.records().Find(program, like));
  if (!grant.has_value()) {
    return NotFound(FormatName(kRoleGrantPattern, {program, id}));
  }
  return Deleted(*std::move(grant));
}

absl::StatusOr<Decided<Identity>> CreateIdentity(ports::StoreReader& reader,
                                                 const ports::UnitContext& unit,
                                                 const std::string& program,
                                                 const std::string& member_id,
                                                 const IdentityDraft& draft) {
  // It stays with the member that it names, so that an un-merge parts the sign-ins.
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                           RequireNamedMember(reader, program, member_id));
  const std::string digest = domain::SubjectDigest(draft.subject);
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Identity> taken,
                           OfSubject<Identity>(reader, program, digest));
  if (!taken.empty()) {
    return Error(Reason::kAlreadyExists,
                 "the subject is of a member of programme " + program + " already",
                 {{"program", program}});
  }
  Identity identity;
  identity.member = member.key;
  identity.id = draft.id;
  identity.issuer = draft.subject.issuer;
  identity.subject = draft.subject.id;
  identity.subject_digest = digest;
  identity.create_time = unit.now;
  identity.link = draft.link;
  identity.confidence = draft.confidence;
  identity.revision = unit.revision;
  return Put(std::move(identity));
}

absl::StatusOr<Decided<Identity>> DeleteIdentity(ports::StoreReader& reader,
                                                 const std::string& program,
                                                 const std::string& member_id,
                                                 const std::string& id) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                           RequireNamedMember(reader, program, member_id));
  Identity like;
  like.member = member.key;
  like.id = id;
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Identity> identity, reader.records().Find(program, like));
  if (!identity.has_value()) {
    return NotFound(FormatName(kIdentityPattern, {program, member_id, id}));
  }
  return Deleted(*std::move(identity));
}

absl::StatusOr<std::vector<RoleGrant>> RoleGrantsOf(ports::StoreReader& reader,
                                                    const std::string& program,
                                                    const domain::MemberKey& member) {
  const auto is_of_member = [&](const Identity& identity) {
    return identity.member == member && !identity.link;  // Others may have made a link, to anybody.
  };
  constexpr int kPage = 500;
  std::vector<RoleGrant> found;
  std::vector<RoleGrant> grants;
  do {
    PERIGEE_ASSIGN_OR_RETURN(
        grants, reader.records().List<RoleGrant>(program, {},
                                                 grants.empty() ? nullptr : &grants.back(), kPage));
    for (const RoleGrant& grant : grants) {
      bool is_theirs = grant.principal == member;
      if (!is_theirs && !grant.subject_digest.empty()) {  // Empty: of somebody who was erased.
        PERIGEE_ASSIGN_OR_RETURN(const std::vector<Identity> identities,
                                 OfSubject<Identity>(reader, program, grant.subject_digest));
        is_theirs = std::ranges::any_of(identities, is_of_member);
      }
      if (is_theirs) {
        found.push_back(grant);
      }
    }
  } while (std::cmp_equal(grants.size(), kPage));
  return found;
}

}  // namespace perigee::use_cases
