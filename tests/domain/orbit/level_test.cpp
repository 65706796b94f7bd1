#include "server/domain/orbit/level.h"

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perigee::tests {
namespace {

using absl::CivilDay;
using domain::ActiveDay;
using domain::OrbitLevel;
using domain::OrbitRule;
using domain::PresenceUnit;
using domain::ReachedBetween;

// Active days of weight 1, by their first day and the days after it.
std::vector<ActiveDay> Days(std::vector<CivilDay> days, int weight = 1) {
  std::ranges::sort(days);
  std::vector<ActiveDay> active;
  for (const CivilDay& day : days) {
    active.push_back({day, weight, 1});
  }
  return active;
}

std::vector<CivilDay> DaysFrom(CivilDay first, int count) {
  std::vector<CivilDay> days;
  for (int i = 0; i < count; ++i) {
    days.push_back(first + i);
  }
  return days;
}

std::vector<CivilDay> Joined(std::vector<std::vector<CivilDay>> runs) {
  std::vector<CivilDay> all;
  for (const auto& run : runs) {
    all.insert(all.end(), run.begin(), run.end());
  }
  return all;
}

int IndexOn(const std::vector<ActiveDay>& days, CivilDay day) {
  return ReachedBetween(days, day, day).index;
}

TEST(OrbitLevelTest, TheTableOfTheModel) {
  struct Row {
    int index;
    OrbitLevel level;
    int step;
  };
  for (const Row& row :
       {Row{1, OrbitLevel::kExploring, 3}, Row{2, OrbitLevel::kExploring, 2},
        Row{3, OrbitLevel::kExploring, 1}, Row{4, OrbitLevel::kParticipating, 3},
        Row{5, OrbitLevel::kParticipating, 2}, Row{6, OrbitLevel::kParticipating, 1},
        Row{7, OrbitLevel::kContributing, 3}, Row{8, OrbitLevel::kContributing, 2},
        Row{9, OrbitLevel::kContributing, 1}, Row{10, OrbitLevel::kLeading, 3},
        Row{11, OrbitLevel::kLeading, 2}, Row{12, OrbitLevel::kLeading, 1}}) {
    EXPECT_EQ(domain::LevelOf(row.index), row.level) << row.index;
    EXPECT_EQ(domain::StepOf(row.index), row.step) << row.index;
  }
  EXPECT_EQ(static_cast<int>(OrbitLevel::kLeading), 1);
}

TEST(OrbitLevelTest, SpansOfTheCalendar) {
  const CivilDay new_year(2027, 1, 1);  // A Friday, of week 53 of 2026.
  EXPECT_EQ(domain::FirstDayOf(PresenceUnit::kWeek, new_year), CivilDay(2026, 12, 28));
  EXPECT_EQ(domain::LastDayOf(PresenceUnit::kWeek, new_year), CivilDay(2027, 1, 3));
  EXPECT_EQ(domain::FirstDayOf(PresenceUnit::kWeek, CivilDay(2026, 12, 28)),
            CivilDay(2026, 12, 28));
  EXPECT_EQ(domain::LastDayOf(PresenceUnit::kMonth, CivilDay(2028, 2, 1)), CivilDay(2028, 2, 29));
  EXPECT_EQ(domain::FirstDayOf(PresenceUnit::kQuarter, CivilDay(2026, 6, 30)),
            CivilDay(2026, 4, 1));
  EXPECT_EQ(domain::LastDayOf(PresenceUnit::kQuarter, CivilDay(2026, 4, 1)), CivilDay(2026, 6, 30));
}

TEST(OrbitLevelTest, ReviewsBeginTheCalendarsSpans) {
  const CivilDay day(2026, 11, 30);
  EXPECT_EQ(domain::ReviewsAround(day, 1).last, CivilDay(2026, 11, 1));
  EXPECT_EQ(domain::ReviewsAround(day, 1).next, CivilDay(2026, 12, 1));
  EXPECT_EQ(domain::ReviewsAround(day, 3).last, CivilDay(2026, 10, 1));
  EXPECT_EQ(domain::ReviewsAround(day, 3).next, CivilDay(2027, 1, 1));
  EXPECT_EQ(domain::ReviewsAround(day, 12).last, CivilDay(2026, 1, 1));
  EXPECT_EQ(domain::ReviewsAround(day, 12).next, CivilDay(2027, 1, 1));
  EXPECT_EQ(domain::ReviewsAround(CivilDay(2026, 10, 1), 3).last, CivilDay(2026, 10, 1));
}

TEST(OrbitLevelTest, EveryWeightGivesItsIndex) {
  const CivilDay day(2026, 5, 6);
  for (int weight = 1; weight <= domain::kOrbitIndexMax; ++weight) {
    const auto reached = ReachedBetween(Days({day}, weight), day, day);
    EXPECT_EQ(reached.index, weight);
    EXPECT_EQ(reached.rule, OrbitRule::kWeight);
    EXPECT_EQ(reached.day.day, day);
  }
  EXPECT_EQ(IndexOn({}, day), 0);
  EXPECT_EQ(ReachedBetween({}, day, day).rule, OrbitRule::kNone);
}

TEST(OrbitLevelTest, EveryMilestoneGivesItsIndex) {
  struct Row {
    std::string what;
    std::vector<CivilDay> days;
    CivilDay today;
    int index;
  };
  const CivilDay monday(2026, 5, 4);
  const CivilDay may(2026, 5, 1);
  const CivilDay march(2026, 3, 1);
  const CivilDay april(2026, 4, 1);
  const CivilDay quarter(2026, 4, 1);
  const std::vector<Row> rows = {
      {"one day", {monday}, monday, 1},
      {"two days in two weeks", {monday - 1, monday}, monday, 1},
      {"two days in a week", {monday, monday + 6}, monday + 6, 4},
      {"two weeks", {monday, monday + 6, monday + 7, monday + 8}, monday + 8, 5},
      {"three weeks",
       Joined({{monday, monday + 1}, {monday + 7, monday + 9}, {monday + 14, monday + 20}}),
       monday + 20, 6},
      {"four weeks",
       Joined({{monday - 14, monday - 13},
               {monday - 7, monday - 5},
               {monday, monday + 6},
               {monday + 7, monday + 8}}),
       monday + 8, 6},
      {"a gap of a week", Joined({{monday, monday + 1}, {monday + 14, monday + 20}}), monday + 20,
       4},
      {"six days in a month", DaysFrom(may, 6), may + 5, 5},
      {"seven days in a month", DaysFrom(may, 7), may + 6, 7},
      {"two months", Joined({DaysFrom(april, 7), DaysFrom(may, 7)}), may + 6, 8},
      {"three months", Joined({DaysFrom(march, 7), DaysFrom(april, 7), DaysFrom(may, 7)}), may + 6,
       9},
      {"29 days in a quarter", DaysFrom(quarter, 29), quarter + 28, 7},
      {"30 days in a quarter", DaysFrom(quarter, 30), quarter + 29, 10},
      {"two quarters", Joined({DaysFrom(CivilDay(2026, 1, 1), 30), DaysFrom(quarter, 30)}),
       quarter + 29, 11},
      {"three quarters",
       Joined({DaysFrom(CivilDay(2025, 10, 1), 30), DaysFrom(CivilDay(2026, 1, 1), 30),
               DaysFrom(quarter, 30)}),
       quarter + 29, 12},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(IndexOn(Days(row.days), row.today), row.index) << row.what;
  }
}

TEST(OrbitLevelTest, ARowOfSpansEndsAtMostOneSpanAgo) {
  const CivilDay monday(2026, 5, 4);
  const auto days = Days({monday, monday + 1, monday + 7, monday + 8});
  EXPECT_EQ(IndexOn(days, monday + 13), 5);
  EXPECT_EQ(IndexOn(days, monday + 20), 5);
  EXPECT_EQ(IndexOn(days, monday + 21), 4) << "one week of them still counts";
  EXPECT_EQ(IndexOn(days, CivilDay(2027, 5, 10)), 4);
  EXPECT_EQ(IndexOn(days, CivilDay(2027, 5, 11)), 1) << "a single day is left of the last week";
  EXPECT_EQ(IndexOn(days, CivilDay(2027, 5, 12)), 0);
}

TEST(OrbitLevelTest, ThreeQuartersAreNeverCutByTheYear) {
  const auto days =
      Days(Joined({DaysFrom(CivilDay(2025, 1, 1), 30), DaysFrom(CivilDay(2025, 4, 1), 30),
                   DaysFrom(CivilDay(2025, 7, 1), 30)}));
  EXPECT_EQ(IndexOn(days, CivilDay(2025, 12, 31)), 12);
  EXPECT_EQ(IndexOn(days, CivilDay(2026, 1, 1)), 10);
}

TEST(OrbitLevelTest, AWeightCountsForAYear) {
  const auto days = Days({CivilDay(2026, 5, 6)}, 11);
  EXPECT_EQ(IndexOn(days, CivilDay(2026, 5, 5)), 0);
  EXPECT_EQ(IndexOn(days, CivilDay(2027, 5, 5)), 11);
  EXPECT_EQ(IndexOn(days, CivilDay(2027, 5, 6)), 0);
  const auto leap = Days({CivilDay(2028, 2, 29)}, 11);
  EXPECT_EQ(IndexOn(leap, CivilDay(2029, 2, 28)), 11);
  EXPECT_EQ(IndexOn(leap, CivilDay(2029, 3, 1)), 0);
}

TEST(OrbitLevelTest, AnIndexIsHeldFromTheReviewOn) {
  // The year of the activity ends on 2026-10-20, after the review of 2026-10-01.
  const auto days = Days({CivilDay(2025, 10, 21)}, 10);
  const CivilDay review(2026, 10, 1);
  EXPECT_EQ(ReachedBetween(days, review, CivilDay(2026, 12, 31)).index, 10);
  EXPECT_EQ(IndexOn(days, CivilDay(2026, 12, 31)), 0);
  EXPECT_EQ(ReachedBetween(days, CivilDay(2027, 1, 1), CivilDay(2027, 1, 1)).index, 0);
}

TEST(OrbitLevelTest, ARowThatLivedSinceTheReviewIsHeld) {
  const CivilDay monday(2026, 10, 5);
  const auto days = Days({monday, monday + 1, monday + 7, monday + 8, monday + 14, monday + 15});
  EXPECT_EQ(ReachedBetween(days, CivilDay(2026, 10, 1), CivilDay(2026, 12, 31)).index, 6);
  EXPECT_EQ(IndexOn(days, CivilDay(2026, 12, 31)), 4);
}

TEST(OrbitLevelTest, PresenceIsExplainedByItsSpans) {
  const CivilDay may(2026, 5, 1);
  const auto reached = ReachedBetween(
      Days(Joined({DaysFrom(CivilDay(2026, 4, 1), 9), DaysFrom(may, 7)})), may + 6, may + 6);
  EXPECT_EQ(reached.rule, OrbitRule::kPresence);
  EXPECT_EQ(reached.milestone.unit, PresenceUnit::kMonth);
  ASSERT_EQ(reached.spans, 2);
  EXPECT_EQ(reached.presence[0].first_day, CivilDay(2026, 4, 1));
  EXPECT_EQ(reached.presence[0].active_days, 9);
  EXPECT_EQ(reached.presence[1].active_days, 7);
}

TEST(OrbitLevelTest, TheLatestActivityOfTheGreatestWeightExplains) {
  std::vector<ActiveDay> days = {
      {CivilDay(2026, 1, 1), 5, 11}, {CivilDay(2026, 2, 1), 5, 12}, {CivilDay(2026, 3, 1), 4, 13}};
  const auto reached = ReachedBetween(days, CivilDay(2026, 4, 1), CivilDay(2026, 4, 1));
  EXPECT_EQ(reached.day.activity, 12);
}

TEST(OrbitLevelTest, GoalsSayHowManyMoreDays) {
  const CivilDay may(2026, 5, 1);  // A Friday.
  const auto goals = domain::GoalsAbove(1, Days(DaysFrom(may, 3)), CivilDay(2026, 5, 4));
  ASSERT_EQ(goals.size(), 3U);
  EXPECT_EQ(goals[0].unit, PresenceUnit::kWeek);
  EXPECT_EQ(goals[0].more_days, 2);
  EXPECT_EQ(goals[0].index, 5) << "the week before was one too";
  EXPECT_EQ(goals[0].last_day, CivilDay(2026, 5, 10));
  EXPECT_EQ(goals[1].unit, PresenceUnit::kMonth);
  EXPECT_EQ(goals[1].more_days, 4);
  EXPECT_EQ(goals[1].index, 7);
  EXPECT_EQ(goals[2].unit, PresenceUnit::kQuarter);
  EXPECT_EQ(goals[2].more_days, 27);
}

TEST(OrbitLevelTest, GoalsThatCannotBeReachedAreNotNamed) {
  const CivilDay last(2026, 5, 31);  // A Sunday.
  EXPECT_THAT(domain::GoalsAbove(0, {}, last),
              testing::ElementsAre(testing::Field(&domain::PresenceGoal::more_days, 30)));
  // Today is spent: one more day cannot be had this month, but in the quarter.
  const auto goals = domain::GoalsAbove(6, Days(DaysFrom(last - 5, 6)), last);
  ASSERT_EQ(goals.size(), 1U);
  EXPECT_EQ(goals[0].unit, PresenceUnit::kQuarter);
  EXPECT_THAT(domain::GoalsAbove(12, Days(DaysFrom(last - 5, 6)), last), testing::IsEmpty());
}

// What a goal promises comes true.
TEST(OrbitLevelTest, AFulfilledGoalGivesItsIndex) {
  std::mt19937 random(7);
  const CivilDay today(2026, 5, 13);
  for (int round = 0; round < 300; ++round) {
    std::vector<CivilDay> days;
    for (int i = 0; i < 200; ++i) {
      if (random() % 3 == 0) {
        days.push_back(today - i);
      }
    }
    const int index = IndexOn(Days(days), today);
    for (const auto& goal : domain::GoalsAbove(index, Days(days), today)) {
      std::vector<CivilDay> more = days;
      CivilDay day = today;
      for (int left = goal.more_days; left > 0; ++day) {
        ASSERT_LE(day, goal.last_day);
        if (std::ranges::find(more, day) == more.end()) {
          more.push_back(day);
          --left;
        }
      }
      EXPECT_GE(IndexOn(Days(more), day - 1), goal.index);
    }
  }
}

TEST(OrbitLevelTest, RaisingAWeightOrAddingADayNeverLowersAnIndex) {
  std::mt19937 random(42);
  const CivilDay today(2026, 11, 30);
  for (int round = 0; round < 500; ++round) {
    std::vector<ActiveDay> days;
    for (int i = 500; i >= 0; --i) {
      if (random() % 4 == 0) {
        days.push_back({today - i, static_cast<int>(random() % 12) + 1, i});
      }
    }
    if (days.empty()) {
      continue;
    }
    const CivilDay review = domain::ReviewsAround(today, round % 2 == 0 ? 3 : 12).last;
    const int held = ReachedBetween(days, review, today).index;
    EXPECT_GE(held, IndexOn(days, today));
    std::vector<ActiveDay> raised = days;
    ActiveDay& one = raised[random() % raised.size()];
    one.weight = std::min(one.weight + 1, 12);
    EXPECT_GE(ReachedBetween(raised, review, today).index, held);
    std::vector<ActiveDay> fewer = days;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(random() % fewer.size()));
    EXPECT_LE(ReachedBetween(fewer, review, today).index, held);
  }
}

// The held index is the greatest index of any day since the review.
TEST(OrbitLevelTest, TheHeldIndexIsTheGreatestSinceTheReview) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    const CivilDay today = CivilDay(2026, 1, 1) + static_cast<int>(random() % 365);
    std::vector<ActiveDay> days;
    const unsigned rarity = 2 + random() % 20;
    for (int i = 800; i >= 0; --i) {
      if (random() % rarity == 0) {
        days.push_back({today - i, static_cast<int>(random() % 3) + 1, i});
      }
    }
    const CivilDay review = domain::ReviewsAround(today, 3).last;
    int greatest = 0;
    for (CivilDay day = review; day <= today; ++day) {
      greatest = std::max(greatest, IndexOn(days, day));
    }
    EXPECT_EQ(ReachedBetween(days, review, today).index, greatest);
  }
}

}  // namespace
}  // namespace perigee::tests
