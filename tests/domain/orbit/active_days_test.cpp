#include "server/domain/orbit/active_days.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/civil_time.h"
#include "server/domain/orbit/activity_type.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Act;
using domain::ActiveDay;

domain::ActivityType Weighing(int weight) {
  domain::ActivityType type;
  type.weight = weight;
  return type;
}

TEST(ActiveDaysTest, ADayHasItsGreatestWeightAndTheFirstActivityOfThat) {
  const domain::ActivityType light = Weighing(2);
  const domain::ActivityType heavy = Weighing(7);
  const domain::ActivityType purchase = Weighing(0);
  const absl::CivilDay day(2026, 5, 1);
  const std::vector<Act> acts = {{Time{}, day + 1, &light, 5},
                                 {Time{}, day, &light, 1},
                                 {Time{}, day, &heavy, 3},
                                 {Time{}, day, &heavy, 2},
                                 {Time{}, day + 2, &purchase, 6}};
  EXPECT_THAT(domain::ActiveDaysOf(acts, kEndOfTime),
              testing::ElementsAre(ActiveDay{day, 7, 2}, ActiveDay{day + 1, 2, 5}));
}

TEST(ActiveDaysTest, AThousandPurchasesMakeNoDay) {
  const domain::ActivityType purchase = Weighing(0);
  std::vector<Act> acts;
  for (int i = 0; i < 1000; ++i) {
    acts.push_back({Time{}, absl::CivilDay(2026, 1, 1) + i % 300, &purchase, i});
  }
  EXPECT_THAT(domain::ActiveDaysOf(acts, kBeginningOfTime), testing::IsEmpty());
}

TEST(ActiveDaysTest, AWeightThatWasTakenAwayCountsFromTheGivenTimeOn) {
  domain::ActivityType type = Weighing(8);
  const Time lowered(std::chrono::hours(100));
  domain::SetWeight(type, 3, lowered);
  const absl::CivilDay day(2026, 5, 1);
  const std::vector<Act> before = {{lowered - std::chrono::hours(1), day, &type, 1}};
  EXPECT_EQ(domain::ActiveDaysOf(before, kBeginningOfTime)[0].weight, 8);
  EXPECT_EQ(domain::ActiveDaysOf(before, lowered)[0].weight, 3);
  const std::vector<Act> after = {{lowered + std::chrono::hours(1), day, &type, 1}};
  EXPECT_EQ(domain::ActiveDaysOf(after, kBeginningOfTime)[0].weight, 3);
}

// Santiago's clocks skip midnight of 2026-09-06.
TEST(ActiveDaysTest, ADayWithoutMidnightIsADay) {
  const absl::StatusOr<Zone> zone = Zone::Parse("America/Santiago", "time_zone");
  ASSERT_THAT(zone, IsOk());
  const absl::CivilDay day(2026, 9, 6);
  const Time start = zone->StartOf(day);
  EXPECT_EQ(zone->DayOf(start), day);
  EXPECT_EQ(zone->DayOf(start - std::chrono::microseconds(1)), day - 1);
  const std::vector<Act> acts = {
      {start, zone->DayOf(start), nullptr, 1},
      {start - std::chrono::hours(1), zone->DayOf(start - std::chrono::hours(1)), nullptr, 2}};
  EXPECT_EQ(domain::ActiveDaysOf(acts, kEndOfTime).size(), 2U);
}

}  // namespace
}  // namespace perigee::tests
