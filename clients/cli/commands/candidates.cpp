#include <string>

#include "clients/cli/commands/command.h"
#include "clients/cli/criteria_file.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/candidate.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {
namespace {

using Admin = v1::CandidateAdminService::Stub;

absl::Status List(Session& session, const v1::ListCandidatesRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(
      const v1::ListCandidatesResponse response,
      session.AskAll(
          Door::kInternal, &Admin::ListCandidates, request, request.page_size(),
          [](const v1::ListCandidatesResponse& page) { return page.candidates_size(); }));
  if (session.PrintPlain(response)) {
    return absl::OkStatus();
  }
  Table table({"MEMBER", "NAME", ">VALUE", "REASON"});
  for (const v1::Candidate& one : response.candidates()) {
    table.Add({IdOf(one.member()), one.display_name(), std::to_string(one.value()), one.reason()});
  }
  table.Print(session.out());
  Card card;
  card.Add("in all", std::to_string(response.total_count()));
  card.Add("measured", FormatTimestamp(response.measure_time()));
  card.Print(session.out());
  return absl::OkStatus();
}

absl::Status Inputs(Session& session, const v1::ListCandidateInputsRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(
      const v1::ListCandidateInputsResponse response,
      session.AskAll(
          Door::kInternal, &Admin::ListCandidateInputs, request, request.page_size(),
          [](const v1::ListCandidateInputsResponse& page) { return page.inputs_size(); }));
  if (session.PrintPlain(response)) {
    return absl::OkStatus();
  }
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
  return absl::OkStatus();
}

std::string AfterCriteria(const std::string& commands) {
  return "  perigee titles create mvp --display-name MVP --months 12 --nominator staff -p demo\n"
         "  perigee titles criteria mvp criteria.toml -p demo\n" +
         commands + "\n\n" + kCriteriaFile;
}

}  // namespace

void AddCandidates(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "candidates", "Who deserves a nomination for a title, and why");
  AddCall<v1::ListCandidatesRequest>(
      noun, chosen,
      {"list", "List who meets all criteria of a title, the best first",
       AfterCriteria("  perigee candidates list mvp -p demo\n"
                     "  perigee candidates list mvp --limit 1 --names -p demo |\n"
                     "    xargs perigee explain")},
      [](Form& form) {
        form.Add("TITLE", "parent", "The title's id", {.read = IdIn("titles")})->required();
        BindLimit(form, "50");
      },
      List);
  AddCall<v1::ListCandidateInputsRequest>(
      noun, chosen,
      {"inputs", "Open one figure of one candidate to what counts in it",
       AfterCriteria("  perigee candidates list mvp --limit 1 --names -p demo |\n"
                     "    xargs -I CANDIDATE perigee candidates inputs CANDIDATE presence")},
      [](Form& form) {
        form.Add("TITLE/MEMBER", "name", "The candidate",
                 {.read = IdWithin("titles", "candidates", "TITLE/MEMBER, such as mvp/m-001")})
            ->required();
        form.Add("CRITERION", "criterion", "The criterion's id")->required();
        BindLimit(form);
      },
      Inputs);
}

}  // namespace perigee::cli
