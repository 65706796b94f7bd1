#include "server/domain/insider/seat.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/uuid.h"
#include "server/domain/insider/item.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::InsiderItem;
using domain::Seat;
using Move = domain::SeatMove;
using State = domain::SeatState;
using Times = std::vector<Interval>;
using std::chrono::days;

// Time is counted in days here, as seats last days.
constexpr Time Day(int day) { return Time(days(day)); }

InsiderItem WithSeats(int seats) {
  InsiderItem item;
  item.id = "preview";
  item.seats = seats;
  return item;
}

domain::MemberKey MemberAt(int place) {
  Uuid key;
  key.bytes.back() = static_cast<std::uint8_t>(place + 1);
  return key;
}

// A claim at that day, for so many days.
Seat Claim(int id, int day, int for_days = 0) {
  Seat claim;
  claim.id = id;
  claim.member = MemberAt(id);
  claim.item = "preview";
  claim.create_time = Day(day);
  claim.days = for_days;
  return claim;
}
Seat GivenBack(Seat claim, int day) {
  claim.give_back_time = Day(day);
  return claim;
}
Seat Revoked(Seat claim, int day) {
  claim.revoke_time = Day(day);
  return claim;
}

Interval From(int day, std::optional<int> end = std::nullopt) {
  return {Day(day), end.has_value() ? Day(*end) : kEndOfTime};
}
Interval Never(int end) { return {Day(end), Day(end)}; }

TEST(SeatTest, SeatsAreGrantedInTheOrderOfClaims) {
  const Interval waits_for_a_year = Never(3 + 365);
  struct Row {
    const char* name;
    int seats;
    std::vector<Seat> claims;
    Times times;
  };
  for (const Row& row : {
           Row{"nobody claims", 2, {}, {}},
           Row{"two of three",
               2,
               {Claim(1, 1), Claim(2, 2), Claim(3, 3)},
               {From(1), From(2), waits_for_a_year}},
           Row{"any number", 0, {Claim(1, 1), Claim(2, 2, 5)}, {From(1), From(2, 7)}},
           Row{"the next one gets a seat that expires",
               1,
               {Claim(1, 1, 10), Claim(2, 2, 10), Claim(3, 3)},
               {From(1, 11), From(11, 21), From(21)}},
           Row{"days count from the grant",
               1,
               {Claim(1, 1, 10), Claim(2, 5, 3)},
               {From(1, 11), From(11, 14)}},
           Row{"a seat that is given back goes to the first who waits",
               1,
               {GivenBack(Claim(1, 1), 4), Claim(2, 2), Claim(3, 3)},
               {From(1, 4), From(4), waits_for_a_year}},
           Row{"a seat that is revoked too",
               1,
               {Revoked(Claim(1, 1, 10), 4), Claim(2, 2)},
               {From(1, 4), From(4)}},
           Row{"who leaves the list has no turn",
               1,
               {GivenBack(Claim(1, 1), 9), GivenBack(Claim(2, 2), 5), Revoked(Claim(3, 3), 9),
                Claim(4, 4)},
               {From(1, 9), Never(5), Never(9), From(9)}},
           Row{"a seat that nobody waits for stays free",
               1,
               {GivenBack(Claim(1, 1), 3), Claim(2, 8)},
               {From(1, 3), From(8)}},
           Row{"the seat that is free first",
               2,
               {Claim(1, 1, 20), Claim(2, 2, 5), Claim(3, 3, 1), Claim(4, 4)},
               {From(1, 21), From(2, 7), From(7, 8), From(8)}},
           Row{"given back in the unit that claims",
               1,
               {GivenBack(Claim(1, 1), 1), Claim(2, 1)},
               {Never(1), From(1)}},
       }) {
    EXPECT_EQ(domain::SeatTimes(WithSeats(row.seats), row.claims), row.times) << row.name;
  }
}

TEST(SeatTest, WhoHasWaitedForAYearWaitsNoMore) {
  const std::vector<Seat> claims = {Claim(1, 1, 367), Claim(2, 3), Claim(3, 4), Claim(4, 5)};
  // The seat is free on day 368, which is the end of the second claim and a day before the third's.
  const Times times = domain::SeatTimes(WithSeats(1), claims);
  EXPECT_EQ(times, (Times{From(1, 368), Never(368), From(368), Never(370)}));
  EXPECT_EQ(StateOf(claims[1], times[1], Day(367)), State::kWaiting);
  EXPECT_EQ(StateOf(claims[1], times[1], Day(368)), State::kExpired);
}

