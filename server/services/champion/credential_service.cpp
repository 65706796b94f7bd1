#include "server/services/champion/credential_service.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/core/data_integrity.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/ids.h"
#include "server/services/convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/use_cases/champion/credentials.h"

namespace perigee::services {
namespace {

using domain::Credential;
using domain::CredentialState;
using use_cases::CredentialNow;
using use_cases::IssuedCredential;

constexpr int kTitlesMax = 32;

// A random URN (RFC 9562).
std::string RandomUrn(ports::Ids& ids) {
  constexpr std::size_t kDashes[] = {8, 13, 18, 23};
  std::string text = ids.Random().Hex();
  for (const std::size_t dash : kDashes) {
    text.insert(dash, "-");
  }
  return "urn:uuid:" + text;
}

v1::Credential ToProto(const std::string& program, const std::string& member,
                       const Credential& credential, CredentialState state) {
  v1::Credential out;
  out.set_name(FormatName(kCredentialPattern, {program, member, credential.id}));
  out.set_state(static_cast<v1::Credential::State>(state));
  for (const std::string& appointment : credential.appointments) {
    out.add_appointments(FormatName(kAppointmentPattern, {program, member, appointment}));
  }
  out.set_includes_name(credential.named);
  out.set_subject(credential.subject);
  out.set_status_list(FormatName(kStatusListPattern, {program, absl::StrCat(credential.list)}));
  out.set_status_list_index(credential.list_index);
  *out.mutable_issue_time() = ToTimestamp(credential.issue_time);
  *out.mutable_expire_time() = ToTimestamp(credential.expire_time);
  if (credential.revoke_time.has_value()) {
    *out.mutable_revoke_time() = ToTimestamp(*credential.revoke_time);
  }
  out.set_revision(credential.revision);
  return out;
}

absl::StatusOr<Change> ChangeToIssue(const v1::IssueCredentialRequest& request, ports::Ids& ids) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  use_cases::CredentialDraft draft;
  draft.member = parts[1];
  if (request.titles_size() > kTitlesMax) {
    return InvalidField("titles", absl::StrCat("must be at most ", kTitlesMax));
  }
  for (const std::string& name : request.titles()) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> title,
                             ParseName("titles", name, kTitlePattern));
    if (title[0] != parts[0]) {
      return InvalidField("titles", "has one of another programme");
    }
    draft.titles.push_back(title[1]);
  }
  draft.include_name = request.include_name();
  if (request.has_expire_time()) {
    PERIGEE_ASSIGN_OR_RETURN(draft.expire_time,
                             FromTimestamp("expire_time", request.expire_time()));
  }
  draft.subject = RandomUrn(ids);
  Change change{
      parts[0], [parts, draft](ports::StoreReader& reader, const ports::UnitContext& unit) {
        return Answered(use_cases::IssueCredential(reader, unit, parts[0], draft),
                        [&](const IssuedCredential& issued) {
                          v1::Credential answer = ToProto(parts[0], parts[1], issued.credential,
                                                          CredentialState::kValid);
                          answer.set_document(issued.document);
                          return answer;
                        });
      }};
  change.in_closed = true;
  return change;
}

// RevokeCredential of both services.
absl::StatusOr<Change> ChangeToRevoke(const CallContext&,
                                      const v1::RevokeCredentialRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kCredentialPattern));
  Change change{parts[0], [parts](ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return Answered(
                      use_cases::RevokeCredential(reader, unit, {parts[0], parts[1], parts[2]}),
                      [&](const Credential& revoked) {
                        return ToProto(parts[0], parts[1], revoked, CredentialState::kRevoked);
                      });
                }};
  change.in_closed = true;
  return change;
}

absl::StatusOr<v1::ListCredentialsResponse> ListCredentials(
    const CallContext& call, const v1::ListCredentialsRequest& request, const ports::Store& store,
    const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(const Page page,
                           Page::Parse(tokens, "ListCredentials " + request.parent(), request));
  using Answer = absl::StatusOr<v1::ListCredentialsResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_ASSIGN_OR_RETURN(std::vector<CredentialNow> all,
                             use_cases::CredentialsOf(reader, parts[0], parts[1], call.now));
    const auto id_of = [](const CredentialNow& one) { return one.credential.id; };
    std::ranges::sort(all, {}, id_of);
    all.erase(all.begin(), std::ranges::upper_bound(all, page.after(), {}, id_of));
    v1::ListCredentialsResponse response;
    response.set_next_page_token(page.Cut(all, id_of));
    for (const CredentialNow& one : all) {
      *response.add_credentials() = ToProto(parts[0], parts[1], one.credential, one.state);
    }
    return response;
  });
}

absl::StatusOr<v1::CredentialIssuer> GetIssuer(const v1::GetIssuerRequest& request,
                                               const ports::Store& store) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  return ReadFrom(store, [&](ports::StoreReader& reader) -> absl::StatusOr<v1::CredentialIssuer> {
    PERIGEE_ASSIGN_OR_RETURN(const Ed25519Key key, use_cases::IssuerOf(reader, parts[0]));
    v1::CredentialIssuer issuer;
    issuer.set_program(ProgramName(parts[0]));
    issuer.set_did(DidOf(key));
    issuer.set_public_key_multibase(MultibaseOf(key));
    return issuer;
  });
}

absl::StatusOr<v1::StatusList> GetStatusList(const CallContext& call,
                                             const v1::GetStatusListRequest& request,
                                             const ports::Store& store) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kStatusListPattern));
  std::int64_t list = 0;
  // A list has one name.
  if (!absl::SimpleAtoi(parts[1], &list) || absl::StrCat(list) != parts[1]) {
    return NotFound(request.name());
  }
  return ReadFrom(store, [&](ports::StoreReader& reader) -> absl::StatusOr<v1::StatusList> {
    v1::StatusList answer;
    answer.set_name(request.name());
    PERIGEE_ASSIGN_OR_RETURN(*answer.mutable_document(),
                             use_cases::StatusListOf(reader, parts[0], list, call.now));
    return answer;
  });
}

}  // namespace

CredentialService::CredentialService(Call& call, ports::Ids& ids, const PageTokens& tokens)
    : Service(call, "perigee.v1.CredentialService") {
  Write<v1::IssueCredentialRequest>(
      "IssueCredential",
      [&ids](const CallContext&, const auto& asked) { return ChangeToIssue(asked, ids); });
  Read<v1::ListCredentialsRequest>(
      "ListCredentials", [this, &tokens](const CallContext& context, const auto& asked) {
        return services::ListCredentials(context, asked, store(), tokens);
      });
  Write<v1::RevokeCredentialRequest>("RevokeCredential", ChangeToRevoke);
  Read<v1::GetIssuerRequest>("GetIssuer", [this](const CallContext&, const auto& asked) {
    return services::GetIssuer(asked, store());
  });
  Read<v1::GetStatusListRequest>("GetStatusList",
                                 [this](const CallContext& context, const auto& asked) {
                                   return services::GetStatusList(context, asked, store());
                                 });
}

CredentialAdminService::CredentialAdminService(Call& call)
    : Service(call, "perigee.v1.CredentialAdminService") {
  Write<v1::RevokeCredentialRequest>("RevokeCredential", ChangeToRevoke);
}

}  // namespace perigee::services
