#include "server/use_cases/champion/appointments.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/audience/audience.h"
#include "server/domain/program/program.h"
#include "tests/use_cases/champion/champions.h"

namespace perigee::tests {
namespace {

using domain::Appointment;
using State = domain::AppointmentState;
using std::chrono::days;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class AppointmentsTest : public ChampionsTest {};

TEST_F(AppointmentsTest, AWholeLifeFromTheFirstTermToAlumniAndReturn) {
  const auto first = Appoint("ada", Now() + days(1));
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(StateOf(*first, Now()), State::kScheduled);
  EXPECT_THAT(TitlesOf("ada"), IsEmpty());
  EXPECT_THAT(Appoint("ada"), HasReason(Reason::kAlreadyExists));
  Go(first->start_time);
  EXPECT_THAT(TitlesOf("ada"), ElementsAre("mvp"));
  EXPECT_THAT(Renew("ada", first->id), HasReason(Reason::kIllegalMove));

  Go(first->renewal_time);
  const auto second = Renew("ada", first->id);
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->start_time, first->end_time);
  EXPECT_EQ(second->renews, first->id);
  EXPECT_EQ(All<Appointment>()[0].renewed_by, second->id);
  EXPECT_THAT(Renew("ada", first->id), HasReason(Reason::kIllegalMove));
  Go(first->end_time);
  EXPECT_THAT(TitlesOf("ada"), ElementsAre("mvp"));
  EXPECT_EQ(StateOf(All<Appointment>()[0], Now()), State::kRenewed);

  ASSERT_THAT(Make(Move::kSuspend, "ada", second->id), IsOk());
  EXPECT_THAT(TitlesOf("ada"), IsEmpty());
  ASSERT_THAT(Make(Move::kReinstate, "ada", second->id), IsOk());
  EXPECT_THAT(TitlesOf("ada"), ElementsAre("mvp"));
  Go(second->end_time);
  EXPECT_THAT(TitlesOf("ada"), IsEmpty());
  EXPECT_EQ(StateOf(All<Appointment>()[1], Now()), State::kLapsed);
  Go(second->lapse_time);
  EXPECT_EQ(StateOf(All<Appointment>()[1], Now()), State::kAlumni);
  ASSERT_THAT(Appoint("ada"), IsOk());
  EXPECT_THAT(TitlesOf("ada"), ElementsAre("mvp"));
}

TEST_F(AppointmentsTest, ALapsedOneIsRenewedWithoutAGap) {
  const auto first = Appoint("ada");
  ASSERT_THAT(first, IsOk());
  Go(first->end_time + days(3));
  EXPECT_THAT(TitlesOf("ada"), IsEmpty());
  const auto second = Renew("ada", first->id);
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->start_time, first->end_time);
  EXPECT_THAT(TitlesOf("ada"), ElementsAre("mvp"));
}

TEST_F(AppointmentsTest, ALapsedOneIsNotRenewedBesideANewerOne) {
  const auto first = Appoint("ada");
  ASSERT_THAT(first, IsOk());
  Go(first->end_time + days(3));
  ASSERT_THAT(Appoint("ada"), IsOk());
  EXPECT_THAT(Renew("ada", first->id), HasReason(Reason::kAlreadyExists));
  EXPECT_THAT(All<Appointment>(), SizeIs(2));
}

TEST_F(AppointmentsTest, WhatHappensToARenewedOneHappensToTheNext) {
  const auto first = Appoint("ada");
  ASSERT_THAT(first, IsOk());
  Go(first->renewal_time);
  ASSERT_THAT(Renew("ada", first->id), IsOk());
  ASSERT_THAT(Make(Move::kRevoke, "ada", first->id), IsOk());
  for (const Appointment& one : All<Appointment>()) {
    EXPECT_EQ(StateOf(one, Now()), State::kRevoked);
    EXPECT_EQ(one.reason, "because");
  }
  Go(first->end_time + days(1));
  EXPECT_THAT(TitlesOf("ada"), IsEmpty());
}

TEST_F(AppointmentsTest, SeatsAreNeverPassedAtAnyInstant) {
  ASSERT_THAT(Change([](domain::Title& title) { title.seats = 1; }), IsOk());
  const auto ada = Appoint("ada", Now() + days(100));
  ASSERT_THAT(ada, IsOk());
  // A term of a year from now on would meet hers.
  EXPECT_THAT(Appoint("bob"), HasReason(Reason::kNoSeatLeft));
  EXPECT_THAT(Appoint("bob", ada->end_time - seconds(1)), HasReason(Reason::kNoSeatLeft));
  ASSERT_THAT(Appoint("bob", ada->end_time), IsOk());
  Go(ada->renewal_time);
  EXPECT_THAT(Renew("ada", ada->id), HasReason(Reason::kNoSeatLeft));
  // A suspension keeps the seat, a resignation gives it back.
  ASSERT_THAT(Make(Move::kSuspend, "ada", ada->id), IsOk());
  ASSERT_THAT(Change([](domain::Title& title) { title.term_months = 1; }), IsOk());
  EXPECT_THAT(Appoint("cyd"), HasReason(Reason::kNoSeatLeft));
  EXPECT_THAT(Make(Move::kResign, "ada", ada->id), HasReason(Reason::kIllegalMove));
  ASSERT_THAT(Make(Move::kReinstate, "ada", ada->id), IsOk());
  ASSERT_THAT(Make(Move::kResign, "ada", ada->id), IsOk());
  EXPECT_EQ(StateOf(All<Appointment>()[0], Now()), State::kAlumni);
}

