#include "server/adapters/sql/program/insight_counts.h"

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/adapters/sql/base/driver.h"
#include "server/core/status_macros.h"
#include "server/domain/ask/ask.h"
#include "server/domain/champion/appointment.h"
#include "server/domain/champion/nomination.h"
#include "server/domain/idea/idea.h"
#include "server/domain/member/member.h"
#include "server/domain/reward/redemption.h"
#include "server/domain/thanks/promise.h"
#include "server/ports/program/insight.h"

namespace perigee::sql {
namespace {

using ports::InsightFigure;

// One row comes for each combination of facts that a state depends on; the domain says which state
// that is.
using NameOfFacts = std::string_view (*)(int facts, Time now);

bool Has(int facts, int bit) { return (facts >> bit & 1) != 0; }

std::string_view AppointmentState(int facts, Time now) {
  const auto fact = [&](int bit) { return Has(facts, bit) ? std::optional(now) : std::nullopt; };
  // Later than now, or not.
  const auto time = [&](int bit) { return Has(facts, bit) ? now + Duration(1) : now; };
  domain::Appointment like;
  like.revoke_time = fact(0);
  like.resign_time = fact(1);
  like.suspend_time = fact(2);
  like.renewed_by = Has(facts, 3) ? "renewed" : "";
  like.start_time = time(4);
  like.renewal_time = time(5);
  like.end_time = time(6);
  like.lapse_time = time(7);
  return domain::NameOf(domain::StateOf(like, now));
}

template <class Record, class State>
std::string_view StoredState(int facts, Time now) {
  Record like;
  like.state = static_cast<State>(facts / 2);
  like.expire_time = Has(facts, 0) ? now + Duration(1) : now;
  return domain::NameOf(domain::StateOf(like, now));
}

std::string_view StateOfIdea(int facts, Time) {
  return domain::NameOf(static_cast<domain::IdeaState>(facts / 2));
}

std::string_view ThanksState(int facts, Time) { return Has(facts, 0) ? "to_brand" : "to_member"; }

std::string_view OwedState(int facts, Time) {
  return domain::NameOf(Has(facts, 0) ? domain::PromiseState::kOpen
                                      : domain::PromiseState::kOverdue);
}

std::string_view AskState(int facts, Time now) {
  const auto fact = [&](int bit) { return Has(facts, bit) ? std::optional(now) : std::nullopt; };
  domain::Ask like;
  like.cancel_time = fact(0);
  like.thank_time = fact(1);
  like.done_time = fact(2);
  like.answer_time = fact(3);
  like.send_time = fact(4);
  like.reserve_time = fact(5);
  like.expire_time = Has(facts, 6) ? now + Duration(1) : now;
  like.accepted = Has(facts, 7);
  return domain::NameOf(domain::StateOf(like, now));
}

// How a figure is counted. $2 is the present time and $3 another one, for those that look at them.
struct Source {
  std::string_view table;
  std::string_view member;  // The column of whose it is.
  std::string_view title;
  std::vector<std::string_view> facts;  // Conditions, the lowest bit first.
  std::string_view state;               // A column besides, above one bit of facts.
  std::string where;
  NameOfFacts name = nullptr;  // Null: `state` is a text, or there is none.
};

// The standing of a member that is merged rests.
constexpr std::string_view kOnALevel = "AND t.level <> '' AND m.merged_into = {nil}";

Source SourceOf(InsightFigure figure) {
  switch (figure) {
    case InsightFigure::kChampions:
      return {"appointment",
              "member_key",
              "t.title",
              {"t.revoke_time IS NOT NULL", "t.resign_time IS NOT NULL",
               "t.suspend_time IS NOT NULL", "t.renewed_by <> ''", "t.start_time > $2",
               "t.renewal_time > $2", "t.end_time > $2", "t.lapse_time > $2"},
              "",
              "",
              AppointmentState};
    case InsightFigure::kTermsEnding:
      return {"appointment",
              "member_key",
              "t.title",
              {},
              "",
              "AND t.start_time <= $2 AND t.end_time > $2 AND t.end_time <= $3 "
              "AND t.renewed_by = '' AND t.suspend_time IS NULL AND t.revoke_time IS NULL "
              "AND t.resign_time IS NULL"};
    case InsightFigure::kNominations:
      return {"nomination",
              "member_key",
              "t.title",
              {"t.expire_time > $2"},
              "t.state",
              "",
              StoredState<domain::Nomination, domain::NominationState>};
    case InsightFigure::kThanksGiven:
      return {
          "thanks",   "giver",
          "",         {"t.receiver = {nil}"},
          "",         "AND t.withdraw_time IS NULL AND t.create_time >= $3 AND t.create_time <= $2",
          ThanksState};
    case InsightFigure::kThanksByBrand:
      return {"thanks",
              "receiver",
              "",
              {},
              "",
              "AND t.giver = {nil} AND t.withdraw_time IS NULL AND t.create_time >= $3 "
              "AND t.create_time <= $2"};
    case InsightFigure::kOwed:
      return {
          "promise", "member_key",
          "",        {"t.due_time > $2"},
          "",        absl::StrCat("AND t.state = ", static_cast<int>(domain::PromiseState::kOpen)),
          OwedState};
    case InsightFigure::kAsks:
      return {"ask",
              "member_key",
              "",
              {"t.cancel_time IS NOT NULL", "t.thank_time IS NOT NULL", "t.done_time IS NOT NULL",
               "t.answer_time IS NOT NULL", "t.send_time IS NOT NULL", "t.reserve_time IS NOT NULL",
               "t.expire_time > $2", "t.accepted <> 0"},
              "",
              "",
              AskState};
    case InsightFigure::kTiers:
      return {"tier_standing", "member_key", "t.scheme", {}, "t.level", std::string(kOnALevel)};
    case InsightFigure::kTierNotices:
      return {
          "tier_standing", "member_key",
          "t.scheme",      {},
          "t.level",       absl::StrCat(std::string(kOnALevel), " AND t.notice_time IS NOT NULL")};
    case InsightFigure::kIdeas:
      return {"idea", "member_key", "", {}, "t.state", "AND t.item = ''", StateOfIdea};
    case InsightFigure::kRedemptions:
      break;
  }
  return {"redemption",
          "member_key",
          "",
          {"t.expire_time > $2"},
          "t.state",
          "",
          StoredState<domain::Redemption, domain::RedemptionState>};
}

// The columns: member, title, state as a text, facts, count.
std::string TextOf(const Source& source, bool by_member) {
  std::string facts = "0";
  for (std::size_t bit = 0; bit < source.facts.size(); ++bit) {
    absl::StrAppend(&facts, " + CASE WHEN ", std::string(source.facts[bit]), " THEN ", 1 << bit,
                    " ELSE 0 END");
  }
  std::string state = "''";
  if (source.name == nullptr && !source.state.empty()) {
    state = source.state;
  } else if (!source.state.empty()) {
    absl::StrAppend(&facts, " + 2 * ", std::string(source.state));
  }
  std::string text = absl::StrCat(
      "SELECT owner, title, state, CAST(facts AS BIGINT), COUNT(*) FROM (SELECT ",
      by_member ? absl::StrCat("CASE WHEN h.board_opt_out <> 0 OR h.standing = ",
                               static_cast<int>(domain::Standing::kSuspended),
                               " THEN {nil} ELSE h.member_key END")
                : "{nil}",
      " AS owner, ", source.title.empty() ? "''" : std::string(source.title), " AS title, ", state,
      " AS state, ", facts, " AS facts FROM ", std::string(source.table),
      " t JOIN member m ON m.program = t.program AND m.member_key = t.",
      std::string(source.member));
  if (by_member) {
    absl::StrAppend(&text,
                    " JOIN member h ON h.program = t.program AND h.member_key = "
                    "CASE WHEN m.merged_into = {nil} THEN m.member_key ELSE m.merged_into END");
  }
  absl::StrAppend(&text, " WHERE t.program = $1 ", std::string(source.where),
                  ") AS counted GROUP BY owner, title, state, facts");
  return text;
}

const Sql& StatementOf(InsightFigure figure, bool by_member) {
  static const std::vector<Sql> kStatements = [] {
    std::vector<Sql> statements;
    for (const InsightFigure one : ports::kInsightFigures) {
      statements.push_back(Sql::Built(TextOf(SourceOf(one), false)));
      statements.push_back(Sql::Built(TextOf(SourceOf(one), true)));
    }
    return statements;
  }();
  return kStatements.at((static_cast<std::size_t>(figure) - 1) * 2 + (by_member ? 1 : 0));
}

}  // namespace

absl::StatusOr<std::vector<ports::InsightCount>> InsightCounts(Connection& connection,
                                                               const std::string& program,
                                                               const ports::InsightQuery& query) {
  const NameOfFacts name = SourceOf(query.figure).name;
  const Sql& sql = StatementOf(query.figure, query.by_member);
  const auto looks_at = [&](std::string_view value) {
    return sql.text().find(value) != std::string_view::npos;
  };
  std::vector<Value> values{program};
  if (looks_at("$2")) {
    values.emplace_back(query.now);
  }
  if (looks_at("$3")) {
    values.emplace_back(query.figure == InsightFigure::kTermsEnding
                            ? query.now + ports::kTermsEndingWithin
                            : query.from);
  }
  // Several combinations of facts may be one state.
  std::map<std::tuple<domain::MemberKey, std::string, std::string>, std::int64_t> counts;
  PERIGEE_RETURN_IF_ERROR(connection.Query(sql, values, [&](const Row& row) {
    std::string state = name == nullptr ? row.Text(2) : std::string(name(row.Small(3), query.now));
    counts[{row.Id(0), row.Text(1), std::move(state)}] += row.Int(4);
  }));
  std::vector<ports::InsightCount> result;
  result.reserve(counts.size());
  for (const auto& [key, items] : counts) {
    const auto& [member, title, state] = key;
    result.push_back({member, title, state, items});
  }
  return result;
}

}  // namespace perigee::sql
