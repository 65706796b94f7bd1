#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/invitation.grpc.pb.h"
#include "perigee/v1/member.grpc.pb.h"

namespace perigee::cli {
namespace {

using Stub = v1::InvitationAdminService::Stub;

void ShowInvitation(Session& session, const v1::Invitation& invitation) {
  Card card;
  card.Add("name", invitation.name());
  card.Add("for", invitation.member().empty() ? "a new member" : invitation.member());
  card.Add("inviter", invitation.inviter());
  card.Add("until", FormatTimestamp(invitation.expire_time()));
  card.Add("token",
           invitation.token().empty() ? "shown once, in the first answer" : invitation.token());
  card.Print(session.out());
}

Rows<v1::Invitation> InvitationRows() {
  return {{"INVITATION", "STATE", "MEMBER", "INVITER", "UNTIL"},
          [](const v1::Invitation& invitation) -> Row {
            return {IdOf(invitation.name()), Word(invitation.state()), IdOf(invitation.member()),
                    IdOf(invitation.inviter()), FormatTimestamp(invitation.expire_time())};
          }};
}

void ShowState(Session& session, const v1::Invitation& invitation) {
  session.out() << Word(invitation.state()) << '\n';
}

void ShowMember(Session& session, const v1::Member& member) {
  Card card;
  card.Add("name", member.name());
  card.Add("display name", member.display_name());
  card.Add("inviter", member.inviter());
  card.Print(session.out());
}

}  // namespace

void AddInvitations(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "invitations", "Who may join a programme");
  AddCall<v1::CreateInvitationRequest>(
      noun, chosen,
      {"create", "Invite somebody. The token is shown once: give it to them",
       "  perigee invitations create -p demo\n"
       "  perigee invitations create --for m-004 --inviter m-001 -p demo"},
      [](Form& form) {
        form.InProgram();
        form.Add("--for", "invitation.member",
                 "The member that they will be; a new one if left out", {.read = IdIn("members")});
        form.Add("--inviter", "invitation.inviter", "The member who invites",
                 {.read = IdIn("members")});
        form.Add("--until", "invitation.expire_time", "When it ends; in 30 days if left out");
      },
      Send(Door::kInternal, &Stub::CreateInvitation, ShowInvitation));
  AddCall<v1::ListInvitationsRequest>(
      noun, chosen,
      {"list", "List invitations, without their tokens", "  perigee invitations list -p demo"},
      BindProgramList, List(Door::kInternal, &Stub::ListInvitations, InvitationRows()));
  AddCall<v1::RevokeInvitationRequest>(
      noun, chosen,
      {"revoke", "Take an invitation back, at once",
       "  perigee invitations create --names -p demo | xargs perigee invitations revoke"},
      [](Form& form) {
        form.Add("INVITATION", "name", "Its id", {.read = IdIn("invitations")})->required();
      },
      Send(Door::kInternal, &Stub::RevokeInvitation, ShowState));
}

void AddJoin(CLI::App& root, Chosen& chosen) {
  AddCall<v1::JoinProgramRequest>(
      root, chosen,
      {"join", "Become a member by an invitation",
       "  perigee invitations create -p demo --json | grep -o 'pgi_[A-Za-z0-9_-]*' |\n"
       "    xargs perigee join -p demo --display-name Eve"},
      [](Form& form) {
        form.InProgram();
        form.Add("TOKEN", "token", "The invitation's token")->required();
        form.Add("--display-name", "display_name", "What others see; needed for a new member");
      },
      Send(Door::kPublic, &v1::MemberService::Stub::JoinProgram, ShowMember));
}

}  // namespace perigee::cli