TEST_F(AppointmentsTest, TermsOfThePastAreWhatTheyWouldBeNow) {
  const auto old = Appoint("ada", Now() - days(3000));
  ASSERT_THAT(old, IsOk());
  EXPECT_EQ(StateOf(*old, Now()), State::kAlumni);
  EXPECT_EQ(old->due_time, std::nullopt);
  const auto lapsed = Appoint("bob", Now() - days(370));
  ASSERT_THAT(lapsed, IsOk());
  EXPECT_EQ(StateOf(*lapsed, Now()), State::kLapsed);
  EXPECT_THAT(TitlesOf("bob"), IsEmpty());
  ASSERT_THAT(Renew("bob", lapsed->id), IsOk());
  EXPECT_THAT(TitlesOf("bob"), ElementsAre("mvp"));
  const auto live = Appoint("cyd", Now() - days(100));
  ASSERT_THAT(live, IsOk());
  EXPECT_EQ(live->due_time, live->end_time);
  EXPECT_THAT(TitlesOf("cyd"), ElementsAre("mvp"));
  Go(live->end_time);
  EXPECT_THAT(TitlesOf("cyd"), IsEmpty());
}

TEST_F(AppointmentsTest, APersonHasATitleOnceAtEachInstantOfThePast) {
  const auto now = Appoint("ada");
  ASSERT_THAT(now, IsOk());
  EXPECT_THAT(Appoint("ada", Now() - days(100)), HasReason(Reason::kAlreadyExists));
  const auto old = Appoint("ada", Now() - days(1000));
  ASSERT_THAT(old, IsOk());
  EXPECT_THAT(Appoint("ada", old->end_time - seconds(1)), HasReason(Reason::kAlreadyExists));
  EXPECT_THAT(Appoint("ada", old->start_time - days(300)), HasReason(Reason::kAlreadyExists));
  ASSERT_THAT(Appoint("ada", old->end_time), IsOk());
  Go(Now() + days(1));
  ASSERT_THAT(Make(Move::kResign, "ada", now->id), IsOk());
  // She has it no more, but had it until a moment ago.
  EXPECT_THAT(Appoint("ada", now->start_time), HasReason(Reason::kAlreadyExists));
  ASSERT_THAT(Appoint("ada", Now()), IsOk());
}

TEST_F(AppointmentsTest, SeatsAreNotPassedInThePastEither) {
  ASSERT_THAT(Change([](domain::Title& title) { title.seats = 1; }), IsOk());
  const auto ada = Appoint("ada", Now() - days(1000));
  ASSERT_THAT(ada, IsOk());
  EXPECT_THAT(Appoint("bob", ada->end_time - seconds(1)), HasReason(Reason::kNoSeatLeft));
  ASSERT_THAT(Appoint("bob", ada->end_time), IsOk());
}

TEST_F(AppointmentsTest, AnErasedMemberTakesNoSeat) {
  ASSERT_THAT(Change([](domain::Title& title) { title.seats = 1; }), IsOk());
  const auto ada = Appoint("ada");
  ASSERT_THAT(ada, IsOk());
  EXPECT_THAT(Appoint("bob"), HasReason(Reason::kNoSeatLeft));
  programme.Erase(programme.KeyOf("ada"));
  programme.DoWhatIsDue();
  ASSERT_THAT(Appoint("bob"), IsOk());
  Go(ada->end_time);
  EXPECT_EQ(All<Appointment>().size(), 2U);
  EXPECT_EQ(All<Appointment>()[0].due_time, std::nullopt);
}

TEST_F(AppointmentsTest, RefusalsSayWhy) {
  EXPECT_THAT(Appoint("nobody"), HasReason(Reason::kNotFound));
  programme.ChangeMember(
      "dan", [](domain::Member& member) { member.standing = domain::Standing::kSuspended; });
  EXPECT_THAT(Appoint("dan"), HasReason(Reason::kMemberSuspended));
  const auto ada = Appoint("ada");
  ASSERT_THAT(ada, IsOk());
  EXPECT_THAT(Make(Move::kRevoke, "bob", ada->id), HasReason(Reason::kNotFound));
  EXPECT_THAT(Make(Move::kRevoke, "ada", "none"), HasReason(Reason::kNotFound));
  ASSERT_THAT(Change([](domain::Title& title) { title.retired = true; }), IsOk());
  EXPECT_THAT(Appoint("bob"), HasReason(Reason::kTitleRetired));
  Go(ada->renewal_time);
  EXPECT_THAT(Renew("ada", ada->id), HasReason(Reason::kTitleRetired));
}

