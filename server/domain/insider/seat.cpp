#include "server/domain/insider/seat.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <queue>

#include "absl/strings/str_cat.h"
#include "server/core/status_macros.h"
#include "server/domain/insider/item.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto Seat::Fields() {
  return std::tuple(
      Key(1, "id", &Seat::id), Owner(2, "member_key", &Seat::member), Plain(3, "item", &Seat::item),
      Plain(4, "create_time", &Seat::create_time), Plain(5, "days", &Seat::days),
      Plain(6, "price", &Seat::price), Plain(7, "granted_since", &Seat::granted_since),
      Plain(8, "give_back_time", &Seat::give_back_time),
      Plain(9, "revoke_time", &Seat::revoke_time), Personal(10, "reason", &Seat::reason),
      Plain(11, "hold", &Seat::hold), Plain(12, "capture", &Seat::capture),
      Plain(13, "voiding", &Seat::voiding), Due(14, "due_time", &Seat::due_time));
}
template <>
const RecordType& TypeOf<Seat>() {
  static const RecordTypeFor<Seat> kType;
  return kType;
}
namespace {

using State = SeatState;
using Move = SeatMove;

constexpr auto kMoves = std::to_array<Step<State, Move>>({
    // Who waits leaves the list.
    {State::kWaiting, Move::kGiveBack, State::kGivenBack},
    {State::kWaiting, Move::kRevoke, State::kRevoked},
    {State::kGranted, Move::kGiveBack, State::kGivenBack},
    {State::kGranted, Move::kRevoke, State::kRevoked},
});

// The instants from which on each seat is free, the earliest on top.
using FreeFrom = std::priority_queue<Time, std::vector<Time>, std::greater<>>;

// When the claim ends, however long its seat lasts.
Time LeaveTime(const InsiderItem& item, const Seat& claim) {
  return std::min({claim.give_back_time.value_or(kEndOfTime),
                   claim.revoke_time.value_or(kEndOfTime), item.close_time.value_or(kEndOfTime),
                   item.withdraw_time.value_or(kEndOfTime)});
}

// What the claim has if its seat is granted then.
Interval Granted(const InsiderItem& item, const Seat& claim, Time at) {
  const Time last = claim.days == 0 ? kEndOfTime : at + std::chrono::days(claim.days);
  return {at, std::max(at, std::min(last, LeaveTime(item, claim)))};
}

}  // namespace

std::string_view NameOf(SeatState state) {
  constexpr std::array<std::string_view, 5> kNames = {"waiting", "granted", "given_back", "revoked",
                                                      "expired"};
  return kNames.at(static_cast<std::size_t>(state) - 1);
}

std::string_view NameOf(SeatMove move) { return move == Move::kGiveBack ? "give_back" : "revoke"; }

std::vector<Interval> SeatTimes(const InsiderItem& item, std::span<const Seat> claims) {
  // More seats than claims make no difference.
  const std::size_t seats = item.seats == 0
                                ? claims.size()
                                : std::min(static_cast<std::size_t>(item.seats), claims.size());
  FreeFrom free_from(std::greater<>(), std::vector<Time>(seats, kBeginningOfTime));
  std::vector<Interval> times(claims.size());
  // Seats that are granted already may be more than there are now. Then the last ones to end count.
  for (std::size_t i = 0; i < claims.size(); ++i) {
    if (claims[i].granted_since.has_value()) {
      times[i] = Granted(item, claims[i], *claims[i].granted_since);
      const Time end = std::max(free_from.top(), times[i].end);
      free_from.pop();
      free_from.push(end);
    }
  }
  for (std::size_t i = 0; i < claims.size(); ++i) {
    if (claims[i].granted_since.has_value()) {
      continue;
    }
    const Time at = std::max({claims[i].create_time, item.seats_time, free_from.top()});
    const Time leave = std::min(LeaveTime(item, claims[i]), claims[i].create_time + kSeatWaitMax);
    if (leave <= at) {
      times[i] = {leave, leave};
      continue;
    }
    times[i] = Granted(item, claims[i], at);
    free_from.pop();
    free_from.push(times[i].end);
  }
  return times;
}

SeatState StateOf(const Seat& claim, const Interval& seat_time, Time now) {
  if (now < seat_time.start) {
    return State::kWaiting;
  }
  if (now < seat_time.end) {
    return State::kGranted;
  }
  if (claim.revoke_time == seat_time.end) {
    return State::kRevoked;
  }
  return claim.give_back_time == seat_time.end ? State::kGivenBack : State::kExpired;
}

bool HasSeat(const InsiderItem& item, std::span<const Seat> claims,
             std::span<const MemberKey> members, Time now) {
  const std::vector<Interval> times = SeatTimes(item, claims);
  for (std::size_t i = 0; i < claims.size(); ++i) {
    if (times[i].Contains(now) && std::ranges::find(members, claims[i].member) != members.end()) {
      return true;
    }
  }
  return false;
}

void SetSeats(int seats, Time now, InsiderItem& item, std::span<Seat> claims) {
  const std::vector<Interval> times = SeatTimes(item, claims);
  for (std::size_t i = 0; i < claims.size(); ++i) {
    if (times[i].start <= now && times[i].start < times[i].end) {
      claims[i].granted_since = times[i].start;
    }
  }
  item.seats = seats;
  item.seats_time = now;
}

std::span<const Step<SeatState, SeatMove>> SeatMoves() { return kMoves; }

absl::Status Make(SeatMove move, SeatState state, std::string_view reason, Time now, Seat& claim) {
  PERIGEE_RETURN_IF_ERROR(
      After(SeatMoves(), state, move, absl::StrCat("seat ", claim.id)).status());
  if (move == Move::kRevoke) {
    claim.revoke_time = now;
    claim.reason = reason;
  } else {
    claim.give_back_time = now;
  }
  return absl::OkStatus();
}

void EndForErased(SeatState state, Time now, Seat& claim) {
  if (state == State::kWaiting || state == State::kGranted) {
    claim.revoke_time = now;
  }
}

PriceMove NextPriceMove(const Seat& claim, const Interval& seat_time, Time now) {
  const bool waits = now < seat_time.start;
  if (claim.hold.empty() || !claim.voiding.empty() || waits) {
    return PriceMove::kNone;
  }
  const bool had_seat = seat_time.start < seat_time.end;
  const bool was_tried = seat_time.end <= now && claim.give_back_time == seat_time.end &&
                         seat_time.end - seat_time.start < kSeatTrial;
  const bool is_paid = had_seat && !was_tried;
  if (!claim.capture.empty()) {
    return is_paid ? PriceMove::kNone : PriceMove::kReverse;
  }
  if (claim.create_time + kSeatHold <= now) {
    return PriceMove::kNone;
  }
  return is_paid ? PriceMove::kCapture : PriceMove::kVoid;
}

void SetDue(const Interval& seat_time, Time now, Seat& claim) {
  const Time next = now < seat_time.start ? seat_time.start : seat_time.end;
  claim.due_time.reset();
  if (const PriceMove move = NextPriceMove(claim, seat_time, now); move != PriceMove::kNone) {
    claim.due_time = move == PriceMove::kCapture ? seat_time.start : seat_time.end;
  } else if (now < next && next < kEndOfTime) {
    claim.due_time = next;
  }
}

}  // namespace perigee::domain
