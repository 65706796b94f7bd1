#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/criteria_file.h"
#include "clients/cli/failure.h"
#include "clients/cli/format.h"
#include "clients/cli/ids.h"
#include "clients/cli/table.h"
#include "clients/cli/toml_table.h"
#include "perigee/v1/champion.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {
namespace {

using Own = v1::ChampionService::Stub;
using Admin = v1::ChampionAdminService::Stub;

// What is counted of the criterion: types of activities, an asset, or all.
std::string CountedBy(const v1::CandidateCriterion& criterion) {
  return criterion.asset().empty() ? absl::StrJoin(criterion.activity_types(), ", ")
                                   : criterion.asset();
}

void ShowTitle(Session& session, const v1::Title& title) {
  Card card;
  card.Add("name", title.name());
  card.Add("display name", title.display_name());
  card.Add("months", std::to_string(title.term_months()));
  card.Add("seats", title.seats() == 0 ? "any number" : std::to_string(title.seats()));
  card.Add("nominators", Words<v1::Nominator>(title.nominators()));
  card.Add("reviews", std::to_string(title.reviews()));
  for (const std::string& question : title.questions()) {
    card.Add("question", question);
  }
  card.Add("renewal days", std::to_string(title.renewal_days()));
  card.Add("rights", absl::StrJoin(title.rights(), ", "));
  card.Add("retired", YesNo(title.retired()));
  card.Print(session.out());
  if (title.criteria().empty()) {
    return;
  }
  Table table({"CRITERION", "NAME", "MEASURE", "OF", ">DAYS", ">AT LEAST"});
  for (const v1::CandidateCriterion& criterion : title.criteria()) {
    table.Add({criterion.id(), criterion.display_name(), Word(criterion.measure()),
               CountedBy(criterion), std::to_string(criterion.window_days()),
               session.Amount(ProgramOf(title.name()), criterion.asset(), criterion.at_least())});
  }
  table.Print(session.out());
}

Rows<v1::Title> TitleRows() {
  return {{"TITLE", "NAME", ">MONTHS", ">SEATS", "NOMINATORS", ">REVIEWS", "RETIRED"},
          [](const v1::Title& title) -> Row {
            return {IdOf(title.name()),
                    title.display_name(),
                    std::to_string(title.term_months()),
                    title.seats() == 0 ? "any" : std::to_string(title.seats()),
                    Words<v1::Nominator>(title.nominators()),
                    std::to_string(title.reviews()),
                    YesNo(title.retired())};
          }};
}

struct TitleArgs {
  std::string title;
};

absl::Status Show(Session& session, const TitleArgs& args) {
  PERIGEE_ASSIGN_OR_RETURN(const std::string name, session.Name("titles", args.title));
  v1::ListTitlesRequest request;
  request.set_parent(ProgramOf(name));
  PERIGEE_ASSIGN_OR_RETURN(const v1::ListTitlesResponse response,
                           session.AskAll(Door::kPublic, &Own::ListTitles, request, 0));
  const auto found = std::ranges::find(response.titles(), name, &v1::Title::name);
  return found == response.titles().end() ? NotFoundFailure(name)
                                          : PrintAnswer(session, *found, ShowTitle);
}

struct CriteriaArgs {
  std::string title;
  std::string path;
};

absl::Status SetCriteria(Session& session, const CriteriaArgs& args) {
  PERIGEE_ASSIGN_OR_RETURN(const std::string text, ReadTomlFile(args.path));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<v1::CandidateCriterion> criteria,
                           ParseCriteria(args.path, text));
  v1::UpdateTitleRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_title()->mutable_name(),
                           session.Name("titles", args.title));
  request.mutable_title()->mutable_criteria()->Add(criteria.begin(), criteria.end());
  request.mutable_update_mask()->add_paths("criteria");
  request.set_request_id(NewRequestId());
  return Send(Door::kInternal, &Admin::UpdateTitle, ShowTitle)(session, request);
}

void BindProperties(Form& form) {
  form.Add("--months", "title.term_months", "Calendar months of a term");
  form.Add("--seats", "title.seats", "How many may have it at one time; any number if 0");
  form.Add("--nominator", "title.nominators", WordsOf(*v1::Nominator_descriptor()));
  form.Add("--reviews", "title.reviews", "How many verdicts a decision needs");
  form.Add("--question", "title.questions", "What nominators answer; may be repeated");
  form.Add("--renewal-days", "title.renewal_days", "How long before its end it may be renewed");
  form.Add("--right", "title.rights", "Id of what it gives; may be repeated");
}

}  // namespace

void AddTitles(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "titles", "What champions are called, and for how long");
  AddCall<v1::CreateTitleRequest>(
      noun, chosen,
      {"create", "Make a title",
       "  perigee titles create mentor --display-name Mentor --months 12 --seats 40 "
       "--nominator staff --nominator peer --reviews 2 --renewal-days 30 -p demo"},
      [](Form& form) {
        form.InProgram();
        form.Add("TITLE", "title_id", "Its id")->required();
        form.Add("--display-name", "title.display_name", "What people see")->required();
        BindProperties(form);
      },
      Send(Door::kInternal, &Admin::CreateTitle, ShowTitle));
  AddCall<v1::UpdateTitleRequest>(
      noun, chosen,
      {"update", "Change what is given, leave the rest",
       "  perigee titles create hero --display-name Hero --months 6 --nominator staff -p demo\n"
       "  perigee titles update hero --retired yes -p demo"},
      [](Form& form) {
        form.Add("TITLE", "title.name", "Its id", {.read = IdIn("titles")})->required();
        form.Add("--display-name", "title.display_name", "What people see");
        BindProperties(form);
        form.Add("--retired", "title.retired", "yes: nobody is nominated or appointed any more");
        BindEtag(form, "title.etag");
      },
      Send(Door::kInternal, &Admin::UpdateTitle, ShowTitle));
  AddCommand<CriteriaArgs>(
      noun, chosen,
      {"criteria", "Say what makes a member a candidate for a title",
       std::string("  perigee titles create hero --display-name Hero --months 12 --nominator staff "
                   "-p demo\n"
                   "  perigee titles criteria hero criteria.toml -p demo\n\n"
                   "The file; only id, measure and at_least must be given:\n") +
           kCriteriaFile},
      [](CLI::App& command, CriteriaArgs& args) {
        command.add_option("TITLE", args.title, "Its id")->required();
        command.add_option("FILE", args.path, "A file of criteria in TOML; none if it is empty")
            ->required();
      },
      SetCriteria);
  AddCommand<TitleArgs>(
      noun, chosen,
      {"show", "Show a title, its questions and its criteria", "  perigee titles show mvp -p demo"},
      [](CLI::App& command, TitleArgs& args) {
        command.add_option("TITLE", args.title, "Its id")->required();
      },
      Show);
  AddCall<v1::ListTitlesRequest>(
      noun, chosen, {"list", "List titles", "  perigee titles list -p demo"}, BindProgramList,
      List(Door::kPublic, &Own::ListTitles, TitleRows()));
}

}  // namespace perigee::cli
