#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <span>

#include "absl/status/status.h"
#include "server/core/time.h"
#include "server/domain/ask/ask.h"
#include "server/domain/member/member.h"

namespace perigee::domain {

struct Program;

// The asks that a person may get in one rolling window of all teams together.
struct AskLimit {
  int asks = 0;
  std::chrono::days window{};
};

// How much of it is used at one time.
struct AskBudget {
  AskLimit limit;
  int used = 0;      // Places that are taken.
  int reserved = 0;  // Of these, by asks that are not sent yet.
  // The first time at which a place is free if nothing happens until then. Absent: one is free, or
  // none ever will be.
  std::optional<Time> next_free_time;

  int Free() const { return std::max(0, limit.asks - used); }
};

// The limit of the programme, or that which a member of the person has set, whichever is less.
AskLimit LimitOf(const Program& program, std::span<const Member> person);

// Whether the person may be asked at all at `now`. `person`: all members that are one person, the
// head first. Its pause and standing are the head's; the wish not to be asked may be of any.
bool MayBeAsked(std::span<const Member> person, Time now);

// The end of the place that the ask takes in a window. An ask takes a place from its reservation
// on, and keeps it until the window after its sending is over, whatever the answer is. A
// reservation that is cancelled or expires gives it back. nullopt: it takes none at `now`.
std::optional<Time> PlaceUntil(const Ask& ask, std::chrono::days window, Time now);

// The budget of a person with these asks.
AskBudget BudgetOf(std::span<const Ask> asks, const AskLimit& limit, Time now);

// kAskBudgetSpent unless one more ask may be reserved.
absl::Status CheckFree(const AskBudget& budget);
// kAskBudgetSpent unless one more of the reserved asks may be sent: the limit may have become less
// since. Those that were sent come first.
absl::Status CheckSendable(const AskBudget& budget);

}  // namespace perigee::domain
