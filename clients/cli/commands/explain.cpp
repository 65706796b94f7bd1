#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/explain.grpc.pb.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"

namespace perigee::cli {
namespace {

// Amounts of assets are shown as people read them, other amounts as they are.
std::string AmountText(Session& session, const v1::Explanation& explanation, std::int64_t amount) {
  const std::string& name = explanation.name();
  const auto has = [&](const char* part) { return name.find(part) != std::string::npos; };
  const bool of_asset = has("/accounts/") || has("/boards/") || has("/tierStandings/");
  return of_asset ? session.Amount(ProgramOf(name), explanation.unit(), amount)
                  : std::to_string(amount);
}

// Whether a text states the day of a time. Its days are those of the programme's zone, so the day
// may be the one before or after that of UTC.
bool StatesDay(const std::string& text, const google::protobuf::Timestamp& time) {
  const absl::CivilDay day =
      absl::ToCivilDay(absl::FromUnixSeconds(time.seconds()), absl::UTCTimeZone());
  return absl::StrContains(text, absl::FormatCivilTime(day - 1)) ||
         absl::StrContains(text, absl::FormatCivilTime(day)) ||
         absl::StrContains(text, absl::FormatCivilTime(day + 1));
}

void ShowExplanation(Session& session, const v1::Explanation& explanation) {
  Card card;
  card.Add("name", explanation.name());
  card.Add("member", explanation.member());
  card.Add("value", explanation.text());
  if (explanation.has_since_time()) {
    card.Add("since", FormatTimestamp(explanation.since_time()));
  }
  for (const v1::Explanation::Step& step : explanation.next()) {
    const bool is_new = step.has_until_time() && !StatesDay(step.text(), step.until_time());
    card.Add("next", is_new
                         ? absl::StrCat(step.text(), " (", FormatTimestamp(step.until_time()), ")")
                         : step.text());
  }
  card.Print(session.out());
  Table table({">AMOUNT", "WHEN", "WHY"});
  for (const v1::Explanation::Part& part : explanation.parts()) {
    table.Add({AmountText(session, explanation, part.amount()),
               part.has_time() ? FormatTimestamp(part.time()) : "", part.text()});
  }
  if (explanation.has_parts_left_out()) {
    table.Add({AmountText(session, explanation, explanation.parts_left_out().amount()), "",
               absl::StrCat(explanation.parts_left_out().count(), " more")});
  }
  table.Print(session.out());
}

// A full name, or what follows the programme in it: `members/m-001/orbit`.
absl::StatusOr<std::string> ReadName(Session& session, const google::protobuf::Message&,
                                     const std::string& typed) {
  if (typed.starts_with("programs/")) {
    return typed;
  }
  const std::size_t slash = typed.find('/');
  if (slash == std::string::npos) {
    return InvalidField("", "must be a name such as members/m-001/orbit, not \"" + typed + "\"");
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::string whole, session.Name(typed.substr(0, slash), "x"));
  return whole.substr(0, whole.size() - 1) + typed.substr(slash + 1);
}

}  // namespace

void AddExplain(CLI::App& root, Chosen& chosen) {
  AddCall<v1::ExplainRequest>(
      root, chosen,
      {"explain", "Explain a value: what it is made of, what would change it, and since when",
       "  perigee explain members/m-001/accounts/renown -p demo\n"
       "  perigee explain members/m-001/orbit -p demo\n"
       "  perigee explain boards/renown/periods/all-time --member m-001 -p demo\n"
       "  perigee explain members/m-001/badgeGrants/insider -p demo\n"
       "  perigee explain members/m-001/tierStandings/circle -p demo\n\n"
       "The names; an answer of another command with --json or --names has them in full:\n"
       "  members/MEMBER/accounts/ASSET\n"
       "  members/MEMBER/orbit\n"
       "  members/MEMBER/badgeGrants/BADGE\n"
       "  members/MEMBER/tierStandings/SCHEME\n"
       "  boards/BOARD/periods/PERIOD, with --member\n"
       "  titles/TITLE/candidates/MEMBER"},
      [](Form& form) {
        form.Add("NAME", "name",
                 "Of the value: its full name, or the part that follows the programme",
                 {.read = ReadName})
            ->required();
        form.Add("--member", "member", "Of a period: whose entry", {.read = IdIn("members")});
      },
      Send(Door::kPublic, &v1::ExplainService::Stub::Explain, ShowExplanation));
}

}  // namespace perigee::cli