TEST(SeatTest, TheEndOfTheItemEndsAllClaims) {
  const std::vector<Seat> claims = {Claim(1, 1, 10), Claim(2, 2)};
  InsiderItem item = WithSeats(1);
  item.close_time = Day(8);
  EXPECT_EQ(domain::SeatTimes(item, claims), (Times{From(1, 8), Never(8)}));
  item.withdraw_time = Day(6);
  const Times times = domain::SeatTimes(item, claims);
  EXPECT_EQ(times, (Times{From(1, 6), Never(6)}));
  EXPECT_EQ(StateOf(claims[1], times[1], Day(5)), State::kWaiting);
  EXPECT_EQ(StateOf(claims[1], times[1], Day(6)), State::kExpired);
}

TEST(SeatTest, StatesChangeAtTheirInstants) {
  struct Row {
    Seat claim;
    Interval time;
    int day;
    State state;
  };
  const Seat plain = Claim(1, 1);
  for (const Row& row : {
           Row{plain, From(5, 9), 4, State::kWaiting},
           Row{plain, From(5, 9), 5, State::kGranted},
           Row{plain, From(5, 9), 8, State::kGranted},
           Row{plain, From(5, 9), 9, State::kExpired},
           Row{GivenBack(plain, 9), From(5, 9), 8, State::kGranted},
           Row{GivenBack(plain, 9), From(5, 9), 9, State::kGivenBack},
           Row{Revoked(plain, 9), From(5, 9), 9, State::kRevoked},
           Row{GivenBack(plain, 3), Never(3), 2, State::kWaiting},
           Row{GivenBack(plain, 3), Never(3), 3, State::kGivenBack},
           Row{Revoked(plain, 3), Never(3), 3, State::kRevoked},
           Row{plain, Never(3), 3, State::kExpired},
       }) {
    EXPECT_EQ(StateOf(row.claim, row.time, Day(row.day)), row.state) << row.day;
  }
}

TEST(SeatTest, ASeatIsThatOfThePerson) {
  const std::vector<Seat> claims = {Claim(1, 1, 10), Claim(2, 2)};
  const auto has_seat = [&](std::vector<domain::MemberKey> members, int day) {
    return domain::HasSeat(WithSeats(1), claims, members, Day(day));
  };
  EXPECT_FALSE(has_seat({MemberAt(1)}, 0));
  EXPECT_TRUE(has_seat({MemberAt(1)}, 1));
  EXPECT_TRUE(has_seat({MemberAt(5), MemberAt(1)}, 1));
  EXPECT_FALSE(has_seat({MemberAt(2)}, 10));
  EXPECT_TRUE(has_seat({MemberAt(2)}, 11));
  EXPECT_FALSE(has_seat({MemberAt(1)}, 11));
  EXPECT_FALSE(has_seat({}, 5));
}

TEST(SeatTest, AnotherNumberOfSeatsTakesNobodysSeat) {
  InsiderItem item = WithSeats(2);
  std::vector<Seat> claims = {Claim(1, 1, 10), Claim(2, 2, 20), Claim(3, 3), Claim(4, 4)};
  domain::SetSeats(1, Day(5), item, claims);
  EXPECT_EQ(item.seats, 1);
  EXPECT_EQ(claims[0].granted_since, Day(1));
  EXPECT_EQ(claims[1].granted_since, Day(2));
  EXPECT_EQ(claims[2].granted_since, std::nullopt);
  // Both keep their seats, and the next one is granted when the last of them ends.
  EXPECT_EQ(domain::SeatTimes(item, claims),
            (Times{From(1, 11), From(2, 22), From(22), Never(4 + 365)}));
  // More seats are there from now on, and not before.
  domain::SetSeats(3, Day(8), item, claims);
  EXPECT_EQ(domain::SeatTimes(item, claims), (Times{From(1, 11), From(2, 22), From(8), From(11)}));
  domain::SetSeats(0, Day(9), item, claims);
  EXPECT_EQ(domain::SeatTimes(item, claims), (Times{From(1, 11), From(2, 22), From(8), From(9)}));
}

