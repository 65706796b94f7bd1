#include <chrono>

#include <google/protobuf/util/time_util.h>

#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/development_issuer.h"
#include "clients/cli/failure.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/access.grpc.pb.h"
#include "perigee/v1/member.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {

namespace {

namespace fs = std::filesystem;
using Stub = v1::AccessAdminService::Stub;

std::string EndOf(const v1::RoleGrant& grant) {
  if (!grant.has_expire_time()) {
    return "never";
  }
  const bool ended = grant.expire_time() <= google::protobuf::util::TimeUtil::GetCurrentTime();
  return (ended ? "ended " : "") + FormatTimestamp(grant.expire_time());
}

void ShowRoleGrant(Session& session, const v1::RoleGrant& grant) {
  Card card;
  card.Add("name", grant.name());
  card.Add("role", Word(grant.role()));
  card.Add("subject", grant.subject());
  card.Add("issuer", grant.issuer());
  card.Add("ends", EndOf(grant));
  card.Print(session.out());
}

Rows<v1::RoleGrant> RoleGrantRows() {
  return {{"GRANT", "ROLE", "SUBJECT", "ISSUER", "ENDS"}, [](const v1::RoleGrant& grant) -> Row {
            return {IdOf(grant.name()), Word(grant.role()), grant.subject(), grant.issuer(),
                    EndOf(grant)};
          }};
}

std::string UseOf(const v1::Identity& identity) {
  return identity.link() ? "link, " + std::to_string(identity.confidence()) + "% sure" : "sign-in";
}

void ShowIdentity(Session& session, const v1::Identity& identity) {
  Card card;
  card.Add("name", identity.name());
  card.Add("subject", identity.subject());
  card.Add("issuer", identity.issuer());
  card.Add("use", UseOf(identity));
  card.Print(session.out());
}

Rows<v1::Identity> IdentityRows() {
  return {{"IDENTITY", "SUBJECT", "ISSUER", "USE", "MADE"},
          [](const v1::Identity& identity) -> Row {
            return {IdOf(identity.name()), identity.subject(), identity.issuer(), UseOf(identity),
                    FormatTimestamp(identity.create_time())};
          }};
}

void ShowSelf(Session& session, const v1::Self& self) {
  Card card;
  card.Add("roles", Words<v1::Role>(self.roles()));
  if (self.has_member()) {
    card.Add("member", self.member().name());
    card.Add("display name", self.member().display_name());
  }
  card.Print(session.out());
}

void BindSubject(Form& form, const std::string& of) {
  form.Add("--subject", of + ".subject", "The issuer's name for them: `sub` of their tokens")
      ->required();
  // Only the server of `./dev up` surely knows the development issuer.
  const bool at_dev_up = RunFolder().has_value();
  CLI::Option* issuer = form.Add(
      "--issuer", of + ".issuer",
      "The issuer: `iss` of their tokens; `tls` for a certificate. At the server of `./dev "
      "up` its own, if left out",
      {.fallback = at_dev_up ? kDevelopmentIssuer : ""});
  issuer->required(!at_dev_up);
}

struct LoginArgs {
  std::string subject;
  std::string folder;
  int hours = 12;
  std::string to;
  bool init = false;
  bool print = false;
  bool out = false;
};

absl::StatusOr<fs::path> FolderOf(const LoginArgs& args) {
  if (!args.folder.empty()) {
    return fs::path(args.folder);
  }
  const std::optional<fs::path> folder = RunFolder();
  if (!folder.has_value()) {
    return UsageFailure("no server of `./dev up` runs here. Give --issuer-folder.");
  }
  return *folder / kIssuerFolder;
}

absl::Status Login(Session& session, const LoginArgs& args) {
  PERIGEE_ASSIGN_OR_RETURN(const fs::path folder, FolderOf(args));
  // The token of `./dev up` lies where the client looks for it.
  const fs::path token_file =
      !args.to.empty() ? fs::path(args.to)
                       : (args.folder.empty() ? folder.parent_path() : folder) / kTokenFile;
  if (args.init) {
    return MakeDevelopmentIssuer(folder);
  }
  if (args.out) {
    std::error_code error;
    fs::remove(token_file, error);
    session.out() << "signed out\n";
    return absl::OkStatus();
  }
  if (args.subject.empty()) {
    return UsageFailure("say who signs in: --as SUBJECT.");
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::string token,
                           MakeToken(folder, args.subject, std::chrono::hours(args.hours)));
  if (args.print) {
    session.out() << token << '\n';
    return absl::OkStatus();
  }
  PERIGEE_RETURN_IF_ERROR(WritePrivateFile(token_file, token + "\n"));
  session.out() << "signed in as " << args.subject << " for " << args.hours << " hours";
  if (!args.to.empty() || !args.folder.empty()) {
    session.out() << "; give --token-file " << token_file.string() << " with each command";
  }
  session.out() << '\n';
  return absl::OkStatus();
}

}  // namespace

