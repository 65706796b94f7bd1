#include "server/core/civil_time.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

Time At(std::string_view text) { return ParseTime(text).value(); }
Zone In(std::string_view name) { return Zone::Load(name).value(); }

TEST(ZoneTest, OnlyNamesOfTheZoneDatabaseAreTaken) {
  for (const std::string name : {"UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires",
                                 "Etc/GMT+5", "America/Port-au-Prince"}) {
    const auto zone = Zone::Parse(name, "time_zone");
    ASSERT_THAT(zone, IsOk()) << name;
    EXPECT_EQ(zone->name(), name);
  }
  for (const std::string name :
       {"", "localtime", "Fixed/UTC+01:00:00", "Europe/Atlantis", "Europe", "europe berlin",
        "/usr/share/zoneinfo/Europe/Berlin", "file:Europe/Berlin", "Europe/../Europe/Berlin",
        "right/Europe/Berlin", "libc:UTC"}) {
    EXPECT_THAT(Zone::Parse(name, "time_zone"), IsInvalidField("time_zone")) << name;
  }
  EXPECT_THAT(Zone::Parse("Mars", "program.time_zone"), IsInvalidField("program.time_zone"));
}

TEST(ZoneTest, AStoredZoneThatTheHostLacksIsTheHostsFault) {
  EXPECT_FALSE(Zone::AnyMissing());
  ASSERT_THAT(Zone::Load("Europe/Berlin"), IsOk());
  EXPECT_FALSE(Zone::AnyMissing());
  const absl::Status missing = Zone::Load("Europe/Atlantis").status();
  EXPECT_THAT(missing, HasReason(Reason::kTimeZoneMissing));
  EXPECT_THAT(std::string(missing.message()), testing::HasSubstr("tzdata"));
  EXPECT_TRUE(Zone::AnyMissing());
}

TEST(ZoneTest, WeeksAreAsLongAsTheirClocksSay) {
  struct Row {
    std::string zone;
    absl::CivilDay monday;
    Duration length;
  };
  const Row rows[] = {
      {"America/New_York", absl::CivilDay(2026, 3, 2), std::chrono::hours{167}},
      {"Europe/Berlin", absl::CivilDay(2026, 10, 19), std::chrono::hours{169}},
      {"Australia/Lord_Howe", absl::CivilDay(2026, 3, 30), std::chrono::minutes{168 * 60 + 30}},
      {"UTC", absl::CivilDay(2026, 3, 2), std::chrono::hours{168}},
  };
  for (const Row& row : rows) {
    const Zone zone = In(row.zone);
    EXPECT_EQ(zone.StartOf(row.monday + 7) - zone.StartOf(row.monday), row.length) << row.zone;
  }
}

TEST(ZoneTest, ADayWithoutMidnightBeginsWithItsFirstInstant) {
  const Zone santiago = In("America/Santiago");
  const absl::CivilDay day(2026, 9, 6);
  EXPECT_EQ(santiago.StartOf(day), At("2026-09-06T04:00:00Z"));
  EXPECT_EQ(santiago.StartOf(day + 1) - santiago.StartOf(day), std::chrono::hours{23});
  EXPECT_EQ(santiago.DayOf(santiago.StartOf(day)), day);
  EXPECT_EQ(santiago.DayOf(santiago.StartOf(day) - Duration{1}), day - 1);
}

TEST(ZoneTest, ATimeThatClocksSkipOrRepeatHasOneInstant) {
  struct Row {
    std::string zone;
    absl::CivilSecond local;
    std::string instant;
  };
  for (const Row& row : {
           Row{"Europe/Berlin", absl::CivilSecond(2026, 7, 1, 9, 30, 5), "2026-07-01T07:30:05Z"},
           // Clocks go from 02:00 to 03:00: all that they skip is the instant of the change.
           Row{"Europe/Berlin", absl::CivilSecond(2026, 3, 29, 1, 59, 59), "2026-03-29T00:59:59Z"},
           Row{"Europe/Berlin", absl::CivilSecond(2026, 3, 29, 2, 0, 0), "2026-03-29T01:00:00Z"},
           Row{"Europe/Berlin", absl::CivilSecond(2026, 3, 29, 2, 30, 0), "2026-03-29T01:00:00Z"},
           Row{"Europe/Berlin", absl::CivilSecond(2026, 3, 29, 3, 0, 0), "2026-03-29T01:00:00Z"},
           // They go from 03:00 back to 02:00: the first 02:30 counts.
           Row{"Europe/Berlin", absl::CivilSecond(2026, 10, 25, 2, 30, 0), "2026-10-25T00:30:00Z"},
           Row{"Europe/Berlin", absl::CivilSecond(2026, 10, 25, 3, 0, 0), "2026-10-25T02:00:00Z"},
           Row{"America/Santiago", absl::CivilSecond(2026, 9, 6, 0, 0, 0), "2026-09-06T04:00:00Z"},
       }) {
    EXPECT_EQ(FormatTime(In(row.zone).At(row.local)), FormatTime(At(row.instant)))
        << row.zone << " " << row.local;
  }
}

