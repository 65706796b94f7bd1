#include "server/services/access/access_service.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/access/role_grant.h"
#include "server/ports/ids.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/services/convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/use_cases/access/access.h"

namespace perigee::services {
namespace {

using domain::Identity;
using domain::RoleGrant;
using domain::Subject;

v1::RoleGrant ToProto(const std::string& program, const RoleGrant& grant) {
  v1::RoleGrant out;
  out.set_name(FormatName(kRoleGrantPattern, {program, grant.id}));
  out.set_role(static_cast<v1::Role>(grant.role));
  out.set_issuer(grant.issuer);
  out.set_subject(grant.subject);
  if (grant.expire_time.has_value()) {
    *out.mutable_expire_time() = ToTimestamp(*grant.expire_time);
  }
  *out.mutable_create_time() = ToTimestamp(grant.create_time);
  out.set_revision(grant.revision);
  return out;
}

v1::Identity ToProto(const std::string& program, const std::string& member,
                     const Identity& identity) {
  v1::Identity out;
  out.set_name(FormatName(kIdentityPattern, {program, member, identity.id}));
  out.set_issuer(identity.issuer);
  out.set_subject(identity.subject);
  out.set_link(identity.link);
  out.set_confidence(identity.confidence);
  *out.mutable_create_time() = ToTimestamp(identity.create_time);
  out.set_revision(identity.revision);
  return out;
}

using Issuers = std::set<std::string>;

template <class Message>
absl::StatusOr<Subject> ParseSubject(std::string_view field, const Message& message,
                                     const Issuers& issuers) {
  Subject subject{message.issuer(), message.subject()};
  PERIGEE_RETURN_IF_ERROR(domain::CheckSubject(field, subject));
  if (!issuers.empty() && !issuers.contains(subject.issuer)) {
    return InvalidField(std::string(field) + ".issuer",
                        "is no issuer of this server's access file");
  }
  return subject;
}

absl::StatusOr<Change> ChangeToCreateRoleGrant(const v1::CreateRoleGrantRequest& request,
                                               ports::Ids& ids, const Issuers& issuers) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  const v1::RoleGrant& asked = request.role_grant();
  if (!v1::Role_IsValid(asked.role()) ||
      !domain::MayBeGranted(static_cast<domain::Role>(asked.role()))) {
    return InvalidField("role_grant.role",
                        "must be MODERATOR, REVIEWER, PROGRAM_ADMIN, ANALYST or INGESTION");
  }
  use_cases::RoleGrantDraft draft;
  draft.id = ids.Random().Hex();
  draft.principal = ids.Random();
  draft.role = static_cast<domain::Role>(asked.role());
  PERIGEE_ASSIGN_OR_RETURN(draft.subject, ParseSubject("role_grant", asked, issuers));
  if (asked.has_expire_time()) {
    PERIGEE_ASSIGN_OR_RETURN(draft.expire_time,
                             FromTimestamp("role_grant.expire_time", asked.expire_time()));
  }
  return Change{parts[0], [program = parts[0], draft](ports::StoreReader& reader,
                                                      const ports::UnitContext& unit) {
                  return Answered(use_cases::CreateRoleGrant(reader, unit, program, draft),
                                  [&](const RoleGrant& grant) { return ToProto(program, grant); });
                }};
}

absl::StatusOr<Change> ChangeToDeleteRoleGrant(const CallContext&,
                                               const v1::DeleteRoleGrantRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kRoleGrantPattern));
  return Change{parts[0], [parts](ports::StoreReader& reader, const ports::UnitContext&) {
                  return Answered(use_cases::DeleteRoleGrant(reader, parts[0], parts[1]),
                                  [](const RoleGrant&) { return v1::DeleteRoleGrantResponse(); });
                }};
}

absl::StatusOr<Change> ChangeToCreateIdentity(const v1::CreateIdentityRequest& request,
                                              ports::Ids& ids, const Issuers& issuers) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  const v1::Identity& asked = request.identity();
  use_cases::IdentityDraft draft;
  draft.id = ids.Random().Hex();
  // A link may be to any other system.
  PERIGEE_ASSIGN_OR_RETURN(draft.subject,
                           ParseSubject("identity", asked, asked.link() ? Issuers() : issuers));
  draft.link = asked.link();
  draft.confidence = asked.confidence();
  if (draft.confidence < 0 || draft.confidence > (draft.link ? 100 : 0)) {
    return InvalidField("identity.confidence", "must be 0 to 100, and 0 for a sign-in");
  }
  return Change{
      parts[0], [parts, draft](ports::StoreReader& reader, const ports::UnitContext& unit) {
        return Answered(
            use_cases::CreateIdentity(reader, unit, parts[0], parts[1], draft),
            [&](const Identity& identity) { return ToProto(parts[0], parts[1], identity); });
      }};
}

