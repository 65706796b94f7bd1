#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/thanks.grpc.pb.h"

namespace perigee::cli {
namespace {

using Own = v1::ThanksService::Stub;
using Admin = v1::ThanksAdminService::Stub;

std::string SideOf(const std::string& member) { return member.empty() ? "brand" : IdOf(member); }

std::string Share(bool present, double share) {
  return present ? absl::StrFormat("%.3f", share) : "none yet";
}

Rows<v1::Thanks> ThanksRows() {
  return {{"THANKS", "FROM", "TO", "WHEN", ">WEIGHT", "STATE", "WORDS"},
          [](const v1::Thanks& one) -> Row {
            return {IdOf(one.name()),
                    SideOf(one.giver()),
                    SideOf(one.receiver()),
                    FormatTimestamp(one.create_time()),
                    absl::StrFormat("%.3f", one.weight()),
                    Word(one.state()),
                    one.text()};
          }};
}

void ShowBudget(Session& session, const v1::ThanksBudget& budget) {
  Card card;
  card.Add("given", std::to_string(budget.used()) + " of " + std::to_string(budget.limit()));
  card.Add("since", FormatTimestamp(budget.period_time()));
  card.Add("until", FormatTimestamp(budget.next_period_time()));
  card.Print(session.out());
}

void ShowReciprocity(Session& session, const v1::Reciprocity& found) {
  Card card;
  card.Add("with members", Share(found.has_index(), found.index()));
  card.Add("partners", std::to_string(found.partners()) + ", " +
                           std::to_string(found.mutual_partners()) + " of them mutual");
  card.Add("with the brand", Share(found.has_brand_index(), found.brand_index()));
  card.Add("thanks of the brand", std::to_string(found.brand_thanks()));
  card.Add("asks accepted", std::to_string(found.asks_accepted()));
  card.Print(session.out());
}

void ShowProgram(Session& session, const v1::ProgramReciprocity& found) {
  Card card;
  card.Add("share of mutual thanks", Share(found.has_index(), found.index()));
  card.Add("edges", std::to_string(found.edges()) + ", " + std::to_string(found.mutual_edges()) +
                        " of them mutual");
  card.Print(session.out());
}

void BindWords(Form& form) {
  form.Add("--text", "text", "The words")->required();
  form.Add("--for", "thanked_for", "The activity that they are for", {.read = IdIn("activities")});
}

constexpr char kGiven[] =
    "  perigee thanks give m-001 m-002 --text 'For the answer' --names -p demo |\n";

}  // namespace

void AddThanks(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "thanks", "Thanks between members, and with the brand");
  AddCall<v1::GiveThanksRequest>(
      noun, chosen,
      {"give", "Thank a member, or the brand",
       "  perigee thanks give m-001 m-002 --text 'For the answer' -p demo\n"
       "  perigee thanks give m-001 --text 'For the early look' -p demo"},
      [](Form& form) {
        BindMember(form, "parent", "Who thanks");
        form.Add("RECEIVER", "receiver", "Whom; the brand if left out", {.read = IdIn("members")});
        BindWords(form);
      },
      Send(Door::kPublic, &Own::GiveThanks, ThanksRows()));
  AddCall<v1::WithdrawThanksRequest>(
      noun, chosen,
      {"withdraw", "Take one's own thanks back",
       std::string(kGiven) + "    xargs perigee thanks withdraw --by m-001 -p demo"},
      [](Form& form) {
        form.Add("THANKS", "name", "Its id", {.read = IdIn("thanks")})->required();
        form.Add("--by", "member", "Who gave them", {.read = IdIn("members")})->required();
      },
      Send(Door::kPublic, &Own::WithdrawThanks, ThanksRows()));
  AddCall<v1::ListThanksRequest>(
      noun, chosen,
      {"list", "List the thanks that a member gave or received",
       "  perigee thanks list m-001 --side received -p demo"},
      [](Form& form) {
        BindMember(form, "parent", "Whose");
        form.Add("--side", "side", "given or received", {.fallback = "given"});
        BindLimit(form);
      },
      List(Door::kPublic, &Own::ListThanks, ThanksRows()));
  AddCall<v1::ListAllThanksRequest>(
      noun, chosen,
      {"list-all", "List all thanks, as staff see them", "  perigee thanks list-all -p demo"},
      BindProgramList, List(Door::kInternal, &Admin::ListAllThanks, ThanksRows()));
  AddCall<v1::GetThanksBudgetRequest>(
      noun, chosen,
      {"budget", "Show how many thanks a member may still give",
       "  perigee thanks budget m-001 -p demo"},
      [](Form& form) { BindMember(form, "name", "Whose"); },
      Send(Door::kPublic, &Own::GetThanksBudget, ShowBudget));
  AddCall<v1::ThankMemberRequest>(
      noun, chosen,
      {"brand", "Thank a member in the name of the brand",
       "  perigee promises make m-001 --kind thanks --text 'The talk' --due 2099-01-01 --names "
       "-p demo |\n"
       "    xargs perigee thanks brand m-001 --text 'For the talk' -p demo --promise"},
      [](Form& form) {
        BindMember(form, "parent", "Whom");
        BindWords(form);
        form.Add("--promise", "promise", "The promise of thanks that this keeps",
                 {.read = IdIn("promises")});
      },
      Send(Door::kInternal, &Admin::ThankMember, ThanksRows()));
  AddCall<v1::GetReciprocityRequest>(
      noun, chosen,
      {"reciprocity", "Show how evenly a member gives and receives",
       "  perigee thanks reciprocity m-001 -p demo"},
      [](Form& form) { BindMember(form, "name", "Whose"); },
      Send(Door::kPublic, &Own::GetReciprocity, ShowReciprocity));
  AddCall<v1::GetProgramReciprocityRequest>(
      noun, chosen,
      {"program", "Show how much of the thanks in a programme is mutual",
       "  perigee thanks program demo"},
      [](Form& form) {
        form.Add("PROGRAM", "name", "The programme's id", {.read = IdOfProgram()})->required();
      },
      Send(Door::kInternal, &Admin::GetProgramReciprocity, ShowProgram));
}

}  // namespace perigee::cli
