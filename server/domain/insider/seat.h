#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/core/civil_time.h"
#include "server/core/moves.h"
#include "server/core/time.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

struct InsiderItem;

inline constexpr std::string_view kSeatAsset = "access";  // In which seats are paid.
// A claim that has waited so long ends without a seat, so that its hold outlives it.
inline constexpr std::chrono::days kSeatWaitMax{365};
inline constexpr std::chrono::days kSeatHold = kSeatWaitMax + std::chrono::days(1);
// A seat that is given back within this time of its grant costs nothing.
inline constexpr std::chrono::hours kSeatTrial{24};

// Values are those of perigee.v1.InsiderSeat.State.
enum class SeatState : std::uint8_t { kWaiting = 1, kGranted, kGivenBack, kRevoked, kExpired };
enum class SeatMove : std::uint8_t { kGiveBack = 1, kRevoke };
// Lower case, as refusals show them.
std::string_view NameOf(SeatState state);
std::string_view NameOf(SeatMove move);

// A member's claim to a seat of an item. It holds facts. Its state follows from these, the other
// claims and the time: see SeatTimes. The terms are those of the item when it was claimed.
struct Seat {
  Revision id = 0;  // At which it was claimed. Seats are granted in this order.
  MemberKey member;
  std::string item;
  Time create_time{};                 // When it was claimed.
  int days = 0;                       // See InsiderItem::seat_days.
  std::int64_t price = 0;             // See InsiderItem::seat_price.
  std::optional<Time> granted_since;  // As SetSeats noted it. Absent: it follows from the claims.
  std::optional<Time> give_back_time;
  std::optional<Time> revoke_time;
  std::string reason;  // Of the revocation.
  // Transfers of the price, as FormatTransferId writes them. Empty: none. The claim holds it, the
  // grant captures it. `voiding` gives it back: it voids the hold or reverses the capture.
  std::string hold;
  std::string capture;
  std::string voiding;
  std::optional<Time> due_time;  // When time alone grants the seat or ends it.
  Revision revision = 0;

  static constexpr int kNumber = 43;
  static constexpr std::string_view kTable = "insider_seat";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Seat>();

// When each claim has a seat, in the order of `claims`, which are all claims to the item by id. An
// interval without length: never. Then it is the instant at which the claim ends.
//
// At no instant are more seats taken than there are, and none is free while a claim waits. The
// first one that waits gets the next seat. A seat ends after its days, when it is given back or
// revoked, or with the item, and a claim that waits also after kSeatWaitMax. At one instant seats
// end before others are granted. What happens later changes nothing before: a seat that was granted
// at an instant stays granted at that instant.
std::vector<Interval> SeatTimes(const InsiderItem& item, std::span<const Seat> claims);

// The state at `now` of a claim that has its seat during `seat_time`.
SeatState StateOf(const Seat& claim, const Interval& seat_time, Time now);
// Whether one of these members has a seat at `now`. `claims` as in SeatTimes.
bool HasSeat(const InsiderItem& item, std::span<const Seat> claims,
             std::span<const MemberKey> members, Time now);

// Gives the item another number of seats. Notes when seats were granted until now, so that nobody
// who has a seat loses it: while there are too many, none is granted. `claims` as in SeatTimes.
void SetSeats(int seats, Time now, InsiderItem& item, std::span<Seat> claims);

// The table of moves. Time and other claims move waiting → granted, and time alone granted and
// waiting → expired.
std::span<const Step<SeatState, SeatMove>> SeatMoves();
// Makes the move of a claim that is in that state at `now`. `reason` is that of a revocation.
// kIllegalMove. The times of later claims may change with it.
absl::Status Make(SeatMove move, SeatState state, std::string_view reason, Time now, Seat& claim);

// Ends the claim of a member who is erased, if it is open, as a revocation without a reason does.
void EndForErased(SeatState state, Time now, Seat& claim);

// What becomes of the price of a claim that has its seat during `seat_time`.
enum class PriceMove : std::uint8_t { kNone, kCapture, kVoid, kReverse };
// What has to be done with it at `now`: captured since the seat was granted; given back since the
// claim ended without a seat, or the seat within kSeatTrial by its member. kNone if that is done,
// or time has ended the hold.
PriceMove NextPriceMove(const Seat& claim, const Interval& seat_time, Time now);

// Sets due_time to the next instant at which time alone changes the state; if the price has to be
// moved, to the instant since which it has.
void SetDue(const Interval& seat_time, Time now, Seat& claim);

}  // namespace perigee::domain
