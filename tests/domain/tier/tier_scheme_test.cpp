#include "server/domain/tier/tier_scheme.h"

#include <cstdint>
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "server/domain/record/wire.h"
#include "tests/domain/tier/tier_schemes.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::TierScheme;

TEST(TierSchemeTest, EveryLimitHasItsField) {
  struct Row {
    const char* field;
    std::function<void(TierScheme&)> change;
  };
  for (const Row& row : {
           Row{"scheme.name", [](TierScheme& s) { s.id = "Loyalty"; }},
           Row{"scheme.display_name", [](TierScheme& s) { s.display_name = ""; }},
           Row{"scheme.asset", [](TierScheme& s) { s.asset = ""; }},
           Row{"scheme.window_months", [](TierScheme& s) { s.window_months = 0; }},
           Row{"scheme.window_months", [](TierScheme& s) { s.window_months = 37; }},
           Row{"scheme.review_months", [](TierScheme& s) { s.review_months = 0; }},
           Row{"scheme.review_months", [](TierScheme& s) { s.review_months = 13; }},
           Row{"scheme.low_water_percent", [](TierScheme& s) { s.low_water_percent = 0; }},
           Row{"scheme.low_water_percent", [](TierScheme& s) { s.low_water_percent = 101; }},
           Row{"scheme.grace_days", [](TierScheme& s) { s.grace_days = -1; }},
           Row{"scheme.grace_days", [](TierScheme& s) { s.grace_days = 91; }},
           Row{"scheme.notice_days", [](TierScheme& s) { s.notice_days = 13; }},
           Row{"scheme.notice_days", [](TierScheme& s) { s.notice_days = 91; }},
           Row{"scheme.levels", [](TierScheme& s) { s.levels.clear(); }},
           Row{"scheme.levels", [](TierScheme& s) { s.levels.resize(21, s.levels[0]); }},
           Row{"scheme.levels[1].id", [](TierScheme& s) { s.levels[1].id = "Silver"; }},
           Row{"scheme.levels[2].id", [](TierScheme& s) { s.levels[2].id = "bronze"; }},
           Row{"scheme.levels[1].display_name",
               [](TierScheme& s) { s.levels[1].display_name = ""; }},
           Row{"scheme.levels[0].at_least", [](TierScheme& s) { s.levels[0].at_least = 0; }},
           Row{"scheme.levels[1].at_least", [](TierScheme& s) { s.levels[1].at_least = 100; }},
           Row{"scheme.levels[2].at_least",
               [](TierScheme& s) { s.levels[2].at_least = domain::kTierAtLeastMax + 1; }},
       }) {
    TierScheme scheme = LoyaltyScheme();
    row.change(scheme);
    EXPECT_THAT(domain::CheckTierScheme(scheme), IsInvalidField(row.field));
  }
  EXPECT_THAT(domain::CheckTierScheme(LoyaltyScheme()), IsOk());
}

TEST(TierSchemeTest, TheWindowBeginsWithTheDayMonthsBefore) {
  struct Row {
    const char* zone;
    int months;
    const char* now;
    const char* start;
  };
  for (const Row& row : {
           Row{"UTC", 12, "2026-11-30T15:00:00Z", "2025-11-30T00:00:00Z"},
           Row{"UTC", 1, "2026-03-31T15:00:00Z", "2026-02-28T00:00:00Z"},
           Row{"UTC", 1, "2028-03-31T15:00:00Z", "2028-02-29T00:00:00Z"},
           Row{"UTC", 12, "2028-02-29T15:00:00Z", "2027-02-28T00:00:00Z"},
           Row{"UTC", 1, "2026-07-31T00:00:00Z", "2026-06-30T00:00:00Z"},
           // From summer to winter time and back.
           Row{"Europe/Berlin", 1, "2026-11-10T12:00:00Z", "2026-10-09T22:00:00Z"},
           Row{"Europe/Berlin", 1, "2026-04-10T12:00:00Z", "2026-03-09T23:00:00Z"},
           // 23:30 UTC is the next day there.
           Row{"Europe/Berlin", 12, "2026-06-30T23:30:00Z", "2025-06-30T22:00:00Z"},
           // That day begins at 01:00.
           Row{"America/Santiago", 1, "2026-10-06T12:00:00Z", "2026-09-06T04:00:00Z"},
       }) {
    TierScheme scheme = LoyaltyScheme();
    scheme.window_months = row.months;
    const Interval window = domain::WindowAt(scheme, *Zone::Load(row.zone), Utc(row.now));
    EXPECT_EQ(FormatTime(window.start), FormatTime(Utc(row.start))) << row.now;
    EXPECT_EQ(window.end, kEndOfTime) << row.now;
  }
}

