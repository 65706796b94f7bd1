#include "server/domain/thanks/thanks.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/civil_time.h"
#include "server/core/error.h"
#include "server/domain/program/program.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Program;
using domain::ThanksPeriod;

Time At(const char* text) { return ParseTime(text).value(); }

Interval PeriodAt(ThanksPeriod period, const char* zone, const char* time) {
  Program program;
  program.thanks_period = period;
  return domain::ThanksPeriodAt(program, Zone::Load(zone).value(), At(time));
}

TEST(ThanksTest, NoveltyFallsWithEachThanksToTheSameReceiver) {
  EXPECT_DOUBLE_EQ(domain::Novelty(0), 1.0);
  EXPECT_DOUBLE_EQ(domain::Novelty(1), 0.5);
  EXPECT_DOUBLE_EQ(domain::Novelty(2), 1.0 / 3.0);
  EXPECT_DOUBLE_EQ(domain::Novelty(9), 0.1);
}

TEST(ThanksTest, TheTextHasItsLimits) {
  EXPECT_THAT(domain::CheckThanksText(""), IsInvalidField("text"));
  EXPECT_THAT(domain::CheckThanksText(std::string(domain::kThanksTextBytesMax, 'a')), IsOk());
  EXPECT_THAT(domain::CheckThanksText(std::string(domain::kThanksTextBytesMax + 1, 'a')),
              IsInvalidField("text"));
}

TEST(ThanksTest, AWeekBeginsOnMondayInTheZone) {
  // 2026-11-30 is a Monday.
  const Interval week = PeriodAt(ThanksPeriod::kWeek, "UTC", "2026-12-06T23:59:59Z");
  EXPECT_EQ(week.start, At("2026-11-30T00:00:00Z"));
  EXPECT_EQ(week.end, At("2026-12-07T00:00:00Z"));
  EXPECT_EQ(PeriodAt(ThanksPeriod::kUnset, "UTC", "2026-11-30T00:00:00Z"), week);
  EXPECT_EQ(PeriodAt(ThanksPeriod::kWeek, "UTC", "2026-11-29T23:59:59Z").end, week.start);
  EXPECT_EQ(PeriodAt(ThanksPeriod::kWeek, "Asia/Tokyo", "2026-11-29T15:00:00Z").start,
            At("2026-11-29T15:00:00Z"));
  // Summer time begins in this week, so it lasts 167 hours.
  const Interval spring = PeriodAt(ThanksPeriod::kWeek, "America/New_York", "2026-03-04T12:00:00Z");
  EXPECT_EQ(spring.end - spring.start, std::chrono::hours(167));
}

TEST(ThanksTest, AMonthIsThatOfTheZone) {
  const Interval month = PeriodAt(ThanksPeriod::kMonth, "Europe/Berlin", "2026-11-30T23:30:00Z");
  EXPECT_EQ(month.start, At("2026-11-30T23:00:00Z"));
  EXPECT_EQ(month.end, At("2026-12-31T23:00:00Z"));
}

TEST(ThanksTest, ABudgetThatIsSpentSaysWhenTheNextOneStarts) {
  domain::ThanksBudget budget;
  budget.limit = 3;
  budget.used = 2;
  budget.period.end = At("2026-12-07T00:00:00Z");
  EXPECT_THAT(domain::CheckBudget(budget), IsOk());
  for (const int used : {3, 4}) {
    budget.used = used;
    const absl::Status spent = domain::CheckBudget(budget);
    ASSERT_THAT(spent, HasReason(Reason::kThanksBudgetSpent));
    EXPECT_EQ(MetadataOf(spent).at("limit"), "3");
    EXPECT_EQ(MetadataOf(spent).at("used"), std::to_string(used));
    EXPECT_EQ(MetadataOf(spent).at("next_period_time"), FormatTime(budget.period.end));
  }
}

TEST(ThanksTest, TheLimitOfAProgrammeHasADefault) {
  Program program;
  EXPECT_EQ(domain::ThanksLimitOf(program), 3);
  program.thanks_limit = 1;
  EXPECT_EQ(domain::ThanksLimitOf(program), 1);
  program.id = program.display_name = "acme";
  for (const int limit : {0, domain::kThanksLimitMax}) {
    program.thanks_limit = limit;
    EXPECT_THAT(domain::ValidateProgram(program), IsOk());
  }
  for (const int limit : {-1, domain::kThanksLimitMax + 1}) {
    program.thanks_limit = limit;
    EXPECT_THAT(domain::ValidateProgram(program), IsInvalidField("program.thanks_limit"));
  }
}

}  // namespace
}  // namespace perigee::tests
