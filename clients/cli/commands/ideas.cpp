#include <string>

#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "clients/cli/session.h"
#include "clients/cli/table.h"
#include "perigee/v1/idea.grpc.pb.h"

namespace perigee::cli {
namespace {

using Own = v1::IdeaService::Stub;
using Admin = v1::IdeaAdminService::Stub;

void Show(Session& session, const v1::Idea& idea) {
  Card card;
  card.Add("name", idea.name());
  card.Add("item", idea.item());
  card.Add("state", Word(idea.state()));
  card.Add("title", idea.title());
  card.Add("text", idea.text());
  card.Add("votes", std::to_string(idea.votes()));
  card.Add("reason", idea.reason());
  card.Add("author", idea.author());
  card.Add("promise", idea.promise());
  card.Add("made", FormatTimestamp(idea.create_time()));
  card.Add("decided", FormatTimestamp(idea.decide_time()));
  card.Print(session.out());
}

void ShowVote(Session& session, const v1::IdeaVote& vote) {
  Card card;
  card.Add("idea", vote.idea());
  card.Add("voted", FormatTimestamp(vote.create_time()));
  card.Print(session.out());
}

Rows<v1::Idea> IdeaRows() {
  return {{"IDEA", "STATE", ">VOTES", "VOTED", "OWN", "ITEM", "TITLE", "REASON"},
          [](const v1::Idea& idea) -> Row {
            return {IdOf(idea.name()),   Word(idea.state()), std::to_string(idea.votes()),
                    YesNo(idea.voted()), YesNo(idea.own()),  IdOf(idea.item()),
                    idea.title(),        idea.reason()};
          }};
}

Rows<v1::Idea> AllIdeaRows() {
  return {{"IDEA", "STATE", ">VOTES", "AUTHOR", "ITEM", "TITLE", "REASON"},
          [](const v1::Idea& idea) -> Row {
            return {IdOf(idea.name()),   Word(idea.state()), std::to_string(idea.votes()),
                    IdOf(idea.author()), IdOf(idea.item()),  idea.title(),
                    idea.reason()};
          }};
}

void BindIdea(Form& form) {
  form.Add("IDEA", "name", "Its id", {.read = IdIn("ideas")})->required();
}

void BindVoter(Form& form) {
  BindIdea(form);
  form.Add("--by", "member", "Whose vote", {.read = IdIn("members")})->required();
}

void BindFilter(Form& form) {
  form.Add("--about", "item", "Only those about this insider item", {.read = IdIn("items")});
  form.Add("--state", "state", WordsOf(*v1::Idea::State_descriptor()));
  BindLimit(form);
}

constexpr char kSubmitted[] =
    "  perigee ideas submit m-001 --title 'A bell for the night' --names -p demo |\n";

void AddOfMembers(CLI::App& noun, Chosen& chosen) {
  const std::string submitted = kSubmitted;
  AddCall<v1::SubmitIdeaRequest>(
      noun, chosen,
      {"submit", "Hand an idea in",
       "  perigee ideas submit m-001 --title 'A bell for the night' --text 'It glows' -p demo"},
      [](Form& form) {
        BindMember(form, "parent", "Whose");
        form.Add("--title", "idea.title", "What it is called")->required();
        form.Add("--text", "idea.text", "What is meant");
        form.Add("--about", "idea.item", "The insider item that it is about",
                 {.read = IdIn("items")});
      },
      Send(Door::kPublic, &Own::SubmitIdea, Show));
  AddCall<v1::ListIdeasRequest>(
      noun, chosen,
      {"list", "List the ideas that a member may see", "  perigee ideas list m-001 -p demo"},
      [](Form& form) {
        BindMember(form, "parent", "Who asks");
        BindFilter(form);
      },
      List(Door::kPublic, &Own::ListIdeas, IdeaRows()));
  AddCall<v1::ListOwnIdeasRequest>(
      noun, chosen, {"own", "List a member's own ideas", "  perigee ideas own m-001 -p demo"},
      BindMemberList, List(Door::kPublic, &Own::ListOwnIdeas, IdeaRows()));
  AddCall<v1::VoteForIdeaRequest>(noun, chosen,
                                  {"vote", "Vote for an idea, once",
                                   submitted + "    xargs perigee ideas vote --by m-002 -p demo"},
                                  BindVoter, Send(Door::kPublic, &Own::VoteForIdea, ShowVote));
  AddCall<v1::WithdrawVoteRequest>(
      noun, chosen,
      {"withdraw-vote", "Take one's vote back",
       submitted + "    xargs -I IDEA sh -c 'perigee ideas vote IDEA --by m-002 -p demo &&\n"
                   "      perigee ideas withdraw-vote IDEA --by m-002 -p demo'"},
      BindVoter, Send(Door::kPublic, &Own::WithdrawVote, ShowVote));
}

void AddOfStaff(CLI::App& noun, Chosen& chosen) {
  AddCall<v1::ListAllIdeasRequest>(
      noun, chosen,
      {"list-all", "List all ideas, as staff see them",
       "  perigee ideas list-all --state new -p demo"},
      [](Form& form) {
        form.InProgram();
        BindFilter(form);
      },
      List(Door::kInternal, &Admin::ListAllIdeas, AllIdeaRows()));
  AddCall<v1::MoveIdeaRequest>(
      noun, chosen,
      {"move", "Move an idea on; when it ships, thanks are owed to its author",
       std::string(kSubmitted) +
           "    xargs perigee ideas move --to declined --reason 'It would wake people' -p demo"},
      [](Form& form) {
        BindIdea(form);
        form.Add("--to", "state", "considered, planned, shipped or declined")->required();
        form.Add("--reason", "reason", "Why; members see it. Needed if it is declined");
        form.Add("--thanks-days", "thanks_days",
                 "Of one that ships: within how many days its author is thanked; 30 if left out");
        BindEtag(form);
      },
      Send(Door::kInternal, &Admin::MoveIdea, Show));
}

}  // namespace

void AddIdeas(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "ideas", "What members wish of the product, and their votes");
  AddOfMembers(noun, chosen);
  AddOfStaff(noun, chosen);
}

}  // namespace perigee::cli
