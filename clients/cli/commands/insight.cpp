#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/ask.pb.h"
#include "perigee/v1/champion.pb.h"
#include "perigee/v1/idea.pb.h"
#include "perigee/v1/insight.grpc.pb.h"
#include "perigee/v1/reward.pb.h"
#include "perigee/v1/tier.grpc.pb.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"

namespace perigee::cli {
namespace {

using Admin = v1::InsightAdminService::Stub;

bool HasLevels(v1::InsightFigure figure) {
  return figure == v1::INSIGHT_FIGURE_TIERS || figure == v1::INSIGHT_FIGURE_TIER_NOTICES;
}

// The states of a figure that has no levels, as people write them.
std::vector<std::string> StatesOf(v1::InsightFigure figure) {
  const auto words = [](const google::protobuf::EnumDescriptor* states) {
    return std::vector<std::string>(absl::StrSplit(WordsOf(*states), ", "));
  };
  switch (figure) {
    case v1::INSIGHT_FIGURE_CHAMPIONS:
      return words(v1::Appointment::State_descriptor());
    case v1::INSIGHT_FIGURE_NOMINATIONS:
      return words(v1::Nomination::State_descriptor());
    case v1::INSIGHT_FIGURE_THANKS_GIVEN:
      return {"to-member", "to-brand"};
    case v1::INSIGHT_FIGURE_OWED:
      return {"open", "overdue"};
    case v1::INSIGHT_FIGURE_ASKS:
      return words(v1::Ask::State_descriptor());
    case v1::INSIGHT_FIGURE_REDEMPTIONS:
      return words(v1::Redemption::State_descriptor());
    case v1::INSIGHT_FIGURE_IDEAS:
      return words(v1::Idea::State_descriptor());
    default:
      return {};
  }
}

// A state as the contract writes it (`renewal_due`), or the id of a level. The figure is bound
// before.
absl::StatusOr<std::string> ReadState(Session& /*session*/, const Form::Message& so_far,
                                      const std::string& typed) {
  const auto figure = static_cast<const v1::ListInsightMembersRequest&>(so_far).figure();
  if (HasLevels(figure)) {
    return typed;
  }
  const std::vector<std::string> states = StatesOf(figure);
  const std::string word = Friendly(typed, "");
  if (states.empty()) {
    return InvalidField("", "is not for " + Word(figure) + ", which has no states");
  }
  if (std::ranges::find(states, word) == states.end()) {
    return InvalidField("", "must be " + absl::StrJoin(states, ", ") + ", not \"" + typed + "\"");
  }
  return absl::StrReplaceAll(word, {{"-", "_"}});
}

// The place of each level in its scheme.
using Ranks = std::map<std::pair<std::string, std::string>, int>;

absl::StatusOr<Ranks> RanksOfLevels(Session& session) {
  v1::ListTierSchemesRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_parent(), session.ProgramName());
  PERIGEE_ASSIGN_OR_RETURN(
      const v1::ListTierSchemesResponse response,
      session.AskAll(Door::kPublic, &v1::TierService::Stub::ListTierSchemes, request, 0));
  Ranks ranks;
  for (const v1::TierScheme& scheme : response.schemes()) {
    for (int i = 0; i < scheme.levels_size(); ++i) {
      ranks[{IdOf(scheme.name()), scheme.levels(i).id()}] = i;
    }
  }
  return ranks;
}

absl::Status Show(Session& session, const v1::ProgramInsight& insight) {
  PERIGEE_ASSIGN_OR_RETURN(const Ranks ranks, RanksOfLevels(session));
  std::vector<v1::InsightNumber> numbers(insight.numbers().begin(), insight.numbers().end());
  // The server orders states and levels by their words.
  std::ranges::stable_sort(numbers, {}, [&](const v1::InsightNumber& number) {
    const auto rank = ranks.find({number.title(), number.state()});
    return std::tuple(number.figure(), number.title(),
                      HasLevels(number.figure()) && rank != ranks.end() ? rank->second : 0);
  });
  Table table({"FIGURE", "TITLE OR SCHEME", "STATE OR LEVEL", ">COUNT"});
  for (const v1::InsightNumber& number : numbers) {
    table.Add({Word(number.figure()), number.title(),
               HasLevels(number.figure()) ? number.state() : Friendly(number.state(), ""),
               std::to_string(number.count())});
  }
  table.Print(session.out());
  Card card;
  card.Add("pull ratio",
           insight.has_pull_ratio() ? absl::StrFormat("%.2f", insight.pull_ratio()) : "none");
  card.Add("active members", std::to_string(insight.active_members()));
  card.Add("since", FormatTimestamp(insight.from_time()));
  card.Add("measured", FormatTimestamp(insight.measure_time()));
  card.Print(session.out());
  return absl::OkStatus();
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
       "  perigee insight members champions --state renewal-due -p demo\n"
       "  perigee insight members thanks-given -p demo --limit 20"},
      [](Form& form) {
        form.Add("FIGURE", "figure", WordsOf(*v1::InsightFigure_descriptor()))->required();
        form.InProgram();
        form.Add("--title", "title", "Only of this title, or of this scheme of tiers");
        form.Add("--state", "state",
                 "Only in this state, or on this level, as `insight show` names it",
                 {.read = ReadState});
        form.Add("--from", "from_time", "As in `insight show`");
        BindLimit(form);
      },
      List(Door::kInternal, &Admin::ListInsightMembers, ShowMembers));
}

}  // namespace perigee::cli
