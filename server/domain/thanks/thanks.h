#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "server/core/civil_time.h"
#include "server/core/moves.h"
#include "server/core/time.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

struct Program;

// Values are those of perigee.v1.Thanks.State.
enum class ThanksState : std::uint8_t { kGiven = 1, kWithdrawn };
enum class ThanksMove : std::uint8_t { kWithdraw = 1 };
// Lower case, as refusals show them.
std::string_view NameOf(ThanksState state);
std::string_view NameOf(ThanksMove move);

// The thanks of one person, or of the brand, to another. The unit of work that gives it also
// records an activity of the same number: see kThanksActivity.
struct Thanks {
  Revision id = 0;     // At which it was given.
  MemberKey giver;     // Nil: the brand.
  MemberKey receiver;  // Nil: the brand.
  std::string text;
  std::string thanked_for;  // The name of an activity, or empty.
  Time create_time{};
  // How many live thanks the same giver had given to the same receiver, as persons, in the
  // kNoveltyDays before.
  int earlier = 0;
  std::optional<Time> withdraw_time;
  Revision promise = 0;  // That it settled. 0: none.
  Revision revision = 0;

  static constexpr int kNumber = 25;
  static constexpr std::string_view kTable = "thanks";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Thanks>();

// The type and the source of the activity that a thanks is as well. No other source may begin like
// that one: see kOwnSourcePrefix.
inline constexpr std::string_view kThanksActivity = "thanks";
inline constexpr std::string_view kThanksSource = "perigee.thanks";

inline constexpr std::size_t kThanksTextBytesMax = 1000;
inline constexpr std::chrono::days kNoveltyDays{90};

// kInvalidField, naming `text`, unless it is within its limits.
absl::Status CheckThanksText(std::string_view text);

// 1 / (1 + earlier): the first thanks between two counts 1, the second 1/2, the third 1/3.
double Novelty(int earlier);

// The table of moves.
std::span<const Step<ThanksState, ThanksMove>> ThanksMoves();
ThanksState StateOf(const Thanks& thanks);
// kIllegalMove.
absl::Status Withdraw(Thanks& thanks, Time now);

// How many thanks a member of the programme may give in one period.
int ThanksLimitOf(const Program& program);
// The giving period of the programme that holds `time`: a week from Monday on, or a month. `zone`
// is the programme's.
Interval ThanksPeriodAt(const Program& program, const Zone& zone, Time time);

// A giver's budget in one period.
struct ThanksBudget {
  int limit = 0;
  std::int64_t used = 0;  // May be above the limit if that was lowered.
  Interval period;
};
// kThanksBudgetSpent if nothing is left.
absl::Status CheckBudget(const ThanksBudget& budget);

}  // namespace perigee::domain