TEST(TierSchemeTest, AReviewIsWhereADayBegins) {
  struct Row {
    const char* zone;
    int months;
    const char* now;
    const char* review;
  };
  for (const Row& row : {
           Row{"UTC", 12, "2026-11-30T15:00:00Z", "2027-11-30T00:00:00Z"},
           Row{"UTC", 1, "2026-01-31T15:00:00Z", "2026-02-28T00:00:00Z"},
           Row{"UTC", 1, "2028-01-31T15:00:00Z", "2028-02-29T00:00:00Z"},
           Row{"UTC", 3, "2026-08-31T15:00:00Z", "2026-11-30T00:00:00Z"},
           Row{"Europe/Berlin", 6, "2026-06-10T12:00:00Z", "2026-12-09T23:00:00Z"},
           Row{"America/Santiago", 1, "2026-08-06T12:00:00Z", "2026-09-06T04:00:00Z"},
       }) {
    TierScheme scheme = LoyaltyScheme();
    scheme.review_months = row.months;
    EXPECT_EQ(FormatTime(domain::ReviewAfter(scheme, *Zone::Load(row.zone), Utc(row.now))),
              FormatTime(Utc(row.review)));
  }
}

TEST(TierSchemeTest, LevelsAreReachedAndKeptByTheirMarks) {
  struct Row {
    std::int64_t earned;
    int reached;
    int kept;  // Of gold.
  };
  const TierScheme scheme = LoyaltyScheme();
  for (const Row& row : {Row{-5, -1, -1}, Row{89, -1, -1}, Row{90, -1, 0}, Row{100, 0, 0},
                         Row{449, 0, 0}, Row{450, 0, 1}, Row{500, 1, 1}, Row{899, 1, 1},
                         Row{900, 1, 2}, Row{1000, 2, 2}, Row{5000, 2, 2}}) {
    EXPECT_EQ(domain::LevelReached(scheme, row.earned), row.reached) << row.earned;
    EXPECT_EQ(domain::LevelKept(scheme, 2, row.earned), row.kept) << row.earned;
  }
  EXPECT_EQ(domain::LevelKept(scheme, -1, 5000), -1);
  EXPECT_EQ(domain::FindLevel(scheme, "silver"), 1);
  EXPECT_EQ(domain::FindLevel(scheme, "lead"), -1);
}

TEST(TierSchemeTest, ALowWaterMarkIsRoundedUpAndDoesNotOverflow) {
  TierScheme scheme = LoyaltyScheme();
  scheme.levels = {{"one", "One", 5}, {"top", "Top", domain::kTierAtLeastMax}};
  EXPECT_EQ(domain::LowWater(scheme, 0), 5);
  EXPECT_EQ(domain::LowWater(scheme, 1), domain::kTierAtLeastMax / 10 * 9);
  scheme.low_water_percent = 1;
  EXPECT_EQ(domain::LowWater(scheme, 0), 1);
}

TEST(TierSchemeTest, ItSurvivesItsBytes) {
  const TierScheme scheme = LoyaltyScheme();
  const domain::RecordType& type = domain::TypeOf<TierScheme>();
  const auto read = domain::DecodeRecord(
      type, domain::EncodeRecord(type, &scheme, domain::WireSink::Part::kPlain),
      domain::EncodeRecord(type, &scheme, domain::WireSink::Part::kPersonal), 12);
  ASSERT_NE(read, nullptr);
  const auto& again = *static_cast<const TierScheme*>(read.get());
  EXPECT_EQ(again.levels, scheme.levels);
  EXPECT_EQ(again.display_name, "Loyalty");
  EXPECT_EQ(again.notice_days, 30);
}

}  // namespace
}  // namespace perigee::tests
