#include "server/domain/champion/contribution.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"
#include "server/core/civil_time.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/program/program.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto ContributionKind::Fields() {
  return std::tuple(Key(1, "id", &ContributionKind::id),
                    Personal(2, "display_name", &ContributionKind::display_name),
                    Plain(3, "credit", &ContributionKind::credit),
                    Plain(4, "activity_type", &ContributionKind::activity_type),
                    Plain(5, "trusted", &ContributionKind::trusted),
                    Plain(6, "retired", &ContributionKind::retired),
                    Plain(7, "create_time", &ContributionKind::create_time));
}
template <>
const RecordType& TypeOf<ContributionKind>() {
  static const RecordTypeFor<ContributionKind> kType;
  return kType;
}

auto Contribution::Fields() {
  return std::tuple(
      Key(1, "id", &Contribution::id), Owner(2, "member_key", &Contribution::member),
      Plain(3, "kind", &Contribution::kind), Plain(4, "state", &Contribution::state),
      Plain(5, "date", &Contribution::date),
      Plain(6, "claimed_reach", &Contribution::claimed_reach),
      Personal(7, "title", &Contribution::title), Personal(8, "link", &Contribution::link),
      Findable(9, "same_link", &Contribution::same_link),
      Personal(10, "evidence", &Contribution::evidence),
      Personal(11, "reason", &Contribution::reason), Plain(12, "credit", &Contribution::credit),
      Plain(13, "by_rule", &Contribution::by_rule),
      Plain(14, "create_time", &Contribution::create_time),
      Plain(15, "decide_time", &Contribution::decide_time),
      Due(16, "credit_time", &Contribution::credit_time));
}
template <>
const RecordType& TypeOf<Contribution>() {
  static const RecordTypeFor<Contribution> kType;
  return kType;
}

auto ContributionShare::Fields() {
  return std::tuple(
      Key(1, "contribution", &ContributionShare::contribution),
      Key(2, "idx", &ContributionShare::index), Owner(3, "member_key", &ContributionShare::member),
      Plain(4, "weight", &ContributionShare::weight), Plain(5, "share", &ContributionShare::share),
      Plain(6, "declined", &ContributionShare::declined),
      Plain(7, "activity", &ContributionShare::activity),
      Plain(8, "create_time", &ContributionShare::create_time));
}
template <>
const RecordType& TypeOf<ContributionShare>() {
  static const RecordTypeFor<ContributionShare> kType;
  return kType;
}
namespace {

using State = ContributionState;
using Move = ContributionMove;

constexpr auto kMoves = std::to_array<Step<State, Move>>({
    {State::kSubmitted, Move::kStartReview, State::kInReview},
    {State::kSubmitted, Move::kAcceptByRule, State::kAccepted},
    {State::kSubmitted, Move::kWithdraw, State::kWithdrawn},
    {State::kInReview, Move::kAskForChanges, State::kChangesAsked},
    {State::kInReview, Move::kAccept, State::kAccepted},
    {State::kInReview, Move::kReject, State::kRejected},
    {State::kInReview, Move::kWithdraw, State::kWithdrawn},
    {State::kChangesAsked, Move::kRevise, State::kSubmitted},
    {State::kChangesAsked, Move::kWithdraw, State::kWithdrawn},
});

// A scheme of the web, and the port that it has without saying so.
struct Scheme {
  std::string_view name;
  std::string_view port;
};
constexpr Scheme kSchemes[] = {{"http", ":80"}, {"https", ":443"}};
constexpr std::string_view kTracking = "utm_";

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

// The text before the first of `ends`, which is taken off `rest` with it. The end itself stays.
std::string_view TakeUntil(std::string_view& rest, std::string_view ends) {
  const std::string_view taken = rest.substr(0, rest.find_first_of(ends));
  rest.remove_prefix(taken.size());
  return taken;
}

// `?` and the parameters that say what is shown, or nothing.
std::string WithoutTracking(std::string_view query) {
  std::string kept;
  while (!query.empty()) {
    query.remove_prefix(1);  // The `?` or `&`.
    const std::string_view parameter = TakeUntil(query, "&");
    if (!parameter.empty() && !parameter.starts_with(kTracking)) {
      kept.append(kept.empty() ? "?" : "&").append(parameter);
    }
  }
  return kept;
}

absl::Status CheckRange(std::string_view field, std::int64_t value, std::int64_t least,
                        std::int64_t most) {
  return value >= least && value <= most
             ? absl::OkStatus()
             : InvalidField(field, absl::StrCat("must be ", least, " to ", most));
}

}  // namespace

std::string_view NameOf(ContributionState state) {
  constexpr std::array<std::string_view, 6> kNames = {"submitted", "in_review", "changes_asked",
                                                      "accepted",  "rejected",  "withdrawn"};
  return kNames.at(static_cast<std::size_t>(state) - 1);
}

std::string_view NameOf(ContributionMove move) {
  constexpr std::array<std::string_view, 7> kNames = {"start_review", "ask_for_changes", "revise",
                                                      "accept",       "accept_by_rule",  "reject",
                                                      "withdraw"};
  return kNames.at(static_cast<std::size_t>(move) - 1);
}

