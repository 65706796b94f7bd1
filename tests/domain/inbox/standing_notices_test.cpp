#include "server/domain/inbox/standing_notices.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/champion/appointment.h"
#include "server/domain/inbox/inbox_position.h"
#include "server/domain/insider/agreement.h"
#include "server/domain/insider/item.h"
#include "server/domain/insider/seat.h"

namespace perigee::tests {
namespace {

using domain::GateOutcome;
using domain::InboxPosition;
using domain::StandingNotices;
using Kind = domain::InboxKind;
using std::chrono::days;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Time kStart = FromMicros(1'790'000'000'000'000);
constexpr Duration kTick{1};

std::vector<Kind> KindsOf(const StandingNotices& standing) {
  std::vector<Kind> kinds;
  for (const domain::Notification& notice : standing.all()) {
    kinds.push_back(notice.kind);
  }
  return kinds;
}

// A term of 100 days from ten days after it was made, to be renewed in its last 30.
domain::Appointment Term() {
  domain::Appointment term;
  term.id = "7";
  term.title = "mvp";
  term.create_time = kStart;
  term.start_time = kStart + days(10);
  term.renewal_time = kStart + days(80);
  term.end_time = kStart + days(110);
  term.lapse_time = kStart + days(140);
  return term;
}

StandingNotices OfTerm(const domain::Appointment& term, Time now) {
  StandingNotices standing(now);
  standing.Add(term);
  return standing;
}

TEST(StandingNoticesTest, ATermIsToldAtItsInstantsAndNeverBefore) {
  const domain::Appointment term = Term();
  const StandingNotices before = OfTerm(term, term.start_time - kTick);
  EXPECT_THAT(KindsOf(before), IsEmpty());
  EXPECT_EQ(before.next(), term.start_time);
  const StandingNotices began = OfTerm(term, term.start_time);
  EXPECT_THAT(KindsOf(began), ElementsAre(Kind::kTermBegan));
  EXPECT_EQ(began.all().front().place.time, term.start_time);
  EXPECT_EQ(began.next(), term.renewal_time);
  EXPECT_THAT(KindsOf(OfTerm(term, term.renewal_time)),
              ElementsAre(Kind::kTermBegan, Kind::kTermEnding));
  // That it ends is no news any more once it has ended.
  EXPECT_THAT(KindsOf(OfTerm(term, term.end_time)), ElementsAre(Kind::kTermEnded));
  EXPECT_THAT(KindsOf(OfTerm(term, term.end_time + domain::kStandsFor - kTick)),
              ElementsAre(Kind::kTermEnded));
  EXPECT_THAT(KindsOf(OfTerm(term, term.end_time + domain::kStandsFor)), IsEmpty());
}

TEST(StandingNoticesTest, WhatWasPastWhenATermWasMadeIsNoNews) {
  domain::Appointment term = Term();
  term.create_time = term.start_time + days(50);
  EXPECT_THAT(KindsOf(OfTerm(term, term.create_time)), IsEmpty());
  term.create_time = term.end_time;
  EXPECT_THAT(KindsOf(OfTerm(term, term.end_time + days(1))), IsEmpty());
}

TEST(StandingNoticesTest, WhoRenewsOrLeavesIsNotToldThatTheTermEnds) {
  domain::Appointment renewed = Term();
  renewed.renewed_by = "8";
  EXPECT_THAT(KindsOf(OfTerm(renewed, renewed.end_time)), IsEmpty());
  domain::Appointment left = Term();
  left.resign_time = left.start_time + days(1);
  EXPECT_THAT(KindsOf(OfTerm(left, left.end_time)), IsEmpty());
  EXPECT_THAT(KindsOf(OfTerm(left, left.start_time + days(2))), ElementsAre(Kind::kTermBegan));
}

TEST(StandingNoticesTest, ATermThatIsNotRenewedEndsSoonForAFortnight) {
  domain::Appointment term = Term();
  term.renewal_time = term.lapse_time = term.end_time;
  EXPECT_THAT(KindsOf(OfTerm(term, term.end_time - days(14) - kTick)),
              ElementsAre(Kind::kTermBegan));
  EXPECT_THAT(KindsOf(OfTerm(term, term.end_time - days(14))),
              ElementsAre(Kind::kTermBegan, Kind::kTermEnding));
}

TEST(StandingNoticesTest, ASeatIsToldToWhoWaited) {
  domain::Seat claim;
  claim.id = 12;
  claim.item = "preview";
  claim.create_time = kStart;
  const Interval seat{kStart + days(1), kStart + days(31)};
  const auto of = [&](const Interval& time, Time now) {
    StandingNotices standing(now);
    standing.Add(claim, time);
    return standing;
  };
  EXPECT_THAT(KindsOf(of(seat, seat.start - kTick)), IsEmpty());
  EXPECT_EQ(of(seat, seat.start - kTick).next(), seat.start);
  const StandingNotices granted = of(seat, seat.start);
  EXPECT_THAT(KindsOf(granted), ElementsAre(Kind::kSeatGranted));
  // The item may be hidden from the member, so it is not named.
  EXPECT_EQ(granted.all().front().id, "12");
  EXPECT_EQ(granted.all().front().about, "");
  EXPECT_THAT(KindsOf(of(seat, seat.end)), ElementsAre(Kind::kSeatGranted, Kind::kSeatEnded));
  // The answer to the claim told who had a seat at once.
  EXPECT_THAT(KindsOf(of({kStart, kEndOfTime}, kStart)), IsEmpty());
  EXPECT_THAT(KindsOf(of({seat.start, seat.start}, seat.end)), IsEmpty());
  claim.give_back_time = seat.end;
  EXPECT_THAT(KindsOf(of(seat, seat.end)), ElementsAre(Kind::kSeatGranted));
}

// An item that opens after a day and is released after ten.
domain::InsiderItem Item() {
  domain::InsiderItem item;
  item.id = "roadmap";
  item.version = 2;
  item.open_time = kStart + days(1);
  item.close_time = kStart + days(20);
  domain::ItemRelease release;
  release.id = "all";
  release.time = kStart + days(10);
  item.releases = {release};
  return item;
}

StandingNotices OfItem(GateOutcome outcome, Time since, Time now,
                       std::optional<Time> version_time = std::nullopt) {
  StandingNotices standing(now);
  standing.Add(Item(), outcome, since, version_time);
  return standing;
}

TEST(StandingNoticesTest, AnItemStandsAsTheGateSaysNow) {
  const domain::InsiderItem item = Item();
  const Time opens = *item.open_time;
  const Time released = item.releases[0].time;
  EXPECT_THAT(KindsOf(OfItem(GateOutcome::kNotOpen, kStart, kStart)), IsEmpty());
  EXPECT_EQ(OfItem(GateOutcome::kNotOpen, kStart, kStart).next(), opens);
  EXPECT_THAT(KindsOf(OfItem(GateOutcome::kInsider, opens, opens)), ElementsAre(Kind::kItemOpened));
  EXPECT_EQ(OfItem(GateOutcome::kInsider, opens, opens).next(), released);
  EXPECT_THAT(KindsOf(OfItem(GateOutcome::kInsider, opens, opens + days(2), opens + days(1))),
              ElementsAre(Kind::kItemOpened, Kind::kItemVersion));
  // A body that was there when it opened is no news.
  EXPECT_THAT(KindsOf(OfItem(GateOutcome::kInsider, opens, opens + days(2), opens)),
              ElementsAre(Kind::kItemOpened));
  EXPECT_THAT(KindsOf(OfItem(GateOutcome::kReleased, released, released, opens + days(1))),
              ElementsAre(Kind::kItemReleased));
  for (const GateOutcome closed :
       {GateOutcome::kWithdrawn, GateOutcome::kSuspended, GateOutcome::kClosed,
        GateOutcome::kNotInAudience, GateOutcome::kNotBound, GateOutcome::kNoSeat}) {
    EXPECT_THAT(KindsOf(OfItem(closed, kStart, released)), IsEmpty());
  }
}

TEST(StandingNoticesTest, WhatWasToldIsNotToldAgainWhenItOpensAgain) {
  const Time now = kStart + days(2);
  InboxPosition position;
  OfItem(GateOutcome::kInsider, kStart + days(1), now).TellAll(position);
  const InboxPosition told = position;
  // Suspended, and reinstated.
  OfItem(GateOutcome::kSuspended, now, now).TellAll(position);
  EXPECT_EQ(position, told);
  for (const auto& notice : OfItem(GateOutcome::kInsider, kStart + days(1), now).all()) {
    EXPECT_TRUE(position.Has(notice.place));
  }
  // Its release is.
  const StandingNotices released = OfItem(GateOutcome::kReleased, now, now);
  EXPECT_FALSE(position.Has(released.all().front().place));
  // A withdrawn item never comes again.
  domain::InsiderItem withdrawn = Item();
  withdrawn.withdraw_time = now;
  StandingNotices none(now);
  none.Add(withdrawn, GateOutcome::kWithdrawn, now, std::nullopt);
  none.TellAll(position);
  EXPECT_TRUE(position.told().empty());
}

domain::Acceptance Accepted(int version, Time time, std::optional<Time> expires = std::nullopt) {
  domain::Acceptance acceptance;
  acceptance.id = version;
  acceptance.agreement = "secrecy";
  acceptance.version = version;
  acceptance.accept_time = time;
  acceptance.expire_time = expires;
  return acceptance;
}

TEST(StandingNoticesTest, AnAgreementIsAskedForOnceForEachCause) {
  domain::Agreement agreement;
  agreement.id = "secrecy";
  agreement.version = agreement.required_version = 1;
  InboxPosition position;
  const auto news = [&](const std::vector<domain::Acceptance>& acceptances, Time now) {
    StandingNotices standing(now);
    standing.Add(agreement, acceptances, kStart);
    EXPECT_THAT(KindsOf(standing), ElementsAre(Kind::kAgreementNeeded));
    const bool is_new = !position.Has(standing.all().front().place);
    standing.TellAll(position);
    return is_new;
  };
  EXPECT_TRUE(news({}, kStart));
  EXPECT_FALSE(news({}, kStart + days(1)));
  const Time expires = kStart + days(31);
  EXPECT_TRUE(news({Accepted(1, kStart + days(1), expires)}, expires));
  agreement.version = agreement.required_version = 2;
  EXPECT_TRUE(news({Accepted(1, kStart + days(1), expires)}, expires + days(1)));
  EXPECT_FALSE(news({Accepted(1, kStart + days(1), expires)}, expires + days(2)));
}

TEST(StandingNoticesTest, WhoLeftAnAgreementIsNotAskedAnew) {
  domain::Agreement agreement;
  agreement.id = "secrecy";
  agreement.version = agreement.required_version = 1;
  const Time now = kStart + days(40);
  EXPECT_FALSE(domain::IsAskedAnew(agreement, {}, now));
  const std::vector<domain::Acceptance> bound = {Accepted(1, kStart)};
  EXPECT_FALSE(domain::IsAskedAnew(agreement, bound, now));
  const std::vector<domain::Acceptance> expired = {Accepted(1, kStart, kStart + days(30))};
  EXPECT_TRUE(domain::IsAskedAnew(agreement, expired, now));
  std::vector<domain::Acceptance> left = bound;
  left[0].withdraw_time = kStart + days(2);
  EXPECT_FALSE(domain::IsAskedAnew(agreement, left, now));
  agreement.version = agreement.required_version = 2;
  EXPECT_TRUE(domain::IsAskedAnew(agreement, bound, now));
}

}  // namespace
}  // namespace perigee::tests
