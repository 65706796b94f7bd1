#include "absl/strings/str_format.h"
#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/insight.grpc.pb.h"

namespace perigee::cli {
namespace {

using Admin = v1::InsightAdminService::Stub;

void Show(Session& session, const v1::ProgramInsight& insight) {
  Table table({"FIGURE", "TITLE", "STATE", ">COUNT"});
  for (const v1::InsightNumber& number : insight.numbers()) {
    table.Add(
        {Word(number.figure()), number.title(), number.state(), std::to_string(number.count())});
  }
  table.Print(session.out());
  Card card;
  card.Add("pull ratio",
           insight.has_pull_ratio() ? absl::StrFormat("%.2f", insight.pull_ratio()) : "none");
  card.Add("active members", std::to_string(insight.active_members()));
  card.Add("since", FormatTimestamp(insight.from_time()));
  card.Add("measured", FormatTimestamp(insight.measure_time()));
  card.Print(session.out());
}

Rows<v1::InsightMember> MemberRows() {
  return {{"MEMBER", "NAME", ">COUNT"}, [](const v1::InsightMember& member) -> Row {
            return {IdOf(member.member()), member.display_name(), std::to_string(member.count())};
          }};
}

void ShowMembers(Session& session, const v1::ListInsightMembersResponse& response) {
  MemberRows()(session, response);
  Card card;
  card.Add("in all", std::to_string(response.total_count()));
  card.Add("of hidden members", std::to_string(response.left_out()));
  card.Print(session.out());
}

}  // namespace

void AddInsight(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "insight", "What a programme's people look at, in numbers");
  AddCall<v1::GetInsightRequest>(
      noun, chosen,
      {"show", "Show all numbers",
       "  perigee insight show -p demo\n"
       "  perigee insight show -p demo --json"},
      [](Form& form) {
        form.InProgram();
        form.Add("--from", "from_time",
                 "From when on thanks and activities count; 30 days ago if left out");
      },
      Send(Door::kInternal, &Admin::GetInsight, Show));
  AddCall<v1::ListInsightMembersRequest>(
      noun, chosen,
      {"members", "Open one number to its members",
       "  perigee insight members champions --state active -p demo\n"
       "  perigee insight members thanks-given -p demo --limit 20"},
      [](Form& form) {
        form.Add("FIGURE", "figure", WordsOf(*v1::InsightFigure_descriptor()))->required();
        form.InProgram();
        form.Add("--title", "title", "Only of this title, or scheme of tiers");
        form.Add("--state", "state",
                 "Only in this state, or on this level, as `insight show` names it");
        form.Add("--from", "from_time", "As in `insight show`");
        BindLimit(form);
      },
      List(Door::kInternal, &Admin::ListInsightMembers, ShowMembers));
}

}  // namespace perigee::cli