std::span<const Step<ContributionState, ContributionMove>> ContributionMoves() { return kMoves; }

bool IsGone(const Contribution& contribution) {
  return contribution.state == State::kRejected || contribution.state == State::kWithdrawn;
}

bool IsDecided(const Contribution& contribution) {
  return contribution.state == State::kAccepted || IsGone(contribution);
}

absl::Status Make(ContributionMove move, Time now, Contribution& contribution) {
  PERIGEE_ASSIGN_OR_RETURN(contribution.state, After(ContributionMoves(), contribution.state, move,
                                                     "contribution " + contribution.id));
  if (IsDecided(contribution)) {
    contribution.decide_time = now;
  }
  return absl::OkStatus();
}

absl::Status NormalizeKind(ContributionKind& kind) {
  PERIGEE_RETURN_IF_ERROR(
      CheckText("contribution_kind.display_name", kind.display_name, 1, kDisplayNameBytesMax));
  if (kind.credit == 0) {
    kind.credit = 1;
  }
  PERIGEE_RETURN_IF_ERROR(CheckRange("contribution_kind.credit", kind.credit, 1, kCreditMax));
  if (kind.activity_type.empty()) {
    kind.activity_type = kind.id;
  }
  return CheckId("contribution_kind.activity_type", kind.activity_type);
}

absl::Status NormalizeContribution(Contribution& contribution) {
  PERIGEE_RETURN_IF_ERROR(
      CheckText("contribution.title", contribution.title, 1, kContributionTitleBytesMax));
  PERIGEE_RETURN_IF_ERROR(CheckText("contribution.link", contribution.link, 0, kLinkBytesMax));
  const bool has_link = !contribution.link.empty();
  PERIGEE_RETURN_IF_ERROR(CheckText("contribution.evidence", contribution.evidence,
                                    has_link ? 0 : 1, kEvidenceBytesMax));
  if (contribution.claimed_reach < 0) {
    return InvalidField("contribution.claimed_reach", "must not be negative");
  }
  contribution.same_link.clear();
  if (has_link) {
    PERIGEE_ASSIGN_OR_RETURN(contribution.same_link,
                             NormalizeLink("contribution.link", contribution.link));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> NormalizeLink(std::string_view field, std::string_view link) {
  constexpr std::string_view kBetween = "://";
  std::string_view rest = link;
  const std::string name = Lower(TakeUntil(rest, ":"));
  const auto* const scheme = std::ranges::find(kSchemes, name, &Scheme::name);
  if (scheme == std::end(kSchemes) || !rest.starts_with(kBetween)) {
    return InvalidField(field, "must begin with http:// or https://");
  }
  rest.remove_prefix(kBetween.size());
  std::string host = Lower(TakeUntil(rest, "/?#"));
  if (host.ends_with(scheme->port)) {
    host.erase(host.size() - scheme->port.size());
  }
  // What stands before an `@` is a name to sign in with, which nobody else should see.
  if (host.empty() || host.front() == ':' || host.find('@') != std::string::npos ||
      link.find(' ') != std::string_view::npos) {
    return InvalidField(field, "is not a web address, such as https://example.com/talk");
  }
  std::string_view path = TakeUntil(rest, "?#");
  while (path.ends_with('/')) {
    path.remove_suffix(1);
  }
  const std::string_view query = TakeUntil(rest, "#");
  return absl::StrCat(name, "://", host, std::string(path), WithoutTracking(query));
}

absl::StatusOr<absl::CivilDay> ParseDay(std::string_view field, std::string_view text) {
  absl::CivilDay day;
  // The library also takes days that are written in other ways.
  if (!absl::ParseCivilTime(absl::string_view(text.data(), text.size()), &day) ||
      FormatDay(day) != text) {
    return InvalidField(field, text.empty() ? "is required" : "must be a day, such as 2026-11-30");
  }
  return day;
}

std::string FormatDay(absl::CivilDay day) { return absl::FormatCivilTime(day); }

absl::Status CheckAge(std::string_view field, absl::CivilDay day, const Zone& zone, Time now) {
  const absl::CivilDay today = zone.DayOf(now);
  if (day > today) {
    return InvalidField(field, "must not be in the future");
  }
  const absl::CivilDay oldest(today.year() - kContributionYearsMax, today.month(), today.day());
  if (day < oldest) {
    return InvalidField(field, absl::StrCat("must not be before ", FormatDay(oldest)));
  }
  return absl::OkStatus();
}

void SplitCredit(std::int64_t credit, std::span<ContributionShare> authors) {
  std::vector<absl::uint128> weights;
  for (const ContributionShare& author : authors) {
    weights.emplace_back(author.declined ? 0 : author.weight);
  }
  const std::vector<std::int64_t> shares = SplitBudget(credit, weights);
  for (std::size_t i = 0; i < authors.size(); ++i) {
    authors[i].share = shares[i];
  }
}

}  // namespace perigee::domain
