#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/civil_time.h"
#include "server/core/error.h"
#include "server/domain/board/board.h"
#include "tests/matchers/status.h"
#include "tests/support/leaderboard_cases.h"
#include "tests/support/need.h"

namespace perigee::domain {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using tests::IsInvalidField;
using tests::IsOk;

Board MakeBoard(Cadence cadence, int rolling_days = 0) {
  Board board;
  board.cadence = cadence;
  board.rolling_days = rolling_days;
  return board;
}

Zone ZoneOf(std::string_view name) { return *Zone::Load(name); }
Time At(std::string_view text) { return *ParseTime(text); }

Period ById(const Board& board, const Zone& zone, std::string_view id) {
  const absl::StatusOr<Period> period = PeriodById(board, zone, id);
  EXPECT_THAT(period, IsOk()) << id;
  return period.ok() ? *period : Period{};
}

Duration LengthOf(const Period& period) { return period.interval.end - period.interval.start; }

TEST(PeriodTest, WeeksAreAsLongAsTheirZoneMakesThem) {
  const Board week = MakeBoard(Cadence::kWeek);
  EXPECT_EQ(LengthOf(ById(week, ZoneOf("America/New_York"), "2026-03-02")), hours(167));
  EXPECT_EQ(LengthOf(ById(week, ZoneOf("Europe/Berlin"), "2026-10-19")), hours(169));
  EXPECT_EQ(LengthOf(ById(week, ZoneOf("Australia/Lord_Howe"), "2026-03-30")),
            minutes(168 * 60 + 30));
  EXPECT_EQ(LengthOf(ById(week, Zone::Utc(), "2026-03-30")), hours(168));
}

TEST(PeriodTest, APeriodCanBeClosedAfterItsGrace) {
  // A period of all time is never closed.
  Board day = MakeBoard(Cadence::kDay);
  day.grace_hours = 3;
  const Period period = ById(day, ZoneOf("Europe/Berlin"), "2026-03-29");
  EXPECT_EQ(CloseTime(day, period), At("2026-03-30T01:00:00Z"));
  const Board all_time = MakeBoard(Cadence::kAllTime);
  EXPECT_EQ(CloseTime(all_time, PeriodAt(all_time, Zone::Utc(), At("2026-03-29T12:00:00Z"))),
            std::nullopt);
}

TEST(PeriodTest, TheFirstOpenPeriodIsTheFirstOneNotClosed) {
  // Periods from before the board was made do not count.
  Board day = MakeBoard(Cadence::kDay);
  day.create_time = At("2026-03-29T12:00:00Z");
  const auto first = [&](const std::set<std::string>& closed) {
    return FirstOpenPeriod(day, Zone::Utc(), closed).id;
  };
  EXPECT_EQ(first({}), "2026-03-29");
  EXPECT_EQ(first({"2026-03-28", "2026-03-30"}), "2026-03-29");
  EXPECT_EQ(first({"2026-03-29", "2026-03-30"}), "2026-03-31");
  Board all_time = MakeBoard(Cadence::kAllTime);
  EXPECT_EQ(FirstOpenPeriod(all_time, Zone::Utc(), {"all-time"}).id, "all-time");
}

TEST(PeriodTest, ADueKeyNamesItsPeriod) {
  const PeriodName name{"daily", "2026-03-29"};
  EXPECT_EQ(PeriodOfDueKey(DueKeyOfPeriod(name)), name);
  EXPECT_EQ(PeriodOfDueKey("daily"), std::nullopt);
}

TEST(PeriodTest, ADayWithoutMidnightStartsAtItsFirstInstant) {
  const Board day = MakeBoard(Cadence::kDay);
  const Zone santiago = ZoneOf("America/Santiago");
  const Period period = ById(day, santiago, "2026-09-06");
  EXPECT_EQ(LengthOf(period), hours(23));
  // This is 01:00 in Santiago, where the clock skips 00:00 to 01:00.
  EXPECT_EQ(period.interval.start, At("2026-09-06T04:00:00Z"));
  EXPECT_EQ(PeriodAt(day, santiago, period.interval.start).id, "2026-09-06");
  EXPECT_EQ(PeriodAt(day, santiago, period.interval.start - Duration(1)).id, "2026-09-05");
}

TEST(PeriodTest, CalendarPeriodsAreNamedByTheirFirstDay) {
  const Time time = At("2026-11-18T12:00:00Z");
  const std::vector<std::pair<Board, std::string>> expected = {
      {MakeBoard(Cadence::kDay), "2026-11-18"},   {MakeBoard(Cadence::kWeek), "2026-11-16"},
      {MakeBoard(Cadence::kMonth), "2026-11-01"}, {MakeBoard(Cadence::kQuarter), "2026-10-01"},
      {MakeBoard(Cadence::kYear), "2026-01-01"},  {MakeBoard(Cadence::kRolling, 7), "2026-11-18"},
      {MakeBoard(Cadence::kAllTime), "all-time"},
  };
  for (const auto& [board, id] : expected) {
    const Period period = PeriodAt(board, Zone::Utc(), time);
    EXPECT_EQ(period.id, id);
    EXPECT_TRUE(period.interval.Contains(time)) << id;
    EXPECT_EQ(ById(board, Zone::Utc(), id).interval, period.interval) << id;
  }
}

TEST(PeriodTest, WeeksCrossTheYearAndMayStartOnSunday) {
  Board week = MakeBoard(Cadence::kWeek);
  EXPECT_EQ(PeriodAt(week, Zone::Utc(), At("2027-01-01T00:00:00Z")).id, "2026-12-28");
  EXPECT_EQ(PeriodAt(week, Zone::Utc(), At("2025-12-29T00:00:00Z")).id, "2025-12-29");
  week.week_start = WeekStart::kSunday;
  EXPECT_EQ(PeriodAt(week, Zone::Utc(), At("2027-01-02T23:59:59Z")).id, "2026-12-27");
  EXPECT_EQ(PeriodAt(week, Zone::Utc(), At("2027-01-03T00:00:00Z")).id, "2027-01-03");
}

TEST(PeriodTest, ARollingWindowIsNamedByItsLastDayAndEndsWithIt) {
  const Board rolling = MakeBoard(Cadence::kRolling, 7);
  const Zone berlin = ZoneOf("Europe/Berlin");
  const Period period = PeriodAt(rolling, berlin, At("2026-10-25T12:00:00Z"));
  EXPECT_EQ(period.id, "2026-10-25");
  EXPECT_EQ(period.interval.start, berlin.StartOf(absl::CivilDay(2026, 10, 19)));
  EXPECT_EQ(period.interval.end, berlin.StartOf(absl::CivilDay(2026, 10, 26)));
  EXPECT_EQ(period.present.start, berlin.StartOf(absl::CivilDay(2026, 10, 25)));
  EXPECT_EQ(period.present.end, period.interval.end);
  EXPECT_EQ(LengthOf(period), hours(169));
  EXPECT_EQ(NextPeriod(rolling, berlin, period).id, "2026-10-26");
  EXPECT_EQ(NextPeriod(rolling, berlin, period).interval.start,
            berlin.StartOf(absl::CivilDay(2026, 10, 20)));
}

TEST(PeriodTest, CalendarPeriodsLeaveNoGapAndNoOverlap) {
  for (const char* name : {"UTC", "America/New_York", "Australia/Lord_Howe", "America/Santiago",
                           "Pacific/Apia", "America/St_Johns", "Asia/Kathmandu"}) {
    const Zone zone = ZoneOf(name);
    for (const Cadence cadence :
         {Cadence::kDay, Cadence::kWeek, Cadence::kMonth, Cadence::kQuarter, Cadence::kYear}) {
      const Board board = MakeBoard(cadence);
      Period period = PeriodAt(board, zone, At("2006-01-01T12:00:00Z"));
      while (period.interval.start < At("2013-01-01T00:00:00Z")) {
        const Period next = NextPeriod(board, zone, period);
        ASSERT_LT(period.interval.start, period.interval.end) << name << " " << period.id;
        ASSERT_EQ(next.interval.start, period.interval.end) << name << " " << period.id;
        ASSERT_EQ(PeriodAt(board, zone, next.interval.start).id, next.id) << name;
        ASSERT_EQ(PeriodAt(board, zone, next.interval.start - Duration(1)).id, period.id) << name;
        period = next;
      }
    }
  }
}

TEST(PeriodTest, AnInstantIsInItsPeriodWhenTheClockFallsBack) {
  const Board day = MakeBoard(Cadence::kDay);
  const Zone st_johns = ZoneOf("America/St_Johns");
  // On 2006-10-29 at 00:01 the clock went back to 23:01 of the day before.
  Time time = At("2006-10-29T00:00:00Z");
  for (; time < At("2006-10-29T06:00:00Z"); time += minutes(1)) {
    const Period period = PeriodAt(day, st_johns, time);
    ASSERT_TRUE(period.interval.Contains(time)) << FormatTime(time) << " in " << period.id;
  }
}

TEST(PeriodTest, ADayThatTheCalendarSkippedIsNoPeriod) {
  // Apia crossed the date line and had no 2011-12-30.
  const Board day = MakeBoard(Cadence::kDay);
  const Zone apia = ZoneOf("Pacific/Apia");
  EXPECT_THAT(PeriodById(day, apia, "2011-12-30"), IsInvalidField("name"));
  EXPECT_EQ(NextPeriod(day, apia, ById(day, apia, "2011-12-29")).id, "2011-12-31");
  EXPECT_EQ(NextPeriod(MakeBoard(Cadence::kRolling, 3), apia,
                       ById(MakeBoard(Cadence::kRolling, 3), apia, "2011-12-29"))
                .id,
            "2011-12-31");
}

TEST(PeriodTest, AllTimeHoldsEverythingAndIsFollowedByItself) {
  const Board board = MakeBoard(Cadence::kAllTime);
  const Period period = ById(board, Zone::Utc(), "all-time");
  EXPECT_EQ(period.interval, Interval{});
  EXPECT_EQ(NextPeriod(board, Zone::Utc(), period).id, "all-time");
}

TEST(PeriodTest, AnIdThatNoPeriodHasIsRefused) {
  const std::vector<std::pair<Board, std::string>> wrong = {
      {MakeBoard(Cadence::kWeek), "2026-11-17"},       {MakeBoard(Cadence::kMonth), "2026-11-02"},
      {MakeBoard(Cadence::kQuarter), "2026-11-01"},    {MakeBoard(Cadence::kYear), "2026-02-01"},
      {MakeBoard(Cadence::kDay), "2026-02-29"},        {MakeBoard(Cadence::kDay), "2026-2-28"},
      {MakeBoard(Cadence::kDay), " 2026-02-28"},       {MakeBoard(Cadence::kDay), "2026-02-28T00"},
      {MakeBoard(Cadence::kDay), "all-time"},          {MakeBoard(Cadence::kDay), ""},
      {MakeBoard(Cadence::kDay), "10000-01-01"},       {MakeBoard(Cadence::kDay), "current"},
      {MakeBoard(Cadence::kAllTime), "2026-11-16"},    {MakeBoard(Cadence::kAllTime), "All-time"},
      {MakeBoard(Cadence::kRolling, 7), "2026-13-01"},
  };
  for (const auto& [board, id] : wrong) {
    EXPECT_THAT(PeriodById(board, Zone::Utc(), id, "parent"), IsInvalidField("parent")) << id;
  }
}

Place Summed(const std::string& member, const std::vector<std::pair<Time, std::int64_t>>& events,
             const Interval& interval) {
  Place place{member, {0, kBeginningOfTime}};
  for (const auto& [time, points] : events) {
    if (interval.Contains(time)) {
      place.score.score += points;
      place.score.reach_time = std::max(place.score.reach_time, time);
    }
  }
  return place;
}

// The windows of the data set end today, so they agree with rolling windows.
TEST(LeaderboardCasesTest, AWindowCountsTheEventsInIt) {
  const auto cases = tests::LeaderboardCases();
  if (!cases) {
    PERIGEE_SKIP_OR_FAIL("no data set leaderboard-cases-a");
  }
  const nlohmann::json& window = cases->at("window-none");
  const Time today = At("2026-11-20T12:00:00Z");
  std::vector<std::pair<Time, std::int64_t>> events;
  for (const nlohmann::json& offset : window.at("event_day_offsets")) {
    // One month before 20 November is 31 days.
    const int day = offset.is_string() ? -31 : offset.get<int>();
    events.emplace_back(today + days(day), window.at("event_points_each").get<std::int64_t>());
  }
  const std::vector<std::pair<std::string, int>> windows = {
      {"yearly", 366}, {"quarterly", 93}, {"monthly", 32}, {"weekly", 7}, {"daily", 1}};
  for (const auto& [name, length] : windows) {
    const Period period = PeriodAt(MakeBoard(Cadence::kRolling, length), Zone::Utc(), today);
    EXPECT_EQ(Summed("a", events, period.interval).score.score,
              window.at("expected").at(name).get<std::int64_t>())
        << name;
  }
}

TEST(LeaderboardCasesTest, ScoresAreSummedByMemberBeforeRanking) {
  const auto cases = tests::LeaderboardCases();
  if (!cases) {
    PERIGEE_SKIP_OR_FAIL("no data set leaderboard-cases-a");
  }
  const nlohmann::json& sums = cases->at("sum-over-days");
  const Time today = At("2026-11-20T12:00:00Z");
  std::map<std::string, std::vector<std::pair<Time, std::int64_t>>> events;
  for (const nlohmann::json& event : sums.at("events")) {
    const std::string when = event.at(2).get<std::string>();
    const int day = when == "today" ? 0 : std::stoi(when);
    events[event.at(0).get<std::string>()].emplace_back(today + days(day),
                                                        event.at(1).get<std::int64_t>());
  }
  const Period period = PeriodAt(MakeBoard(Cadence::kRolling, 30), Zone::Utc(), today);
  std::vector<Place> places;
  for (const auto& [member, of_member] : events) {
    places.push_back(Summed(member, of_member, period.interval));
  }
  nlohmann::json ranked = nlohmann::json::array();
  for (const RankedPlace& place : RankAll(std::move(places), Scheme::kCompetition)) {
    ranked.push_back({place.place.member_id, place.place.score.score, place.rank});
  }
  EXPECT_EQ(ranked, sums.at("expected"));
}

TEST(LeaderboardCasesTest, TiesRankAsEachSchemeSays) {
  const auto cases = tests::LeaderboardCases();
  if (!cases) {
    PERIGEE_SKIP_OR_FAIL("no data set leaderboard-cases-a");
  }
  for (const char* id : {"ties-rank", "ties-dense", "ties-row-number"}) {
    const nlohmann::json& ties = cases->at(id);
    std::vector<Place> places;
    for (const nlohmann::json& score : ties.at("scores")) {
      places.push_back({score.at(0).get<std::string>(), {score.at(1).get<std::int64_t>(), {}}});
    }
    nlohmann::json ranks;
    for (const RankedPlace& place :
         RankAll(places, tests::SchemeOfStrategy(ties.at("strategy").get<std::string>()))) {
      ranks[place.place.member_id] = place.rank;
    }
    EXPECT_EQ(ranks, ties.at("expected")) << id;
  }
}

}  // namespace
}  // namespace perigee::domain
