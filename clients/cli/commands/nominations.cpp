#include "clients/cli/commands/command.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/champion.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {
namespace {

using Own = v1::ChampionService::Stub;
using Admin = v1::ChampionAdminService::Stub;

std::string Word(v1::Nomination::State state) {
  return Friendly(v1::Nomination::State_Name(state), "STATE_");
}

void Print(Session& session,
           const google::protobuf::RepeatedPtrField<v1::OwnNomination>& nominations) {
  Table table({"NOMINATION", "TITLE", "NOMINEE", "STATE", "OWN VOICE"});
  for (const v1::OwnNomination& one : nominations) {
    std::string answers;
    for (const std::string& answer : one.voice().answers()) {
      answers += (answers.empty() ? "" : " | ") + answer;
    }
    table.Add({IdOf(one.name()), IdOf(one.title()), IdOf(one.nominee()), Word(one.state()),
               one.has_voice() && answers.empty() ? "yes" : answers});
  }
  table.Print(session.out());
}

// Sends a request of a member that answers with the nomination.
template <class Request>
auto Send(grpc::Status (Own::*method)(grpc::ClientContext*, const Request&, v1::OwnNomination*)) {
  return [method](Session& session, const Request& request) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(const v1::OwnNomination nomination,
                             session.Ask(Door::kPublic, method, request));
    if (!session.PrintPlain(nomination)) {
      google::protobuf::RepeatedPtrField<v1::OwnNomination> one;
      *one.Add() = nomination;
      Print(session, one);
    }
    return absl::OkStatus();
  };
}

absl::Status ListOwn(Session& session, const v1::ListOwnNominationsRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const v1::ListOwnNominationsResponse response,
                           session.Ask(Door::kPublic, &Own::ListOwnNominations, request));
  if (!session.PrintPlain(response)) {
    Print(session, response.nominations());
  }
  return absl::OkStatus();
}

absl::Status Show(Session& session, const v1::Nomination& nomination) {
  if (session.PrintPlain(nomination)) {
    return absl::OkStatus();
  }
  Card card;
  card.Add("name", nomination.name());
  card.Add("title", nomination.title());
  card.Add("nominee", nomination.nominee());
  card.Add("state", Word(nomination.state()));
  card.Add("until", FormatTimestamp(nomination.expire_time()));
  card.Add("reason", nomination.reason());
  card.Print(session.out());
  if (!nomination.voices().empty()) {
    Table table({"NOMINATOR", "KIND", "QUESTION", "ANSWER"});
    for (const v1::NominationVoice& voice : nomination.voices()) {
      const std::string kind = Friendly(v1::Nominator_Name(voice.kind()), "NOMINATOR_");
      if (voice.answers().empty()) {
        table.Add({IdOf(voice.nominator()), kind, "", ""});
      }
      for (int i = 0; i < voice.answers_size(); ++i) {
        table.Add({IdOf(voice.nominator()), kind, voice.questions(i), voice.answers(i)});
      }
    }
    table.Print(session.out());
  }
  for (const v1::NominationVoice& voice : nomination.voices()) {
    if (!voice.candidate_reason().empty()) {
      Card why;
      why.Add("a candidate by", voice.candidate_reason());
      why.Print(session.out());
    }
  }
  if (!nomination.reviews().empty()) {
    Table table({"REVIEWER", "VERDICT", "REASON"});
    for (const v1::NominationReview& review : nomination.reviews()) {
      table.Add({review.reviewer(),
                 Friendly(v1::NominationReview::Verdict_Name(review.verdict()), "VERDICT_"),
                 review.reason()});
    }
    table.Print(session.out());
  }
  return absl::OkStatus();
}

// Sends a request of staff that answers with the nomination.
template <class Request>
auto Judge(grpc::Status (Admin::*method)(grpc::ClientContext*, const Request&, v1::Nomination*)) {
  return [method](Session& session, const Request& request) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(const v1::Nomination nomination,
                             session.Ask(Door::kInternal, method, request));
    return Show(session, nomination);
  };
}

absl::Status List(Session& session, const v1::ListNominationsRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(
      const v1::ListNominationsResponse response,
      session.AskAll(
          Door::kInternal, &Admin::ListNominations, request, request.page_size(),
          [](const v1::ListNominationsResponse& page) { return page.nominations_size(); }));
  if (session.PrintPlain(response)) {
    return absl::OkStatus();
  }
  Table table({"NOMINATION", "TITLE", "NOMINEE", "STATE", "MADE", "UNTIL"});
  for (const v1::Nomination& one : response.nominations()) {
    table.Add({IdOf(one.name()), IdOf(one.title()), IdOf(one.nominee()), Word(one.state()),
               FormatTimestamp(one.create_time()), FormatTimestamp(one.expire_time())});
  }
  table.Print(session.out());
  return absl::OkStatus();
}