TEST(SeatTest, AMoveNotesItsFacts) {
  Seat claim = Claim(1, 1);
  ASSERT_THAT(Make(Move::kRevoke, State::kWaiting, "a leak", Day(2), claim), IsOk());
  EXPECT_EQ(claim.revoke_time, Day(2));
  EXPECT_EQ(claim.reason, "a leak");
  EXPECT_EQ(claim.give_back_time, std::nullopt);
  EXPECT_THAT(Make(Move::kGiveBack, State::kRevoked, "", Day(3), claim),
              HasReason(Reason::kIllegalMove));
  Seat other = Claim(2, 1);
  ASSERT_THAT(Make(Move::kGiveBack, State::kGranted, "", Day(3), other), IsOk());
  EXPECT_EQ(other.give_back_time, Day(3));
  EXPECT_EQ(other.revoke_time, std::nullopt);
}

TEST(SeatTest, ItIsDueWhereTimeAloneGrantsOrEndsIt) {
  Seat claim = Claim(1, 1);
  SetDue(From(5, 9), Day(4), claim);
  EXPECT_EQ(claim.due_time, Day(5));
  SetDue(From(5, 9), Day(5), claim);
  EXPECT_EQ(claim.due_time, Day(9));
  SetDue(From(5, 9), Day(9), claim);
  EXPECT_EQ(claim.due_time, std::nullopt);
  SetDue(From(5), Day(5), claim);
  EXPECT_EQ(claim.due_time, std::nullopt);
  SetDue({kEndOfTime, kEndOfTime}, Day(5), claim);
  EXPECT_EQ(claim.due_time, std::nullopt);
}

Seat Paid(Seat claim, const char* capture = "", const char* voiding = "") {
  claim.hold = "7-0";
  claim.capture = capture;
  claim.voiding = voiding;
  return claim;
}

TEST(SeatTest, ThePriceFollowsTheSeat) {
  using enum domain::PriceMove;
  const Seat plain = Claim(1, 1);
  Seat tried = GivenBack(plain, 6);
  tried.give_back_time = *tried.give_back_time - Duration(1);
  const Interval short_time{Day(5), *tried.give_back_time};
  struct Row {
    const char* name;
    Seat claim;
    Interval time;
    int day;
    domain::PriceMove move;
  };
  for (const Row& row : {
           Row{"no price", plain, From(5), 9, kNone},
           Row{"waits", Paid(plain), From(5), 4, kNone},
           Row{"is granted", Paid(plain), From(5), 5, kCapture},
           Row{"was granted", Paid(plain), From(5, 9), 20, kCapture},
           Row{"is paid", Paid(plain, "8-0"), From(5), 5, kNone},
           Row{"expired", Paid(plain, "8-0"), From(5, 9), 9, kNone},
           Row{"ends without a seat", Paid(plain), Never(5), 5, kVoid},
           Row{"ended so", Paid(plain, "", "8-0"), Never(5), 5, kNone},
           Row{"leaves the list", Paid(GivenBack(plain, 3)), Never(3), 3, kVoid},
           Row{"is given back in time", Paid(tried, "8-0"), short_time, 6, kReverse},
           Row{"in time, before it was paid", Paid(tried), short_time, 6, kVoid},
           Row{"was given back in time", Paid(tried, "8-0", "9-0"), short_time, 6, kNone},
           Row{"is given back after a day", Paid(GivenBack(plain, 6), "8-0"), From(5, 6), 6, kNone},
           Row{"after a day, and not paid", Paid(GivenBack(plain, 6)), From(5, 6), 6, kCapture},
           Row{"is revoked in time",
               Paid(Revoked(plain, 5), "8-0"),
               {Day(5) - Duration(1), Day(5)},
               5,
               kNone},
           Row{"the hold is over", Paid(plain), From(5), 367, kNone},
           Row{"the hold is not over", Paid(plain), From(5), 366, kCapture},
       }) {
    EXPECT_EQ(domain::NextPriceMove(row.claim, row.time, Day(row.day)), row.move) << row.name;
  }
}