void AddRoles(CLI::App& root, Chosen& chosen) {
  CLI::App& noun =
      AddNoun(root, "roles", "Who of staff, and which systems, may act in a programme");
  AddCall<v1::CreateRoleGrantRequest>(
      noun, chosen,
      {"grant", "Let somebody act in the programme",
       "  perigee roles grant --role moderator --subject lee -p demo\n"
       "  perigee roles grant --role analyst --subject lee --until 2099-12-31T18:00:00Z -p demo"},
      [](Form& form) {
        form.InProgram();
        form.Add("--role", "role_grant.role",
                 "What they may be: moderator, reviewer, program-admin, analyst or ingestion")
            ->required();
        BindSubject(form, "role_grant");
        form.Add("--until", "role_grant.expire_time",
                 "When it ends, a day at its first instant; never if left out");
      },
      Send(Door::kInternal, &Stub::CreateRoleGrant, ShowRoleGrant));
  AddCall<v1::ListRoleGrantsRequest>(
      noun, chosen, {"list", "List grants by id", "  perigee roles list -p demo"}, BindProgramList,
      List(Door::kInternal, &Stub::ListRoleGrants, RoleGrantRows()));
  AddCall<v1::DeleteRoleGrantRequest>(
      noun, chosen,
      {"revoke", "Take a grant back, at once",
       "  perigee roles grant --role analyst --subject lee --names -p demo | xargs perigee roles "
       "revoke"},
      [](Form& form) {
        form.Add("GRANT", "name", "The grant's id", {.read = IdIn("roleGrants")})->required();
      },
      Send(Door::kInternal, &Stub::DeleteRoleGrant, Say("taken back")));
}

void AddIdentities(CLI::App& root, Chosen& chosen) {
  CLI::App& noun =
      AddNoun(root, "identities", "How members sign in, and their names in other systems");
  AddCall<v1::CreateIdentityRequest>(
      noun, chosen,
      {"create", "Let somebody act as a member",
       "  perigee identities create m-002 --subject ada@example.org -p demo\n"
       "  perigee identities create m-002 --link --issuer forum --subject 17 --confidence 80 -p "
       "demo"},
      [](Form& form) {
        BindMember(form, "parent");
        BindSubject(form, "identity");
        form.AddFlag("--link", "identity.link", "The subject may not sign in as the member");
        form.Add("--confidence", "identity.confidence", "Of a link: how sure it is, 0 to 100");
      },
      Send(Door::kInternal, &Stub::CreateIdentity, ShowIdentity));
  AddCall<v1::FindIdentityRequest>(
      noun, chosen,
      {"find", "Find the member whom a subject is of",
       "  perigee identities create m-002 --link --issuer forum --subject 17 -p demo\n"
       "  perigee identities find --issuer forum --subject 17 -p demo"},
      [](Form& form) {
        form.InProgram();
        form.Add("--issuer", "issuer", "The issuer or system")->required();
        form.Add("--subject", "subject", "Its name for the member")->required();
      },
      Send(Door::kInternal, &Stub::FindIdentity, ShowIdentity));
  AddCall<v1::ListIdentitiesRequest>(
      noun, chosen,
      {"list", "List the identities of a member", "  perigee identities list m-001 -p demo"},
      BindMemberList, List(Door::kInternal, &Stub::ListIdentities, IdentityRows()));
  AddCall<v1::DeleteIdentityRequest>(
      noun, chosen,
      {"delete", "Take an identity from its member, at once",
       "  perigee identities create m-003 --subject eve --names -p demo | xargs perigee identities "
       "delete"},
      [](Form& form) {
        form.Add("IDENTITY", "name", "Its full name: programs/…/members/…/identities/…")
            ->required();
      },
      Send(Door::kInternal, &Stub::DeleteIdentity, Say("removed")));
}

void AddWhoAmI(CLI::App& root, Chosen& chosen) {
  AddCall<v1::GetSelfRequest>(
      root, chosen,
      {"whoami", "Show who you are in a programme",
       "  perigee login --as ada\n"
       "  perigee whoami -p demo"},
      [](Form& form) { form.InProgram(); },
      Send(Door::kPublic, &v1::MemberService::Stub::GetSelf, ShowSelf));
}

void AddLogin(CLI::App& root, Chosen& chosen) {
  auto args = std::make_shared<LoginArgs>();
  CLI::App* command = NewCommand(
      root, {"login",
             "Sign in at the server of `./dev up`, whose development issuer lets everybody be "
             "anybody. Other servers have issuers of their own: put their token into a file for "
             "--token-file",
             "  perigee login --as ada\n  perigee login --as root"});
  command->add_option(
      "--as", args->subject,
      "Who: `root` is the operator; others by the subject of their role or identity");
  command->add_option("--hours", args->hours, "How long the token is good")
      ->check(CLI::Range(1, 24 * 365))
      ->capture_default_str();
  CLI::Option* to =
      command->add_option("--to", args->to, "Keep the token in this file, for --token-file");
  CLI::Option* print =
      command->add_flag("--print", args->print, "Print the token instead of keeping it")
          ->excludes(to);
  command->add_flag("--out", args->out, "Sign out")->excludes(to)->excludes(print);
  command->add_option("--issuer-folder", args->folder,
                      "The folder of the issuer; that of `./dev up` if left out");
  command->add_flag("--init", args->init,
                    "Make that folder, if it is not there: a new key, its key set, and an access "
                    "file that trusts it");
  WhenChosen(*command, chosen, [args](Session& session) { return Login(session, *args); });
}

}  // namespace perigee::cli
