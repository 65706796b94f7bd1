#include "absl/strings/str_join.h"
#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/champion.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {
namespace {

using Own = v1::ChampionService::Stub;
using Admin = v1::ChampionAdminService::Stub;

Rows<v1::OwnNomination> OwnNominationRows() {
  return {{"NOMINATION", "TITLE", "NOMINEE", "STATE", "OWN VOICE"},
          [](const v1::OwnNomination& one) -> Row {
            const std::string answers = absl::StrJoin(one.voice().answers(), " | ");
            return {IdOf(one.name()), IdOf(one.title()), IdOf(one.nominee()), Word(one.state()),
                    one.has_voice() && answers.empty() ? "yes" : answers};
          }};
}

void Show(Session& session, const v1::Nomination& nomination) {
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
      const std::string kind = Word(voice.kind());
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
      table.Add({review.reviewer(), Word(review.verdict()), review.reason()});
    }
    table.Print(session.out());
  }
}

// The answer to a review has no reviews, so it is read again with them.
absl::Status Review(Session& session, const v1::ReviewNominationRequest& request) {
  PERIGEE_RETURN_IF_ERROR(session.Ask(Door::kInternal, &Admin::ReviewNomination, request).status());
  v1::GetNominationRequest get;
  get.set_name(request.name());
  return Send(Door::kInternal, &Admin::GetNomination, Show)(session, get);
}

Rows<v1::Nomination> NominationRows() {
  return {{"NOMINATION", "TITLE", "NOMINEE", "STATE", "MADE", "UNTIL"},
          [](const v1::Nomination& one) -> Row {
            return {IdOf(one.name()),
                    IdOf(one.title()),
                    IdOf(one.nominee()),
                    Word(one.state()),
                    FormatTimestamp(one.create_time()),
                    FormatTimestamp(one.expire_time())};
          }};
}

void BindName(Form& form) {
  form.Add("NOMINATION", "name", "Its id", {.read = IdIn("nominations")})->required();
}

CLI::Option* BindBy(Form& form, const std::string& help) {
  return form.Add("--by", "member", help, {.read = IdIn("members")});
}

}  // namespace

void AddNominations(CLI::App& root, Chosen& chosen) {
  CLI::App& noun =
      AddNoun(root, "nominations", "Who is proposed for a title, and what became of it");
  AddCall<v1::NominateRequest>(
      noun, chosen,
      {"create", "Propose a member for a title",
       "  perigee nominations create m-001 champion -p demo\n"
       "  perigee nominations create m-001 mvp -p demo --answer 'Taught many' --answer 'Speak'"},
      [](Form& form) {
        form.InProgram();
        BindMember(form, "nominee", "Whom");
        form.Add("TITLE", "title", "For which title", {.read = IdIn("titles")})->required();
        BindBy(form, "The member who nominates, who is signed in; staff if left out");
        form.Add("--answer", "answers",
                 "To each question of the title, in order: see `perigee titles show`");
        form.AddFlag("--draft", "draft", "Keep it for `submit`");
        form.AddFlag("--from-candidates", "from_candidates",
                     "Only if the member is a candidate now; staff");
      },
      Send(Door::kPublic, &Own::Nominate, OwnNominationRows()));
  AddCall<v1::SubmitNominationRequest>(
      noun, chosen,
      {"submit", "Submit a draft of oneself",
       "  perigee nominations create m-001 champion --by m-002 --draft --names -p demo |\n"
       "    xargs perigee nominations submit --by m-002 -p demo"},
      [](Form& form) {
        BindName(form);
        BindBy(form, "The member who nominates, who is signed in")->required();
      },
      Send(Door::kPublic, &Own::SubmitNomination, OwnNominationRows()));
  AddCall<v1::WithdrawNominationRequest>(
      noun, chosen,
      {"withdraw", "Take a nomination back, or one's own voice in it",
       "  perigee nominations create m-001 champion --names -p demo |\n"
       "    xargs perigee nominations withdraw -p demo"},
      [](Form& form) {
        BindName(form);
        BindBy(form, "The nominator or the nominee, who is signed in; staff if left out");
      },
      Send(Door::kPublic, &Own::WithdrawNomination, OwnNominationRows()));
  AddCall<v1::ListOwnNominationsRequest>(
      noun, chosen,
      {"own", "List the nominations of oneself and by oneself",
       "  perigee nominations own m-001 -p demo"},
      [](Form& form) { BindMember(form, "parent"); },
      Send(Door::kPublic, &Own::ListOwnNominations, OwnNominationRows()));
  AddCall<v1::ListNominationsRequest>(
      noun, chosen,
      {"list", "List nominations, as reviewers see them", "  perigee nominations list -p demo"},
      BindProgramList, List(Door::kInternal, &Admin::ListNominations, NominationRows()));
  AddCall<v1::GetNominationRequest>(
      noun, chosen,
      {"show", "Show a nomination with its voices and reviews",
       "  perigee nominations create m-001 champion --names -p demo |\n"
       "    xargs perigee nominations show"},
      BindName, Send(Door::kInternal, &Admin::GetNomination, Show));
  AddCall<v1::StartReviewRequest>(noun, chosen,
                                  {"start-review", "Begin the review of a nomination",
                                   "  perigee nominations create m-001 champion --names -p demo |\n"
                                   "    xargs perigee nominations start-review"},
                                  BindName, Send(Door::kInternal, &Admin::StartReview, Show));
  AddCall<v1::ReviewNominationRequest>(
      noun, chosen,
      {"review", "State one's verdict, or recuse oneself",
       "  perigee nominations create m-001 champion --names -p demo |\n"
       "    xargs perigee nominations start-review --names |\n"
       "    xargs perigee nominations review --verdict accept --reason 'Patient with all'"},
      [](Form& form) {
        BindName(form);
        form.Add("--verdict", "verdict", WordsOf(*v1::NominationReview::Verdict_descriptor()))
            ->required();
        form.Add("--reason", "reason", "Why; only who is recused need not say it");
      },
      Review);
  AddCall<v1::DecideNominationRequest>(
      noun, chosen,
      {"decide", "Decide a nomination; accepting appoints the member",
       "  perigee nominations create m-001 champion --names -p demo |\n"
       "    xargs perigee nominations start-review --names |\n"
       "    xargs perigee nominations decide --verdict decline --reason 'Too early'"},
      [](Form& form) {
        BindName(form);
        form.Add("--verdict", "verdict", "accept or decline")->required();
        form.Add("--reason", "reason", "Why")->required();
        form.Add("--from", "start_time", "As in `appointments create`");
        BindEtag(form);
      },
      Send(Door::kInternal, &Admin::DecideNomination, Show));
}

}  // namespace perigee::cli
