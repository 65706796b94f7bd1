#include <string>

#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/criteria_file.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/candidate.grpc.pb.h"
#include "perigee/v1/champion.grpc.pb.h"
#include "server/core/status_macros.h"

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

// The asset that a criterion counts; empty if it counts something else.
absl::StatusOr<std::string> AssetOf(Session& session, const std::string& title,
                                    const std::string& criterion) {
  v1::ListTitlesRequest request;
  request.set_parent(ProgramOf(title));
  PERIGEE_ASSIGN_OR_RETURN(
      const v1::ListTitlesResponse response,
      session.AskAll(Door::kPublic, &v1::ChampionService::Stub::ListTitles, request, 0));
  for (const v1::Title& one : response.titles()) {
    for (const v1::CandidateCriterion& of_title : one.criteria()) {
      if (one.name() == title && of_title.id() == criterion) {
        return of_title.asset();
      }
    }
  }
  return "";
}

absl::Status ShowInputs(Session& session, const v1::ListCandidateInputsRequest& request,
                        const v1::ListCandidateInputsResponse& response) {
  const std::string title = request.name().substr(0, request.name().find("/candidates/"));
  PERIGEE_ASSIGN_OR_RETURN(const std::string asset, AssetOf(session, title, request.criterion()));
  const auto amount = [&](std::int64_t value) {
    return asset.empty() ? std::to_string(value) : session.Amount(ProgramOf(title), asset, value);
  };
  Table table({"DAY", ">AMOUNT", "SOURCE", "NAME"});
  for (const v1::CandidateInput& one : response.inputs()) {
    table.Add({one.day(), amount(one.amount()), one.source(), one.display_name()});
  }
  table.Print(session.out());
  Card card;
  card.Add("figure", amount(response.figure()));
  if (response.left_out() != 0) {
    card.Add("not listed", amount(response.left_out()));
  }
  card.Print(session.out());
  return absl::OkStatus();
}

absl::Status Inputs(Session& session, const v1::ListCandidateInputsRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(
      const v1::ListCandidateInputsResponse response,
      session.AskAll(Door::kInternal, &Admin::ListCandidateInputs, request, request.page_size()));
  return PrintAnswer(session, response,
                     [&request](Session& to, const v1::ListCandidateInputsResponse& inputs) {
                       return ShowInputs(to, request, inputs);
                     });
}

std::string AfterCriteria(const std::string& commands, const std::string& note = "") {
  return "  perigee titles create hero --display-name Hero --months 12 --nominator staff -p demo\n"
         "  perigee titles criteria hero criteria.toml -p demo\n" +
         commands + "\n\n" + note + "The file criteria.toml of the example:\n" + kCriteriaFile;
}

constexpr char kValueHelp[] =
    "VALUE is the sum of a part for each criterion: 100 x figure / at_least, at most 300. All who\n"
    "ask within a minute get the same ranking: who was appointed since still stands in it.\n\n";

}  // namespace

void AddCandidates(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "candidates", "Who deserves a nomination for a title, and why");
  AddCall<v1::ListCandidatesRequest>(
      noun, chosen,
      {"list", "List who meets all criteria of a title, the best first",
       AfterCriteria("  perigee candidates list hero -p demo\n"
                     "  perigee candidates list hero --limit 1 --names -p demo |\n"
                     "    xargs perigee explain",
                     kValueHelp)},
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
      Inputs);
}

}  // namespace perigee::cli
