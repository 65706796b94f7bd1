#include "server/domain/champion/appointment.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Appointment;
using domain::Title;
using Move = domain::AppointmentMove;
using State = domain::AppointmentState;

constexpr Time At(std::int64_t micros) { return FromMicros(micros); }
Time Day(const std::string& text) { return *ParseTime(text); }

// A term from 100 to 200, to be renewed from 180 to 220.
Appointment Plain() {
  Appointment appointment;
  appointment.id = "a1";
  appointment.start_time = At(100);
  appointment.end_time = At(200);
  appointment.renewal_time = At(180);
  appointment.lapse_time = At(220);
  return appointment;
}

TEST(AppointmentTest, TimeAloneMovesIt) {
  const std::vector<std::pair<std::int64_t, State>> plain = {
      {99, State::kScheduled},   {100, State::kActive},     {179, State::kActive},
      {180, State::kRenewalDue}, {199, State::kRenewalDue}, {200, State::kLapsed},
      {219, State::kLapsed},     {220, State::kAlumni}};
  for (const auto& [time, state] : plain) {
    EXPECT_EQ(StateOf(Plain(), At(time)), state) << time;
    EXPECT_EQ(IsLive(Plain(), At(time)), time >= 100 && time < 200) << time;
    EXPECT_EQ(IsPublic(Plain(), At(time)), time >= 100) << time;
  }
  Appointment renewed = Plain();
  renewed.renewed_by = "a2";
  EXPECT_EQ(StateOf(renewed, At(190)), State::kActive);
  EXPECT_EQ(StateOf(renewed, At(1000)), State::kRenewed);
  Appointment suspended = Plain();
  suspended.suspend_time = At(110);
  EXPECT_EQ(StateOf(suspended, At(1000)), State::kSuspended);
  EXPECT_FALSE(IsLive(suspended, At(120)));
  EXPECT_FALSE(IsPublic(suspended, At(1000)));
  Note(Move::kReinstate, "", At(210), suspended);
  EXPECT_EQ(StateOf(suspended, At(210)), State::kLapsed);
}

TEST(AppointmentTest, WhoResignsBeforeTheTermWasNeverAChampion) {
  Appointment resigned = Plain();
  Note(Move::kResign, "", At(50), resigned);
  EXPECT_FALSE(IsPublic(resigned, At(150)));
  EXPECT_TRUE(IsOver(resigned, At(50)));
  resigned.resign_time = At(150);
  EXPECT_TRUE(IsPublic(resigned, At(150)));
  EXPECT_TRUE(IsOver(resigned, At(150)));
  EXPECT_FALSE(IsOver(resigned, At(149)));
}

TEST(AppointmentTest, ItFallsDueWhereTimeAloneMakesItLiveOrEndsThat) {
  Appointment appointment = Plain();
  SetDue(appointment, At(50));
  EXPECT_EQ(appointment.due_time, At(100));
  SetDue(appointment, At(100));
  EXPECT_EQ(appointment.due_time, At(200));
  SetDue(appointment, At(200));
  EXPECT_EQ(appointment.due_time, std::nullopt);
  appointment.revoke_time = At(120);
  SetDue(appointment, At(120));
  EXPECT_EQ(appointment.due_time, std::nullopt);
}

TEST(AppointmentTest, ATermEndsWhereADayOfTheZoneBegins) {
  struct Row {
    const char* zone;
    const char* start;
    int months;
    const char* end;
    const char* renewal;
  };
  for (const Row& row : {
           Row{"UTC", "2026-01-31T10:00:00Z", 1, "2026-02-28T00:00:00Z", "2026-02-18T00:00:00Z"},
           Row{"Europe/Berlin", "2026-03-01T10:00:00Z", 12, "2027-02-28T23:00:00Z",
               "2027-02-18T23:00:00Z"},
           // Clocks skip the midnight of 6 September 2026: the day begins at 1 o'clock, which is
           // the end; the window of renewal begins before the change.
           Row{"America/Santiago", "2026-03-06T15:00:00Z", 6, "2026-09-06T04:00:00Z",
               "2026-08-27T04:00:00Z"},
           // A term that begins at the skipped midnight.
           Row{"America/Santiago", "2026-09-06T04:00:00Z", 6, "2027-03-06T03:00:00Z",
               "2027-02-24T03:00:00Z"},
       }) {
    Title title;
    title.term_months = row.months;
    title.renewal_days = 10;
    Appointment appointment;
    SetTerm(title, *Zone::Load(row.zone), Day(row.start), appointment);
    EXPECT_EQ(FormatTime(appointment.start_time), FormatTime(Day(row.start)));
    EXPECT_EQ(FormatTime(appointment.end_time), FormatTime(Day(row.end))) << row.zone;
    EXPECT_EQ(FormatTime(appointment.renewal_time), FormatTime(Day(row.renewal))) << row.zone;
  }
}

TEST(AppointmentTest, SeatsAreCountedAtEveryInstantOfTheTerm) {
  const std::vector<Interval> taken = {{At(0), At(10)}, {At(10), At(20)}, {At(15), At(30)}};
  struct Row {
    Interval term;
    int seats;
    bool left;
  };
  for (const Row& row : {
           Row{{At(0), At(100)}, 0, true},   // Any number.
           Row{{At(0), At(100)}, 3, true},   // Two at most.
           Row{{At(0), At(100)}, 2, false},  // From 15 to 20 both are taken.
           Row{{At(0), At(15)}, 2, true},    // One ends where the next begins.
           Row{{At(20), At(30)}, 2, true},   //
           Row{{At(20), At(30)}, 1, false},  //
           Row{{At(30), At(40)}, 1, true},   // Begins where the last ends.
           Row{{At(19), At(21)}, 2, false},  //
       }) {
    EXPECT_EQ(domain::IsSeatLeft(taken, row.term, row.seats), row.left)
        << ToMicros(row.term.start) << " " << row.seats;
  }
}

}  // namespace
}  // namespace perigee::tests
