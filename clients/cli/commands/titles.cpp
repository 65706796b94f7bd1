#include "absl/strings/str_join.h"
#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/champion.grpc.pb.h"

namespace perigee::cli {
namespace {

using Own = v1::ChampionService::Stub;
using Admin = v1::ChampionAdminService::Stub;

void ShowTitle(Session& session, const v1::Title& title) {
  Card card;
  card.Add("name", title.name());
  card.Add("display name", title.display_name());
  card.Add("months", std::to_string(title.term_months()));
  card.Add("seats", title.seats() == 0 ? "any number" : std::to_string(title.seats()));
  card.Add("nominators", Words<v1::Nominator>(title.nominators()));
  card.Add("reviews", std::to_string(title.reviews()));
  card.Add("questions", absl::StrJoin(title.questions(), ", "));
  card.Add("renewal days", std::to_string(title.renewal_days()));
  card.Add("rights", absl::StrJoin(title.rights(), ", "));
  card.Add("retired", YesNo(title.retired()));
  card.Print(session.out());
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
       "  perigee titles create mvp --display-name MVP --months 12 --seats 40 --nominator staff "
       "--nominator peer --reviews 2 --renewal-days 30 -p demo"},
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
  AddCall<v1::ListTitlesRequest>(
      noun, chosen, {"list", "List titles", "  perigee titles list -p demo"}, BindProgramList,
      List(Door::kPublic, &Own::ListTitles, TitleRows()));
}

}  // namespace perigee::cli