absl::StatusOr<Change> ChangeToDeleteIdentity(const CallContext&,
                                              const v1::DeleteIdentityRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kIdentityPattern));
  return Change{parts[0], [parts](ports::StoreReader& reader, const ports::UnitContext&) {
                  return Answered(use_cases::DeleteIdentity(reader, parts[0], parts[1], parts[2]),
                                  [](const Identity&) { return v1::DeleteIdentityResponse(); });
                }};
}

absl::StatusOr<v1::ListIdentitiesResponse> ListIdentities(const v1::ListIdentitiesRequest& request,
                                                          const ports::Store& store,
                                                          const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(const Page page,
                           Page::Parse(tokens, "ListIdentities " + request.parent(), request));
  const auto read = [&](ports::StoreReader& reader) -> absl::StatusOr<v1::ListIdentitiesResponse> {
    PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                             RequireMember(reader, parts[0], parts[1]));
    PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(parts[0]));
    PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Member> members,
                             reader.members().FindByKeys(parts[0], merged.AllOf(member.key)));
    std::map<domain::MemberKey, std::string> ids;
    for (domain::Member& one : members) {
      ids.emplace(one.key, std::move(one.id));
    }
    // Members of one person are few, and so are the identities of each.
    std::vector<Identity> identities;
    for (const auto& [key, id] : ids) {
      Identity after;
      after.member = key;
      after.id = page.after();
      PERIGEE_ASSIGN_OR_RETURN(
          std::vector<Identity> own,
          reader.records().List<Identity>(parts[0], {{"member_key", std::string(key.Raw())}},
                                          &after, page.Limit()));
      std::ranges::move(own, std::back_inserter(identities));
    }
    v1::ListIdentitiesResponse response;
    response.set_next_page_token(page.CutById(identities));
    for (const Identity& identity : identities) {
      *response.add_identities() = ToProto(parts[0], ids.at(identity.member), identity);
    }
    return response;
  };
  return ReadFrom(store, read);
}

absl::StatusOr<v1::Identity> FindIdentity(const v1::FindIdentityRequest& request,
                                          const ports::Store& store) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  const Subject subject{request.issuer(), request.subject()};
  PERIGEE_RETURN_IF_ERROR(CheckText("issuer", subject.issuer, 1, domain::kIssuerBytesMax));
  PERIGEE_RETURN_IF_ERROR(CheckText("subject", subject.id, 1, domain::kSubjectBytesMax));
  return ReadFrom(store, [&](ports::StoreReader& reader) -> absl::StatusOr<v1::Identity> {
    PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, parts[0]).status());
    PERIGEE_ASSIGN_OR_RETURN(
        const std::vector<Identity> identities,
        reader.records().List<Identity>(
            parts[0], {{"subject_digest", domain::SubjectDigest(subject)}}, nullptr, 1));
    for (const Identity& identity : identities) {
      PERIGEE_ASSIGN_OR_RETURN(
          const std::vector<domain::Member> members,
          reader.members().FindByKeys(parts[0], std::span(&identity.member, 1)));
      if (!members.empty()) {
        return ToProto(parts[0], members.front().id, identity);
      }
    }
    return Error(Reason::kNotFound, "the subject is of no member of programme " + parts[0],
                 {{"resource_name", ProgramName(parts[0])}});
  });
}

}  // namespace

AccessAdminService::AccessAdminService(Call& call, ports::Ids& ids, const PageTokens& tokens,
                                       std::set<std::string> issuers)
    : Service(call, "perigee.v1.AccessAdminService"),
      ids_(ids),
      tokens_(tokens),
      issuers_(std::move(issuers)) {
  Write<v1::CreateRoleGrantRequest>("CreateRoleGrant",
                                    [this](const CallContext&, const auto& asked) {
                                      return ChangeToCreateRoleGrant(asked, ids_, issuers_);
                                    });
  Read<v1::ListRoleGrantsRequest>("ListRoleGrants", [this](const CallContext&, const auto& asked) {
    return ListOfProgram<v1::ListRoleGrantsResponse>(
        store(), tokens_, "ListRoleGrants", asked,
        [](auto& reader, const auto& program, const Page& page) {
          RoleGrant after;
          after.id = page.after();
          return reader.records().template List<RoleGrant>(program, {}, &after, page.Limit());
        },
        [](auto& answer, const auto& program, const RoleGrant& grant) {
          *answer.add_role_grants() = ToProto(program, grant);
        });
  });
  Write<v1::DeleteRoleGrantRequest>("DeleteRoleGrant", ChangeToDeleteRoleGrant);
  Write<v1::CreateIdentityRequest>("CreateIdentity", [this](const CallContext&, const auto& asked) {
    return ChangeToCreateIdentity(asked, ids_, issuers_);
  });
  Read<v1::ListIdentitiesRequest>("ListIdentities", [this](const CallContext&, const auto& asked) {
    return services::ListIdentities(asked, store(), tokens_);
  });
  Read<v1::FindIdentityRequest>("FindIdentity", [this](const CallContext&, const auto& asked) {
    return services::FindIdentity(asked, store());
  });
  Write<v1::DeleteIdentityRequest>("DeleteIdentity", ChangeToDeleteIdentity);
}

}  // namespace perigee::services
