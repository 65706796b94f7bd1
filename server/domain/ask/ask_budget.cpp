#include "server/domain/ask/ask_budget.h"

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/domain/program/program.h"

namespace perigee::domain {
namespace {

absl::Status Spent(const AskBudget& budget) {
  ErrorMetadata metadata = {{"limit", absl::StrCat(budget.limit.asks)},
                            {"used", absl::StrCat(budget.used)},
                            {"window_days", absl::StrCat(budget.limit.window.count())}};
  std::string message =
      absl::StrCat("the member's ask budget is spent: ", budget.used, " of ", budget.limit.asks,
                   " asks in ", budget.limit.window.count(), " days");
  if (budget.next_free_time.has_value()) {
    const std::string next = FormatTime(*budget.next_free_time);
    absl::StrAppend(&message, "; the next is free at ", next);
    metadata.emplace("next_free_time", next);
  }
  return Error(Reason::kAskBudgetSpent, message, std::move(metadata));
}

}  // namespace

AskLimit LimitOf(const Program& program, std::span<const Member> person) {
  AskLimit limit{program.ask_limit.value_or(kAskLimitDefault),
                 std::chrono::days(program.ask_window_days.value_or(kAskWindowDaysDefault))};
  for (const Member& member : person) {
    limit.asks = std::min(limit.asks, member.ask_limit.value_or(limit.asks));
  }
  return limit;
}

bool MayBeAsked(std::span<const Member> person, Time now) {
  return !person.front().IsPaused(now) && person.front().standing == Standing::kGood &&
         std::ranges::none_of(person, &Member::do_not_ask);
}

std::optional<Time> PlaceUntil(const Ask& ask, std::chrono::days window, Time now) {
  if (!ask.reserve_time.has_value() || ask.cancel_time.has_value()) {
    return std::nullopt;
  }
  const Time end = ask.send_time.has_value() ? *ask.send_time + window : ask.expire_time;
  return now < end ? std::optional(end) : std::nullopt;
}

AskBudget BudgetOf(std::span<const Ask> asks, const AskLimit& limit, Time now) {
  AskBudget budget{.limit = limit};
  std::vector<Time> ends;
  for (const Ask& ask : asks) {
    if (const std::optional<Time> end = PlaceUntil(ask, limit.window, now)) {
      ends.push_back(*end);
      budget.reserved += ask.send_time.has_value() ? 0 : 1;
    }
  }
  budget.used = static_cast<int>(ends.size());
  if (limit.asks > 0 && budget.Free() == 0) {
    std::ranges::sort(ends);
    budget.next_free_time = ends[static_cast<std::size_t>(budget.used - limit.asks)];
  }
  return budget;
}

absl::Status CheckFree(const AskBudget& budget) {
  return budget.Free() > 0 ? absl::OkStatus() : Spent(budget);
}

absl::Status CheckSendable(const AskBudget& budget) {
  return budget.used - budget.reserved < budget.limit.asks ? absl::OkStatus() : Spent(budget);
}

}  // namespace perigee::domain