void BindName(Form& form) {
  form.Add("NOMINATION", "name", "Its id", {.read = IdIn("nominations")})->required();
}

CLI::Option* BindMember(Form& form, const std::string& help) {
  return form.Add("--by", "member", help, {.read = IdIn("members")});
}

constexpr char kMade[] =
    "  perigee titles create mvp --display-name MVP --months 12 --nominator staff "
    "--nominator peer -p demo\n";

}  // namespace

void AddNominations(CLI::App& root, Chosen& chosen) {
  CLI::App& noun =
      AddNoun(root, "nominations", "Who is proposed for a title, and what became of it");
  const std::string made = kMade;
  AddCall<v1::NominateRequest>(
      noun, chosen,
      {"create", "Propose a member for a title",
       made + "  perigee nominations create m-001 mvp --by m-002 -p demo"},
      [](Form& form) {
        form.InProgram();
        form.Add("MEMBER", "nominee", "Whom", {.read = IdIn("members")})->required();
        form.Add("TITLE", "title", "For which title", {.read = IdIn("titles")})->required();
        BindMember(form, "The member who nominates; staff if left out");
        form.Add("--answer", "answers", "To each question of the title, in order");
        form.AddFlag("--draft", "draft", "Keep it for `submit`");
        form.AddFlag("--from-candidates", "from_candidates",
                     "Only if the member is a candidate now; staff");
      },
      Send(&Own::Nominate));
  AddCall<v1::SubmitNominationRequest>(
      noun, chosen,
      {"submit", "Submit a draft of oneself",
       made + "  perigee nominations create m-001 mvp --by m-002 --draft --names -p demo |\n"
              "    xargs perigee nominations submit --by m-002 -p demo"},
      [](Form& form) {
        BindName(form);
        BindMember(form, "The member who nominates")->required();
      },
      Send(&Own::SubmitNomination));
  AddCall<v1::WithdrawNominationRequest>(
      noun, chosen,
      {"withdraw", "Take a nomination back, or one's own voice in it",
       made + "  perigee nominations create m-001 mvp --by m-002 --names -p demo |\n"
              "    xargs perigee nominations withdraw --by m-002 -p demo"},
      [](Form& form) {
        BindName(form);
        BindMember(form, "The nominator or the nominee; staff if left out");
      },
      Send(&Own::WithdrawNomination));
  AddCall<v1::ListOwnNominationsRequest>(
      noun, chosen,
      {"own", "List the nominations of oneself and by oneself",
       "  perigee nominations own m-001 -p demo"},
      [](Form& form) {
        form.Add("MEMBER", "parent", "The member's id", {.read = IdIn("members")})->required();
      },
      ListOwn);
  AddCall<v1::ListNominationsRequest>(
      noun, chosen,
      {"list", "List nominations, as reviewers see them", "  perigee nominations list -p demo"},
      [](Form& form) {
        form.InProgram();
        BindLimit(form);
      },
      List);
  AddCall<v1::GetNominationRequest>(
      noun, chosen,
      {"show", "Show a nomination with its voices and reviews",
       made + "  perigee nominations create m-001 mvp --names -p demo |\n"
              "    xargs perigee nominations show"},
      BindName, Judge(&Admin::GetNomination));
  AddCall<v1::StartReviewRequest>(
      noun, chosen,
      {"start-review", "Begin the review of a nomination",
       made + "  perigee nominations create m-001 mvp --names -p demo |\n"
              "    xargs perigee nominations start-review"},
      BindName, Judge(&Admin::StartReview));
  AddCall<v1::ReviewNominationRequest>(
      noun, chosen,
      {"review", "State one's verdict, or recuse oneself",
       made + "  perigee nominations create m-001 mvp --names -p demo |\n"
              "    xargs perigee nominations start-review --names |\n"
              "    xargs perigee nominations review --verdict accept --reason 'Patient with all'"},
      [](Form& form) {
        BindName(form);
        form.Add("--verdict", "verdict", WordsOf(*v1::NominationReview::Verdict_descriptor()))
            ->required();
        form.Add("--reason", "reason", "Why");
      },
      Judge(&Admin::ReviewNomination));
  AddCall<v1::DecideNominationRequest>(
      noun, chosen,
      {"decide", "Decide a nomination; accepting appoints the member",
       made + "  perigee nominations create m-001 mvp --names -p demo |\n"
              "    xargs perigee nominations start-review --names |\n"
              "    xargs perigee nominations decide --verdict decline --reason 'Too early'"},
      [](Form& form) {
        BindName(form);
        form.Add("--verdict", "verdict", "accept or decline")->required();
        form.Add("--reason", "reason", "Why")->required();
        form.Add("--from", "start_time", "When the term begins; now if left out");
        form.Add("--etag", "etag", "Only if this is still its etag");
      },
      Judge(&Admin::DecideNomination));
}

}  // namespace perigee::cli
