#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/insider/agreement.h"
#include "server/domain/insider/seat.h"
#include "server/domain/member/member_key.h"

namespace perigee::domain {

struct InsiderItem;

// What the gate says to a person who asks for an item. Values are those of
// perigee.v1.InsiderGate.Outcome.
enum class GateOutcome : std::uint8_t {
  kReleased = 1,  // Open: it is released for this person.
  kInsider,       // Open under embargo.
  // Closed, by the first that applies.
  kNotOpen,        // It is a draft or scheduled.
  kWithdrawn,      // From everybody.
  kSuspended,      // The member.
  kClosed,         // The time of its insiders is over.
  kNotInAudience,  // Of the insiders.
  kNotBound,       // By its agreement.
  kNoSeat,         // Nothing but a seat is missing: the person may claim one.
};
// Lower case, as staff see them. Members must not see why something is closed: for them it is
// missing, NOT_FOUND.
std::string_view NameOf(GateOutcome outcome);
bool IsOpen(GateOutcome outcome);

// What is known of the person and the item. `members` are those that are the person.
struct GateFacts {
  std::span<const MemberKey> members;
  bool suspended = false;
  // The item's agreement. Null: it is not there, so nobody is bound by it.
  const Agreement* agreement = nullptr;
  std::span<const Acceptance> acceptances;  // All of the person, of that agreement.
  std::span<const Seat> claims;             // All to the item, of everybody, by id.
};

// Whether the person is in the audience of that text at the instant in question.
using IsInAudience = absl::FunctionRef<absl::StatusOr<bool>(const std::string& audience)>;

// Whether the person may read the item at `now`. Every read of an item, its parts, or news of it
// asks this, at its own instant. Facts that are not looked at may be left out: agreement and
// acceptances of an item without agreement, claims of an item without seats. Asks for an audience
// only where the answer is open. The errors are those of `is_in`.
absl::StatusOr<GateOutcome> AskGate(const InsiderItem& item, const GateFacts& facts, Time now,
                                    IsInAudience is_in);

}  // namespace perigee::domain