TEST(ZoneTest, ADayThatHasMidnightTwiceBeginsWithTheFirst) {
  // Havana went from 01:00 back to 00:00 on 2 November 2025. The day is in the past, because a law
  // may change a day to come.
  const Zone havana = In("America/Havana");
  const absl::CivilDay day(2025, 11, 2);
  EXPECT_EQ(havana.StartOf(day), At("2025-11-02T04:00:00Z"));
  EXPECT_EQ(havana.StartOf(day + 1) - havana.StartOf(day), std::chrono::hours{25});
}

TEST(ZoneTest, ADaysInstantsAreThoseFromItsStartToTheNext) {
  for (const std::string name : {"Europe/Berlin", "America/Santiago", "Australia/Lord_Howe",
                                 "Asia/Kathmandu", "Pacific/Apia"}) {
    const Zone zone = In(name);
    for (absl::CivilDay day(2026, 1, 1); day < absl::CivilDay(2027, 1, 1); ++day) {
      ASSERT_EQ(zone.DayOf(zone.StartOf(day)), day) << name;
      ASSERT_EQ(zone.DayOf(zone.StartOf(day + 1) - Duration{1}), day) << name;
    }
  }
}

TEST(ZoneTest, ADayThatAZoneSkippedIsNoDay) {
  const Zone apia = In("Pacific/Apia");
  EXPECT_EQ(apia.DayAfter(absl::CivilDay(2011, 12, 28)), absl::CivilDay(2011, 12, 29));
  EXPECT_EQ(apia.DayAfter(absl::CivilDay(2011, 12, 29)), absl::CivilDay(2011, 12, 31));
  EXPECT_EQ(apia.DayAfter(absl::CivilDay(2011, 12, 31)), absl::CivilDay(2012, 1, 1));
  EXPECT_EQ(In("UTC").DayAfter(absl::CivilDay(2011, 12, 29)), absl::CivilDay(2011, 12, 30));
  EXPECT_EQ(In("America/Santiago").DayAfter(absl::CivilDay(2026, 9, 5)),
            absl::CivilDay(2026, 9, 6));
}

TEST(ZoneTest, MonthsKeepDayAndClockOrTakeTheMonthsLastDay) {
  struct Row {
    std::string zone;
    std::string from;
    int months;
    std::string to;
  };
  const Row rows[] = {
      {"UTC", "2026-01-31T10:00:00Z", 1, "2026-02-28T10:00:00Z"},
      {"UTC", "2028-01-31T10:00:00Z", 1, "2028-02-29T10:00:00Z"},
      {"UTC", "2026-01-31T10:00:00Z", 2, "2026-03-31T10:00:00Z"},
      {"UTC", "2026-12-15T10:00:00.000001Z", 12, "2027-12-15T10:00:00.000001Z"},
      {"UTC", "2026-05-31T10:00:00Z", 1200, "2126-05-31T10:00:00Z"},
      {"UTC", "2026-03-31T10:00:00Z", -1, "2026-02-28T10:00:00Z"},
      // 10:00 in Berlin stays 10:00 through the change to summer time.
      {"Europe/Berlin", "2026-03-15T09:00:00Z", 1, "2026-04-15T08:00:00Z"},
      // 02:30 on 29 March does not exist there, so the result is the instant of the change.
      {"Europe/Berlin", "2026-02-28T01:30:00Z", 1, "2026-03-28T01:30:00Z"},
      {"Europe/Berlin", "2026-01-29T01:30:00Z", 2, "2026-03-29T01:00:00Z"},
      // 02:30 on 25 October exists twice; the first one counts.
      {"Europe/Berlin", "2026-09-25T00:30:00Z", 1, "2026-10-25T00:30:00Z"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(FormatTime(In(row.zone).AddMonths(At(row.from), row.months)), FormatTime(At(row.to)))
        << row.zone << " " << row.from << " + " << row.months;
  }
}

TEST(IntervalTest, IsHalfOpen) {
  const Interval interval{At("2026-01-01T00:00:00Z"), At("2026-01-02T00:00:00Z")};
  EXPECT_TRUE(interval.Contains(interval.start));
  EXPECT_FALSE(interval.Contains(interval.end));
  EXPECT_TRUE(interval.Contains(interval.end - Duration{1}));
  EXPECT_FALSE(interval.Contains(interval.start - Duration{1}));
}

}  // namespace
}  // namespace perigee::tests
