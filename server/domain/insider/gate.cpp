#include "server/domain/insider/gate.h"

#include <array>

#include "server/core/status_macros.h"
#include "server/domain/insider/item.h"

namespace perigee::domain {
namespace {

using Outcome = GateOutcome;

absl::StatusOr<bool> IsReleasedFor(const InsiderItem& item, Time now, IsInAudience is_in) {
  for (const ItemRelease& release : item.releases) {
    if (HasCome(release, now)) {
      PERIGEE_ASSIGN_OR_RETURN(const bool is_theirs, is_in(release.audience));
      if (is_theirs) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

std::string_view NameOf(GateOutcome outcome) {
  constexpr std::array<std::string_view, 9> kNames = {"released",        "insider",   "not_open",
                                                      "withdrawn",       "suspended", "closed",
                                                      "not_in_audience", "not_bound", "no_seat"};
  return kNames.at(static_cast<std::size_t>(outcome) - 1);
}

bool IsOpen(GateOutcome outcome) {
  return outcome == Outcome::kReleased || outcome == Outcome::kInsider;
}

absl::StatusOr<GateOutcome> AskGate(const InsiderItem& item, const GateFacts& facts, Time now,
                                    IsInAudience is_in) {
  const ItemState state = StateOf(item, now);
  if (state == ItemState::kDraft || state == ItemState::kScheduled) {
    return Outcome::kNotOpen;
  }
  if (state == ItemState::kWithdrawn) {
    return Outcome::kWithdrawn;
  }
  if (facts.suspended) {
    return Outcome::kSuspended;
  }
  PERIGEE_ASSIGN_OR_RETURN(const bool is_released, IsReleasedFor(item, now, is_in));
  if (is_released) {
    return Outcome::kReleased;
  }
  if (IsClosed(item, now)) {
    return Outcome::kClosed;
  }
  PERIGEE_ASSIGN_OR_RETURN(const bool is_insider, is_in(item.audience));
  if (!is_insider) {
    return Outcome::kNotInAudience;
  }
  if (!item.agreement.empty() &&
      (facts.agreement == nullptr || !IsBound(*facts.agreement, facts.acceptances, now))) {
    return Outcome::kNotBound;
  }
  if (item.seats > 0 && !HasSeat(item, facts.claims, facts.members, now)) {
    return Outcome::kNoSeat;
  }
  return Outcome::kInsider;
}

}  // namespace perigee::domain
