#include <string>

#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "clients/cli/toml_table.h"
#include "perigee/v1/agreement.grpc.pb.h"

namespace perigee::cli {
namespace {

using Own = v1::AgreementService::Stub;
using Admin = v1::AgreementAdminService::Stub;

Rows<v1::Agreement> AgreementRows() {
  return {{"AGREEMENT", "NAME", ">VERSION", ">REQUIRED", ">DAYS"},
          [](const v1::Agreement& agreement) -> Row {
            return {IdOf(agreement.name()), agreement.display_name(),
                    agreement.version() == 0 ? "none" : std::to_string(agreement.version()),
                    std::to_string(agreement.required_version()),
                    agreement.accepted_days() == 0 ? "for ever"
                                                   : std::to_string(agreement.accepted_days())};
          }};
}

Rows<v1::AgreementVersion> VersionRows() {
  return {{">VERSION", "ADDED", "SHA-256"}, [](const v1::AgreementVersion& version) -> Row {
            return {IdOf(version.name()), FormatTimestamp(version.create_time()), version.digest()};
          }};
}

Rows<v1::OwnAgreement> OwnAgreementRows() {
  return {{"AGREEMENT", "NAME", ">VERSION", "BOUND"}, [](const v1::OwnAgreement& agreement) -> Row {
            return {IdOf(agreement.name()), agreement.display_name(),
                    std::to_string(agreement.version()), YesNo(agreement.bound())};
          }};
}

Rows<v1::AgreementAcceptance> AcceptanceRows() {
  return {{"MEMBER", "ACCEPTANCE", "AGREEMENT", ">VERSION", "STATE", "ACCEPTED", "UNTIL", "DEVICE"},
          [](const v1::AgreementAcceptance& one) -> Row {
            return {MemberOf(one.name()),
                    IdOf(one.name()),
                    IdOf(one.agreement()),
                    std::to_string(one.version()),
                    Word(one.state()),
                    FormatTimestamp(one.accept_time()),
                    FormatTimestamp(one.expire_time()),
                    one.device()};
          }};
}

void ShowBody(Session& session, const std::string& body) {
  session.out() << body << (body.ends_with('\n') ? "" : "\n");
}

void ShowVersion(Session& session, const v1::AgreementVersion& version) {
  ShowBody(session, version.body());
}

void ShowPresented(Session& session, const v1::PresentAgreementResponse& presented) {
  Card card;
  card.Add("acceptance", presented.acceptance().name());
  card.Add("agreement", presented.display_name());
  card.Add("digest", presented.acceptance().digest());
  card.Print(session.out());
  session.out() << '\n';
  ShowBody(session, presented.body());
}

absl::StatusOr<std::string> ReadBody(Session& /*session*/, const Form::Message& /*so_far*/,
                                     const std::string& path) {
  return ReadTomlFile(path);
}

CLI::Option* BindAgreement(Form& form, const std::string& path) {
  return form.Add("AGREEMENT", path, "Its id", {.read = IdIn("agreements")});
}

void BindAcceptance(Form& form) {
  form.Add("ACCEPTANCE", "name", "MEMBER/ID, or its full name",
           {.read = IdOfMemberIn("acceptances")})
      ->required();
}

constexpr char kMade[] =
    "  perigee agreements create nda --display-name 'We keep secrets' -p demo\n"
    "  echo 'I tell nobody.' >nda.md\n"
    "  perigee agreements add-version nda nda.md -p demo\n";
constexpr char kOpened[] =
    "  perigee items create bike --display-name 'The next bike' --kind preview --agreement nda "
    "-p demo\n"
    "  perigee items open bike -p demo\n";
// The digest is that of the file above.
constexpr char kAccepted[] =
    "  perigee agreements present m-001 nda --names -p demo >acceptance\n"
    "  perigee agreements accept \"$(cat acceptance)\" \"$(printf 'I tell nobody.\\n' | sha256sum "
    "| cut -d ' ' -f 1)\"\n";

void AddForStaff(CLI::App& noun, Chosen& chosen) {
  AddCall<v1::CreateAgreementRequest>(
      noun, chosen,
      {"create", "Make an agreement, without a text",
       "  perigee agreements create nda --display-name 'We keep secrets' --days 365 -p demo"},
      [](Form& form) {
        form.InProgram();
        form.Add("AGREEMENT", "agreement_id", "Its id")->required();
        form.Add("--display-name", "agreement.display_name",
                 "What people see; it should say nothing of the items")
            ->required();
        form.Add("--days", "agreement.accepted_days",
                 "How long an acceptance counts; for ever if 0");
      },
      Send(Door::kInternal, &Admin::CreateAgreement, AgreementRows()));
  AddCall<v1::UpdateAgreementRequest>(
      noun, chosen,
      {"update", "Change what is given, leave the rest",
       std::string(kMade) + "  perigee agreements update nda --days 730 -p demo"},
      [](Form& form) {
        BindAgreement(form, "agreement.name")->required();
        form.Add("--display-name", "agreement.display_name", "What people see");
        form.Add("--required", "agreement.required_version",
                 "The first version of which an acceptance counts");
        form.Add("--days", "agreement.accepted_days",
                 "How long an acceptance counts; for ever if 0");
        BindEtag(form, "agreement.etag");
      },
      Send(Door::kInternal, &Admin::UpdateAgreement, AgreementRows()));
  AddCall<v1::AddAgreementVersionRequest>(
      noun, chosen,
      {"add-version", "Give an agreement its next text",
       std::string(kMade) + "  perigee agreements add-version nda nda.md --required -p demo"},
      [](Form& form) {
        BindAgreement(form, "parent")->required();
        form.Add("FILE", "body", "A file of Markdown", {.read = ReadBody})->required();
        form.AddFlag("--required", "required",
                     "Who accepted an earlier text is not bound any more");
      },
      Send(Door::kInternal, &Admin::AddAgreementVersion, VersionRows()));
  AddCall<v1::ListAgreementsRequest>(
      noun, chosen, {"list", "List all agreements", "  perigee agreements list -p demo"},
      BindProgramList, List(Door::kInternal, &Admin::ListAgreements, AgreementRows()));
  AddCall<v1::ListAgreementVersionsRequest>(
      noun, chosen,
      {"versions", "List the texts of an agreement",
       std::string(kMade) + "  perigee agreements versions nda -p demo"},
      [](Form& form) {
        BindAgreement(form, "parent")->required();
        BindLimit(form);
      },
      List(Door::kInternal, &Admin::ListAgreementVersions, VersionRows()));
  AddCall<v1::GetAgreementVersionRequest>(
      noun, chosen,
      {"version", "Print a text of an agreement",
       std::string(kMade) + "  perigee agreements version nda/1 -p demo"},
      [](Form& form) {
        form.Add("VERSION", "name", "AGREEMENT/NUMBER, or its full name",
                 {.read = IdWithin("agreements", "versions", "AGREEMENT/NUMBER, such as nda/1")})
            ->required();
      },
      Send(Door::kInternal, &Admin::GetAgreementVersion, ShowVersion));
  AddCall<v1::ListAcceptancesRequest>(
      noun, chosen,
      {"acceptances", "List who was shown an agreement, and what became of it",
       "  perigee agreements acceptances --of m-001 -p demo"},
      [](Form& form) {
        form.InProgram();
        form.Add("--of", "member", "Only those of a member", {.read = IdIn("members")});
        form.Add("--agreement", "agreement", "Only those of an agreement",
                 {.read = IdIn("agreements")});
        BindLimit(form);
      },
      List(Door::kInternal, &Admin::ListAcceptances, AcceptanceRows()));
}

void AddForMembers(CLI::App& noun, Chosen& chosen) {
  const std::string opened = std::string(kMade) + kOpened;
  AddCall<v1::ListOwnAgreementsRequest>(
      noun, chosen,
      {"own", "List the agreements that a member may know of",
       "  perigee agreements own m-001 -p demo"},
      BindMemberList, List(Door::kPublic, &Own::ListOwnAgreements, OwnAgreementRows()));
  AddCall<v1::PresentAgreementRequest>(
      noun, chosen,
      {"present", "Show an agreement's text to a member, to be accepted",
       opened + "  perigee agreements present m-001 nda -p demo"},
      [](Form& form) {
        BindMember(form, "parent");
        BindAgreement(form, "agreement")->required();
      },
      Send(Door::kPublic, &Own::PresentAgreement, ShowPresented));
  AddCall<v1::AcceptAgreementRequest>(
      noun, chosen, {"accept", "Accept a text that was presented", opened + kAccepted},
      [](Form& form) {
        BindAcceptance(form);
        form.Add("DIGEST", "digest", "Of the text, SHA-256 in hexadecimal")->required();
        form.Add("--device", "device", "On which, in words");
      },
      Send(Door::kPublic, &Own::AcceptAgreement, AcceptanceRows()));
  AddCall<v1::WithdrawAcceptanceRequest>(
      noun, chosen,
      {"withdraw", "Leave an agreement",
       opened + kAccepted + "  perigee agreements withdraw \"$(cat acceptance)\""},
      BindAcceptance, Send(Door::kPublic, &Own::WithdrawAcceptance, AcceptanceRows()));
  AddCall<v1::ListOwnAcceptancesRequest>(
      noun, chosen,
      {"accepted", "List what was presented to a member",
       "  perigee agreements accepted m-001 -p demo"},
      BindMemberList, List(Door::kPublic, &Own::ListOwnAcceptances, AcceptanceRows()));
}

}  // namespace

void AddAgreements(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "agreements", "What insiders promise, such as to keep a secret");
  AddForStaff(noun, chosen);
  AddForMembers(noun, chosen);
}

}  // namespace perigee::cli
