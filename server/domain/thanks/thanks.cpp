#include "server/domain/thanks/thanks.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/program/program.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto Thanks::Fields() {
  return std::tuple(
      Key(1, "id", &Thanks::id), Owner(2, "giver", &Thanks::giver),
      Owner(3, "receiver", &Thanks::receiver), Personal(4, "text", &Thanks::text),
      Plain(5, "thanked_for", &Thanks::thanked_for), Plain(6, "create_time", &Thanks::create_time),
      Plain(7, "earlier", &Thanks::earlier), Plain(8, "withdraw_time", &Thanks::withdraw_time),
      Plain(9, "promise", &Thanks::promise));
}
template <>
const RecordType& TypeOf<Thanks>() {
  static const RecordTypeFor<Thanks> kType;
  return kType;
}
namespace {

using State = ThanksState;
using Move = ThanksMove;

constexpr auto kMoves = std::to_array<Step<State, Move>>({
    {State::kGiven, Move::kWithdraw, State::kWithdrawn},
});

}  // namespace

std::string_view NameOf(ThanksState state) {
  return state == State::kGiven ? "given" : "withdrawn";
}

std::string_view NameOf(ThanksMove) { return "withdraw"; }

absl::Status CheckThanksText(std::string_view text) {
  return CheckText("text", text, 1, kThanksTextBytesMax);
}

double Novelty(int earlier) { return 1.0 / (1.0 + earlier); }

std::span<const Step<ThanksState, ThanksMove>> ThanksMoves() { return kMoves; }

ThanksState StateOf(const Thanks& thanks) {
  return thanks.withdraw_time.has_value() ? State::kWithdrawn : State::kGiven;
}

absl::Status Withdraw(Thanks& thanks, Time now) {
  PERIGEE_RETURN_IF_ERROR(
      After(ThanksMoves(), StateOf(thanks), Move::kWithdraw, absl::StrCat("thanks ", thanks.id))
          .status());
  thanks.withdraw_time = now;
  return absl::OkStatus();
}

int ThanksLimitOf(const Program& program) {
  return program.thanks_limit == 0 ? kThanksLimitDefault : program.thanks_limit;
}

Interval ThanksPeriodAt(const Program& program, const Zone& zone, Time time) {
  const absl::CivilDay day = zone.DayOf(time);
  if (program.thanks_period == ThanksPeriod::kMonth) {
    const absl::CivilMonth month(day);
    return {zone.StartOf(absl::CivilDay(month)), zone.StartOf(absl::CivilDay(month + 1))};
  }
  const absl::CivilDay monday = absl::PrevWeekday(day + 1, absl::Weekday::monday);
  return {zone.StartOf(monday), zone.StartOf(monday + 7)};
}

absl::Status CheckBudget(const ThanksBudget& budget) {
  if (budget.used < budget.limit) {
    return absl::OkStatus();
  }
  const std::string next = FormatTime(budget.period.end);
  return Error(Reason::kThanksBudgetSpent,
               absl::StrCat(budget.used, " of ", budget.limit,
                            " thanks of this period are given; the next one starts at ", next),
               {{"limit", absl::StrCat(budget.limit)},
                {"used", absl::StrCat(budget.used)},
                {"next_period_time", next}});
}

}  // namespace perigee::domain