TEST(SeatTest, ItStaysDueUntilThePriceHasMoved) {
  Seat claim = Paid(Claim(1, 1));
  SetDue(From(5, 9), Day(4), claim);
  EXPECT_EQ(claim.due_time, Day(5));
  SetDue(From(5, 9), Day(7), claim);
  EXPECT_EQ(claim.due_time, Day(5));
  claim.capture = "8-0";
  SetDue(From(5, 9), Day(7), claim);
  EXPECT_EQ(claim.due_time, Day(9));
  claim.capture.clear();
  SetDue(Never(6), Day(7), claim);
  EXPECT_EQ(claim.due_time, Day(6));
}

TEST(SeatTest, AnErasureEndsWhatIsOpen) {
  for (const State state :
       {State::kWaiting, State::kGranted, State::kGivenBack, State::kRevoked, State::kExpired}) {
    Seat claim = Claim(1, 1);
    domain::EndForErased(state, Day(2), claim);
    const bool was_open = state == State::kWaiting || state == State::kGranted;
    EXPECT_EQ(claim.revoke_time, was_open ? std::optional(Day(2)) : std::nullopt);
  }
}

// Seats as one would hand them out at a desk, day by day.
class Desk {
 public:
  int seats = 1;

  void Claim(int for_days) { claims_.push_back({State::kWaiting, for_days, 0}); }
  void End(std::size_t place, State state) { claims_[place].state = state; }
  void ExpireOn(int day) {
    for (Claimed& one : claims_) {
      if (one.state == State::kGranted && one.days > 0 && one.since + one.days <= day) {
        one.state = State::kExpired;
      }
    }
  }
  void GrantOn(int day) {
    for (Claimed& one : claims_) {
      if (one.state == State::kWaiting && (seats == 0 || Taken() < seats)) {
        one.state = State::kGranted;
        one.since = day;
      }
    }
  }
  std::vector<State> States() const {
    std::vector<State> states;
    for (const Claimed& one : claims_) {
      states.push_back(one.state);
    }
    return states;
  }

 private:
  struct Claimed {
    State state;
    int days;
    int since;
  };
  std::ptrdiff_t Taken() const {
    return std::ranges::count(claims_, State::kGranted, &Claimed::state);
  }
  std::vector<Claimed> claims_;
};

std::vector<State> StatesOn(const InsiderItem& item, const std::vector<Seat>& claims, int day) {
  const Times times = domain::SeatTimes(item, claims);
  std::vector<State> states;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    states.push_back(StateOf(claims[i], times[i], Day(day)));
  }
  return states;
}

// One thing happens a day: a claim, a move, or another number of seats.
TEST(SeatTest, SeatsAreThoseOfADeskAndThePastStays) {
  constexpr int kDays = 60;
  for (unsigned seed = 1; seed <= 300; ++seed) {
    std::mt19937 random(seed);
    const auto pick = [&](int n) { return std::uniform_int_distribution(0, n - 1)(random); };
    Desk desk;
    InsiderItem item = WithSeats(1);
    std::vector<Seat> claims;
    std::vector<std::vector<State>> history;
    for (int day = 0; day < kDays; ++day) {
      desk.ExpireOn(day);
      desk.GrantOn(day);
      const int what = pick(10);
      if (what < 5) {
        const int for_days = pick(3) == 0 ? 0 : 1 + pick(9);
        desk.Claim(for_days);
        claims.push_back(Claim(static_cast<int>(claims.size()) + 1, day, for_days));
      } else if (what < 8 && !claims.empty()) {
        const auto place = static_cast<std::size_t>(pick(static_cast<int>(claims.size())));
        const Move move = what == 5 ? Move::kRevoke : Move::kGiveBack;
        const State state = StatesOn(item, claims, day)[place];
        if (Make(move, state, "", Day(day), claims[place]).ok()) {
          desk.End(place, move == Move::kRevoke ? State::kRevoked : State::kGivenBack);
        }
      } else if (what == 8) {
        desk.seats = pick(4);
        domain::SetSeats(desk.seats, Day(day), item, claims);
      }
      desk.GrantOn(day);
      history.push_back(desk.States());
      ASSERT_EQ(StatesOn(item, claims, day), history.back()) << seed << " on " << day;
    }
    for (int day = 0; day < kDays; ++day) {
      std::vector<State> states = StatesOn(item, claims, day);
      states.resize(history[static_cast<std::size_t>(day)].size());
      ASSERT_EQ(states, history[static_cast<std::size_t>(day)]) << seed << " back to " << day;
    }
  }
}

}  // namespace
}  // namespace perigee::tests