TEST_F(AppointmentsTest, ThePersonHasTheTitlesOfAllItsMembersUntilTheyPart) {
  const auto bob = Appoint("bob");
  ASSERT_THAT(bob, IsOk());
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  EXPECT_THAT(TitlesOf("ada"), ElementsAre("mvp"));
  EXPECT_THAT(Appoint("ada"), HasReason(Reason::kAlreadyExists));
  ASSERT_THAT(Make(Move::kSuspend, "ada", bob->id), IsOk());
  EXPECT_THAT(TitlesOf("ada"), IsEmpty());
  ASSERT_THAT(Make(Move::kReinstate, "bob", bob->id), IsOk());
  EXPECT_THAT(TitlesOf("ada"), ElementsAre("mvp"));
  ASSERT_THAT(Unmerge("bob"), IsOk());
  EXPECT_THAT(TitlesOf("ada"), IsEmpty());
  EXPECT_THAT(TitlesOf("bob"), ElementsAre("mvp"));
}

// Clocks in Santiago skip the midnight of 5 September 2027, at which the term ends.
TEST_F(AppointmentsTest, ATermEndsWhereADayWithoutMidnightBegins) {
  Go(*ParseTime("2027-03-05T15:00:00Z"));
  const Time end = *ParseTime("2027-09-05T04:00:00Z");
  ASSERT_THAT(Do([&](ports::StoreReader&, const ports::UnitContext& unit)
                     -> absl::StatusOr<use_cases::Decided<domain::Program>> {
                return use_cases::Put(domain::Program{"demo", "Demo", "America/Santiago", unit.now,
                                                      unit.now, unit.revision});
              }),
              IsOk());
  ASSERT_THAT(Change([](domain::Title& title) { title.term_months = 6; }), IsOk());
  domain::Board board = MakeBoard("mvps", domain::Cadence::kAllTime);
  board.audience = domain::Audience::Compile("audience", "title:mvp").value();
  programme.PutBoard(board);
  programme.Earn("ada", 5, Now());
  EXPECT_THAT(programme.Served("mvps"), IsEmpty());
  const auto ada = Appoint("ada");
  ASSERT_THAT(ada, IsOk());
  EXPECT_EQ(FormatTime(ada->end_time), FormatTime(end));
  EXPECT_EQ(programme.Served("mvps").size(), 1U);

  // Another server, which has the board in memory too. No job runs on either.
  adapters::MemoryBoards memory;
  adapters::StoreMemberDirectory directory(programme.store());
  jobs::StoreTerms terms(programme.store());
  jobs::BoardProjection other({programme.store(), programme.store().feed(), memory, nullptr,
                               directory, terms, programme.clock, programme.executor,
                               programme.telemetry});
  const auto served_there = [&] {
    const auto slice = other.Top(programme.Ask("mvps"), std::nullopt, 10);
    return slice.ok() ? slice->places.size() : 99;
  };
  EXPECT_EQ(served_there(), 1U);

  programme.clock.Set(end - Duration(1));
  EXPECT_TRUE(domain::IsLive(All<Appointment>()[0], Now()));
  EXPECT_EQ(programme.Served("mvps").size(), 1U);
  EXPECT_EQ(served_there(), 1U);
  programme.clock.Set(end);
  EXPECT_FALSE(domain::IsLive(All<Appointment>()[0], Now()));
  EXPECT_EQ(served_there(), 0U);
  EXPECT_THAT(programme.Served("mvps"), IsEmpty());
  EXPECT_THAT(TitlesOf("ada"), IsEmpty());
  other.Stop();
}

// The board is warm and knows nothing of the appointment but what the journal says.
TEST_F(AppointmentsTest, ATermBeginsOnBoardsAtItsInstant) {
  domain::Board board = MakeBoard("mvps", domain::Cadence::kAllTime);
  board.audience = domain::Audience::Compile("audience", "title:mvp").value();
  programme.PutBoard(board);
  programme.Earn("ada", 5, Now());
  EXPECT_THAT(programme.Served("mvps"), IsEmpty());
  const Time start = Now() + std::chrono::hours(5);
  ASSERT_THAT(Appoint("ada", start), IsOk());
  programme.clock.Set(start - Duration(1));
  EXPECT_THAT(programme.Served("mvps"), IsEmpty());
  programme.clock.Set(start);
  EXPECT_EQ(programme.Served("mvps").size(), 1U);
}

}  // namespace
}  // namespace perigee::tests
