#include <chrono>

#include <google/protobuf/util/time_util.h>

#include "clients/cli/commands/command.h"
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

absl::Status Grant(Session& session, const v1::CreateRoleGrantRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const v1::RoleGrant grant,
                           session.Ask(Door::kInternal, &Stub::CreateRoleGrant, request));
  if (session.PrintPlain(grant)) {
    return absl::OkStatus();
  }
  Card card;
  card.Add("name", grant.name());
  card.Add("role", Word(grant.role()));
  card.Add("subject", grant.subject());
  card.Add("issuer", grant.issuer());
  card.Add("ends", EndOf(grant));
  card.Print(session.out());
  return absl::OkStatus();
}

absl::Status ListGrants(Session& session, const v1::ListRoleGrantsRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(
      const v1::ListRoleGrantsResponse response,
      session.AskAll(Door::kInternal, &Stub::ListRoleGrants, request, request.page_size()));
  if (session.PrintPlain(response)) {
    return absl::OkStatus();
  }
  Table table({"GRANT", "ROLE", "SUBJECT", "ISSUER", "ENDS"});
  for (const v1::RoleGrant& grant : response.role_grants()) {
    table.Add(
        {IdOf(grant.name()), Word(grant.role()), grant.subject(), grant.issuer(), EndOf(grant)});
  }
  table.Print(session.out());
  return absl::OkStatus();
}

absl::Status Revoke(Session& session, const v1::DeleteRoleGrantRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const v1::DeleteRoleGrantResponse response,
                           session.Ask(Door::kInternal, &Stub::DeleteRoleGrant, request));
  if (!session.PrintPlain(response)) {
    session.out() << "taken back\n";
  }
  return absl::OkStatus();
}

std::string UseOf(const v1::Identity& identity) {
  return identity.link() ? "link, " + std::to_string(identity.confidence()) + "% sure" : "sign-in";
}

absl::Status Show(Session& session, const v1::Identity& identity) {
  if (session.PrintPlain(identity)) {
    return absl::OkStatus();
  }
  Card card;
  card.Add("name", identity.name());
  card.Add("subject", identity.subject());
  card.Add("issuer", identity.issuer());
  card.Add("use", UseOf(identity));
  card.Print(session.out());
  return absl::OkStatus();
}

absl::Status Identify(Session& session, const v1::CreateIdentityRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const v1::Identity identity,
                           session.Ask(Door::kInternal, &Stub::CreateIdentity, request));
  return Show(session, identity);
}

absl::Status Find(Session& session, const v1::FindIdentityRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const v1::Identity identity,
                           session.Ask(Door::kInternal, &Stub::FindIdentity, request));
  return Show(session, identity);
}

absl::Status ListIdentities(Session& session, const v1::ListIdentitiesRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(
      const v1::ListIdentitiesResponse response,
      session.AskAll(Door::kInternal, &Stub::ListIdentities, request, request.page_size()));
  if (session.PrintPlain(response)) {
    return absl::OkStatus();
  }
  Table table({"IDENTITY", "SUBJECT", "ISSUER", "USE", "MADE"});
  for (const v1::Identity& identity : response.identities()) {
    table.Add({IdOf(identity.name()), identity.subject(), identity.issuer(), UseOf(identity),
               FormatTimestamp(identity.create_time())});
  }
  table.Print(session.out());
  return absl::OkStatus();
}

absl::Status RemoveIdentity(Session& session, const v1::DeleteIdentityRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const v1::DeleteIdentityResponse response,
                           session.Ask(Door::kInternal, &Stub::DeleteIdentity, request));
  if (!session.PrintPlain(response)) {
    session.out() << "removed\n";
  }
  return absl::OkStatus();
}

absl::Status WhoAmI(Session& session, const v1::GetSelfRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const v1::Self self,
                           session.Ask(Door::kPublic, &v1::MemberService::Stub::GetSelf, request));
  if (session.PrintPlain(self)) {
    return absl::OkStatus();
  }
  Card card;
  card.Add("roles", Words<v1::Role>(self.roles()));
  if (self.has_member()) {
    card.Add("member", self.member().name());
    card.Add("display name", self.member().display_name());
  }
  card.Print(session.out());
  return absl::OkStatus();
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
      Grant);
  AddCall<v1::ListRoleGrantsRequest>(
      noun, chosen, {"list", "List grants by id", "  perigee roles list -p demo"},
      [](Form& form) {
        form.InProgram();
        BindLimit(form);
      },
      ListGrants);
  AddCall<v1::DeleteRoleGrantRequest>(
      noun, chosen,
      {"revoke", "Take a grant back, at once",
       "  perigee roles grant --role analyst --subject lee --names -p demo | xargs perigee roles "
       "revoke"},
      [](Form& form) {
        form.Add("GRANT", "name", "The grant's id", {.read = IdIn("roleGrants")})->required();
      },
      Revoke);
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
        form.Add("MEMBER", "parent", "The member's id", {.read = IdIn("members")})->required();
        BindSubject(form, "identity");
        form.AddFlag("--link", "identity.link", "The subject may not sign in as the member");
        form.Add("--confidence", "identity.confidence", "Of a link: how sure it is, 0 to 100");
      },
      Identify);
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
      Find);
  AddCall<v1::ListIdentitiesRequest>(
      noun, chosen,
      {"list", "List the identities of a member", "  perigee identities list m-001 -p demo"},
      [](Form& form) {
        form.Add("MEMBER", "parent", "The member's id", {.read = IdIn("members")})->required();
        BindLimit(form);
      },
      ListIdentities);
  AddCall<v1::DeleteIdentityRequest>(
      noun, chosen,
      {"delete", "Take an identity from its member, at once",
       "  perigee identities create m-003 --subject eve --names -p demo | xargs perigee identities "
       "delete"},
      [](Form& form) {
        form.Add("IDENTITY", "name", "Its full name: programs/…/members/…/identities/…")
            ->required();
      },
      RemoveIdentity);
}

void AddWhoAmI(CLI::App& root, Chosen& chosen) {
  AddCall<v1::GetSelfRequest>(
      root, chosen,
      {"whoami", "Show who you are in a programme",
       "  perigee login --as ada\n"
       "  perigee whoami -p demo"},
      [](Form& form) { form.InProgram(); }, WhoAmI);
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
