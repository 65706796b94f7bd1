#include <string>

#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/criteria_file.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/candidate.grpc.pb.h"

namespace perigee::cli {
namespace {

using Admin = v1::CandidateAdminService::Stub;

void ShowCandidates(Session& session, const v1::ListCandidatesResponse& response) {
  Table table({"MEMBER", "NAME", ">VALUE", "REASON"});
  for (const v1::Candidate& one : response.candidates()) {
    table.Add({IdOf(one.member()), one.display_name(), std::to_string(one.value()), one.reason()});
  }
  table.Print(session.out());
  Card card;
  card.Add("in all", std::to_string(response.total_count()));
  card.Add("measured", FormatTimestamp(response.measure_time()));
  if (response.total_count() == 0) {
    card.Add("nobody", "meets all criteria, or there are none: see `perigee titles show`");
  }
  card.Print(session.out());
}

void ShowInputs(Session& session, const v1::ListCandidateInputsResponse& response) {
  Table table({"DAY", ">AMOUNT", "SOURCE", "NAME"});
  for (const v1::CandidateInput& one : response.inputs()) {
    table.Add({one.day(), std::to_string(one.amount()), one.source(), one.display_name()});
  }
  table.Print(session.out());
  Card card;
  card.Add("figure", std::to_string(response.figure()));
  if (response.left_out() != 0) {
    card.Add("not listed", std::to_string(response.left_out()));
  }
  card.Print(session.out());
}

std::string AfterCriteria(const std::string& commands) {
  return "  perigee titles create hero --display-name Hero --months 12 --nominator staff -p demo\n"
         "  perigee titles criteria hero criteria.toml -p demo\n" +
         commands + "\n\n" + kCriteriaFile;
}

}  // namespace

void AddCandidates(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "candidates", "Who deserves a nomination for a title, and why");
  AddCall<v1::ListCandidatesRequest>(
      noun, chosen,
      {"list", "List who meets all criteria of a title, the best first",
       AfterCriteria("  perigee candidates list hero -p demo\n"
                     "  perigee candidates list hero --limit 1 --names -p demo |\n"
                     "    xargs perigee explain")},
      [](Form& form) {
        form.Add("TITLE", "parent", "The title's id", {.read = IdIn("titles")})->required();
        BindLimit(form, "50");
      },
      List(Door::kInternal, &Admin::ListCandidates, ShowCandidates));
  AddCall<v1::ListCandidateInputsRequest>(
      noun, chosen,
      {"inputs", "Open one figure of one candidate to what counts in it",
       AfterCriteria("  perigee candidates list hero --limit 1 --names -p demo |\n"
                     "    xargs -I CANDIDATE perigee candidates inputs CANDIDATE presence")},
      [](Form& form) {
        form.Add("TITLE/MEMBER", "name", "The candidate",
                 {.read = IdWithin("titles", "candidates", "TITLE/MEMBER, such as mvp/m-001")})
            ->required();
        form.Add("CRITERION", "criterion", "The criterion's id")->required();
        BindLimit(form);
      },
      List(Door::kInternal, &Admin::ListCandidateInputs, ShowInputs));
}

}  // namespace perigee::cli
