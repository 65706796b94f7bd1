#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/ask.grpc.pb.h"

namespace perigee::cli {
namespace {

using Own = v1::AskService::Stub;
using Admin = v1::AskAdminService::Stub;

Rows<v1::Ask> AskRows() {
  return {{"MEMBER", "ASK", "TEAM", "KIND", "STATE", "UNTIL", "TEXT", "REASON"},
          [](const v1::Ask& one) -> Row {
            return {MemberOf(one.name()), IdOf(one.name()),  one.team(),
                    one.kind(),           Word(one.state()), FormatTimestamp(one.expire_time()),
                    one.text(),           one.reason()};
          }};
}

void ShowBudget(Session& session, const v1::AskBudget& budget) {
  Card card;
  card.Add("member", IdOf(budget.member()));
  card.Add("may be asked", YesNo(budget.may_be_asked()));
  card.Add("limit", std::to_string(budget.limit()));
  card.Add("window", std::to_string(budget.window_days()) + " days");
  card.Add("used", std::to_string(budget.used()));
  card.Add("reserved", std::to_string(budget.reserved()));
  card.Add("free", std::to_string(budget.free()));
  card.Add("next free", FormatTimestamp(budget.next_free_time()));
  card.Print(session.out());
}

void ShowTerms(Session& session, const v1::Member& member) {
  Card card;
  card.Add("member", IdOf(member.name()));
  card.Add("may be asked", YesNo(!member.do_not_ask()));
  card.Add("at most", member.has_ask_limit() ? std::to_string(member.ask_limit()) : "");
  card.Print(session.out());
}

void BindName(Form& form) {
  form.Add("ASK", "name", "MEMBER/ID, or its full name", {.read = IdOfMemberIn("asks")})
      ->required();
}

// The commands of a team.
void AddForTeams(CLI::App& noun, Chosen& chosen) {
  const std::string proposed =
      "  perigee asks propose m-001 --team events --kind talk --text 'Speak in May' --names "
      "-p demo |\n";
  const std::string sent =
      "  perigee asks propose m-001 --team events --kind talk --text 'Speak in May' "
      "--up-to sent --names -p demo |\n";
  const std::string accepted = sent + "    xargs perigee asks accept --names |\n";
  AddCall<v1::ProposeAskRequest>(
      noun, chosen,
      {"propose", "Want something of a member; with --up-to, reserve or send it at once",
       "  perigee asks propose m-001 --team events --kind talk --text 'Speak in May' "
       "--up-to sent -p demo"},
      [](Form& form) {
        BindMember(form, "parent");
        form.Add("--team", "team", "The id of the team that asks")->required();
        form.Add("--kind", "kind", "The id of what kind of thing it is, such as review")
            ->required();
        form.Add("--text", "text", "What the member is asked for")->required();
        form.Add("--up-to", "up_to", "proposed, reserved or sent; proposed if left out");
      },
      Send(Door::kInternal, &Admin::ProposeAsk, AskRows()));
  AddCall<v1::ReserveAskRequest>(
      noun, chosen,
      {"reserve", "Take a place in the member's ask budget for two weeks",
       proposed + "    xargs perigee asks reserve"},
      BindName, Send(Door::kInternal, &Admin::ReserveAsk, AskRows()));
  AddCall<v1::SendAskRequest>(
      noun, chosen,
      {"send", "Show a reserved ask to the member",
       proposed + "    xargs perigee asks reserve --names |\n    xargs perigee asks send"},
      BindName, Send(Door::kInternal, &Admin::SendAsk, AskRows()));
  AddCall<v1::CompleteAskRequest>(
      noun, chosen,
      {"complete", "State that the member did it", accepted + "    xargs perigee asks complete"},
      BindName, Send(Door::kInternal, &Admin::CompleteAsk, AskRows()));
  AddCall<v1::ThankForAskRequest>(
      noun, chosen,
      {"thank", "State that the member was thanked for it",
       accepted + "    xargs perigee asks complete --names |\n    xargs perigee asks thank"},
      BindName, Send(Door::kInternal, &Admin::ThankForAsk, AskRows()));
  AddCall<v1::CancelAskRequest>(
      noun, chosen,
      {"cancel", "Give an ask up before it is sent", proposed + "    xargs perigee asks cancel"},
      BindName, Send(Door::kInternal, &Admin::CancelAsk, AskRows()));
  AddCall<v1::ListAsksRequest>(
      noun, chosen,
      {"list", "List asks, as teams see them", "  perigee asks list --state sent -p demo"},
      [](Form& form) {
        form.InProgram();
        form.Add("--of", "of_member", "Only those of this member", {.read = IdIn("members")});
        form.Add("--team", "team", "Only those of this team");
        form.Add("--state", "state", WordsOf(*v1::Ask::State_descriptor()));
        BindLimit(form);
      },
      List(Door::kInternal, &Admin::ListAsks, AskRows()));
  AddCall<v1::GetAskBudgetRequest>(
      noun, chosen,
      {"budget", "Show whether a member may be asked, and how often still",
       "  perigee asks budget m-001 -p demo"},
      [](Form& form) { BindMember(form, "parent"); },
      Send(Door::kInternal, &Admin::GetAskBudget, ShowBudget));
}

}  // namespace

void AddAsks(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "asks", "What teams ask of members, within one budget");
  const std::string sent =
      "  perigee asks propose m-001 --team events --kind talk --text 'Speak in May' "
      "--up-to sent --names -p demo |\n";
  AddForTeams(noun, chosen);
  AddCall<v1::ListOwnAsksRequest>(
      noun, chosen,
      {"own", "List the asks that were sent to oneself", "  perigee asks own m-001 -p demo"},
      BindMemberList, List(Door::kPublic, &Own::ListOwnAsks, AskRows()));
  AddCall<v1::AcceptAskRequest>(
      noun, chosen, {"accept", "Say yes to an ask", sent + "    xargs perigee asks accept"},
      BindName, Send(Door::kPublic, &Own::AcceptAsk, AskRows()));
  AddCall<v1::DeclineAskRequest>(
      noun, chosen,
      {"decline", "Say no to an ask", sent + "    xargs perigee asks decline --reason 'No time'"},
      [](Form& form) {
        BindName(form);
        form.Add("--reason", "reason", "Why; may be left out");
      },
      Send(Door::kPublic, &Own::DeclineAsk, AskRows()));
  AddCall<v1::SetAskTermsRequest>(
      noun, chosen,
      {"terms", "Set how often oneself may be asked; what is left out is unset",
       "  perigee asks terms m-001 --at-most 1 -p demo\n"
       "  perigee asks terms m-001 --do-not-ask -p demo\n"
       "  perigee asks terms m-001 --do-not-ask=false -p demo"},
      [](Form& form) {
        BindMember(form, "name");
        form.Add("--at-most", "ask_limit",
                 "The most asks in the programme's window; its limit if left out");
        form.AddFlag("--do-not-ask", "do_not_ask",
                     "Not to be asked for anything; `--do-not-ask=false` alone unsets all terms");
        form.RequireChange();
      },
      Send(Door::kPublic, &Own::SetAskTerms, ShowTerms));
}

}  // namespace perigee::cli
