#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "server/core/moves.h"
#include "server/core/time.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// Values are those of perigee.v1.Redemption.State.
enum class RedemptionState : std::uint8_t {
  kRequested = 1,  // Only within the unit that makes it, which holds its price.
  kHeld,
  kApproved,
  kFulfilled,
  kRejected,
  kCancelled,
  kReturned,
  kExpired
};
enum class RedemptionMove : std::uint8_t {
  kHold = 1,
  kApprove,
  kFulfil,
  kReject,
  kCancel,
  kReturn
};
// Lower case, as refusals show them.
std::string_view NameOf(RedemptionState state);
std::string_view NameOf(RedemptionMove move);

// A member's wish for a reward, and what became of it. The terms are those of the reward when it
// was redeemed. Every move changes the record and moves the price in one unit of work: a hold
// (`hold`) to the asset's `spent`, which a fulfilment captures, and a rejection or cancellation
// voids; a return reverses the capture.
struct Redemption {
  std::string id;
  MemberKey member;
  std::string reward;
  std::string asset;
  std::int64_t price = 0;
  RedemptionState state = RedemptionState::kRequested;  // The last move's: see StateOf.
  bool needs_approval = false;
  // The one who approves and the one who fulfils are two people, and neither is the member.
  bool four_eyes = false;
  // Transfers, as FormatTransferId writes them. Empty: none.
  std::string hold;
  std::string capture;
  std::string voiding;
  std::string reversal;
  MemberKey approver;  // A pseudonym of a person. Nil: nobody, or nobody signs in.
  std::string reason;  // Of the rejection or the return.
  Time create_time{};
  Time expire_time{};  // Also the hold's: then the price is free again.
  std::optional<Time> approve_time;
  std::optional<Time> end_time;  // Fulfilled, rejected, cancelled or expired.
  std::optional<Time> return_time;
  std::optional<Time> due_time;  // expire_time while it is open.
  Revision revision = 0;

  static constexpr int kNumber = 23;
  static constexpr std::string_view kTable = "redemption";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Redemption>();

// The table of moves. A redemption that needs no approval is approved by its fulfilment, so that
// its member may cancel it until then.
std::span<const Step<RedemptionState, RedemptionMove>> RedemptionMoves();

// Whether it holds its price and waits for staff.
bool IsOpen(RedemptionState state);
// Whether it takes one of the reward's stock.
bool TakesStock(RedemptionState state);

// The state at `now`: what is open at its expire_time has expired.
RedemptionState StateOf(const Redemption& redemption, Time now);

// Makes the move. kIllegalMove.
absl::Status Make(RedemptionMove move, Time now, Redemption& redemption);
// Notes that time has ended it, or that its member is erased. No moves: nobody makes them. It must
// be open by its stored state.
void Expire(Redemption& redemption);
void EndForErased(Time now, Redemption& redemption);

}  // namespace perigee::domain
