#include <fstream>

#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/failure.h"
#include "clients/cli/format.h"
#include "perigee/v1/credential.grpc.pb.h"

namespace perigee::cli {
namespace {

using Own = v1::CredentialService::Stub;
using Admin = v1::CredentialAdminService::Stub;

Rows<v1::Credential> CredentialRows() {
  return {{"MEMBER", "CREDENTIAL", "STATE", "APPOINTMENTS", "NAMED", "ISSUED", "UNTIL", "LIST"},
          [](const v1::Credential& one) -> Row {
            std::string appointments;
            for (const std::string& appointment : one.appointments()) {
              appointments += (appointments.empty() ? "" : " ") + IdOf(appointment);
            }
            return {MemberOf(one.name()),
                    IdOf(one.name()),
                    Word(one.state()),
                    appointments,
                    YesNo(one.includes_name()),
                    FormatTimestamp(one.issue_time()),
                    FormatTimestamp(one.expire_time()),
                    IdOf(one.status_list())};
          }};
}

// Writes a signed document to a file, or to the standard output if `path` is empty.
absl::Status WriteDocument(Session& session, const std::string& document, const std::string& path) {
  if (path.empty()) {
    session.out() << document << '\n';
    return absl::OkStatus();
  }
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << document << '\n';
  file.close();
  return file ? absl::OkStatus() : UsageFailure("--out " + path + " cannot be written.");
}

// Shows an answer with a signed document.
auto Document(std::shared_ptr<const std::string> path) {
  return [path = std::move(path)](Session& session, const auto& response) {
    return WriteDocument(session, response.document(), *path);
  };
}

void BindOut(Form& form, std::string& path) {
  form.command().add_option("--out", path, "A file for it; the standard output if left out");
}

void ShowIssuer(Session& session, const v1::CredentialIssuer& issuer) {
  session.out() << issuer.did() << '\n';
}

constexpr char kMade[] = "  perigee appointments create m-001 champion -p demo\n";

void AddIssue(CLI::App& noun, Chosen& chosen) {
  const auto path = std::make_shared<std::string>();
  AddCall<v1::IssueCredentialRequest>(
      noun, chosen,
      {"issue", "Take one's titles home as a signed document",
       kMade + std::string("  perigee credentials issue m-001 --include-name -p demo")},
      [path](Form& form) {
        BindMember(form, "parent");
        form.Add("--title", "titles", "Tell of this title alone; may be repeated",
                 {.read = IdIn("titles")});
        form.AddFlag("--include-name", "include_name", "Tell the member's display name");
        form.Add("--until", "expire_time", "Until when it is valid; a year if left out");
        BindOut(form, *path);
      },
      Send(Door::kPublic, &Own::IssueCredential, Document(path)));
}

void AddStatusList(CLI::App& noun, Chosen& chosen) {
  const auto path = std::make_shared<std::string>();
  AddCall<v1::GetStatusListRequest>(
      noun, chosen,
      {"status-list", "Write the signed list that tells which credentials are revoked",
       "  perigee credentials status-list -p demo --out status-list-0.json"},
      [path](Form& form) {
        form.Add("LIST", "name", "Its id, the number at the end of its name; 0 if left out",
                 {.read = IdIn("statusLists"), .fallback = "0"});
        BindOut(form, *path);
      },
      Send(Door::kPublic, &Own::GetStatusList, Document(path)));
}

}  // namespace

void AddCredentials(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "credentials", "Signed records of titles, to take home");
  AddIssue(noun, chosen);
  AddCall<v1::ListCredentialsRequest>(
      noun, chosen,
      {"list", "List the credentials of a member", "  perigee credentials list m-001 -p demo"},
      BindMemberList, List(Door::kPublic, &Own::ListCredentials, CredentialRows()));
  const auto as_staff = std::make_shared<bool>(false);
  AddCall<v1::RevokeCredentialRequest>(
      noun, chosen,
      {"revoke", "Revoke a credential for good, one's own or as staff",
       kMade + std::string("  perigee credentials issue m-001 --names -p demo |\n"
                           "    xargs perigee credentials revoke")},
      [as_staff](Form& form) {
        form.Add("CREDENTIAL", "name", "MEMBER/ID, or its full name",
                 {.read = IdOfMemberIn("credentials")})
            ->required();
        form.command().add_flag("--as-staff", *as_staff, "At the internal door");
      },
      [as_staff](Session& session, const v1::RevokeCredentialRequest& request) {
        const auto revoked = *as_staff
                                 ? session.Ask(Door::kInternal, &Admin::RevokeCredential, request)
                                 : session.Ask(Door::kPublic, &Own::RevokeCredential, request);
        return revoked.ok() ? PrintAnswer(session, *revoked, CredentialRows()) : revoked.status();
      });
  AddStatusList(noun, chosen);
  AddCall<v1::GetIssuerRequest>(
      noun, chosen,
      {"issuer", "Show by what key the programme signs", "  perigee credentials issuer -p demo"},
      [](Form& form) { form.InProgram(); }, Send(Door::kPublic, &Own::GetIssuer, ShowIssuer));
}

}  // namespace perigee::cli
