#include "server/domain/tier/tier_standing.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/domain/tier/tier_schemes.h"

namespace perigee::tests {
namespace {

using domain::TierNews;
using domain::TierOccasion;
using domain::TierScheme;
using domain::TierStanding;
using testing::ElementsAre;
using testing::IsEmpty;

std::string TextOf(const std::optional<Time>& time) { return time ? FormatTime(*time) : "never"; }

// One evaluation after another of one standing.
struct Evaluation {
  const char* now;
  std::int64_t earned;
  TierNews news;  // kNone: none, whatever there was before.
  const char* level;
  const char* due;  // Empty: never.
};
struct Story {
  const char* name;
  std::function<void(TierScheme&)> scheme;
  std::vector<Evaluation> steps;
};

std::ostream& operator<<(std::ostream& out, const Story& story) { return out << story.name; }

class TierStoryTest : public testing::TestWithParam<Story> {};

TEST_P(TierStoryTest, GoesAsWritten) {
  TierScheme scheme = LoyaltyScheme();
  if (GetParam().scheme) {
    GetParam().scheme(scheme);
  }
  TierStanding standing;
  for (const Evaluation& step : GetParam().steps) {
    SCOPED_TRACE(step.now);
    const TierStanding before = standing;
    standing =
        domain::Review(scheme, Berlin(), before, step.earned, TierOccasion::kAny, Utc(step.now));
    EXPECT_EQ(domain::HasNews(before, standing) ? standing.news : TierNews::kNone, step.news);
    EXPECT_EQ(standing.level, step.level);
    EXPECT_EQ(TextOf(standing.due_time), *step.due == '\0' ? "never" : FormatTime(Utc(step.due)));
    if (domain::HasNews(before, standing)) {
      EXPECT_EQ(standing.earned, step.earned);
      EXPECT_EQ(standing.rule_version, 7);
    }
    // Looked at again at once, nothing more happens.
    EXPECT_EQ(
        domain::Review(scheme, Berlin(), standing, step.earned, TierOccasion::kAny, Utc(step.now)),
        standing);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Stories, TierStoryTest,
    testing::Values(
        Story{"BelowTheLowestNothingBegins",
              {},
              {{"2026-01-10T12:00:00Z", 99, TierNews::kNone, "", ""}}},
        Story{
            "PromotionIsAtOnceAndSkipsLevels",
            {},
            {{"2026-01-10T12:00:00Z", 100, TierNews::kPromoted, "bronze", "2026-12-10T23:00:00Z"},
             {"2026-03-01T12:00:00Z", 999, TierNews::kPromoted, "silver", "2027-01-29T23:00:00Z"},
             {"2026-03-02T12:00:00Z", 1000, TierNews::kPromoted, "gold", "2027-01-30T23:00:00Z"}}},
        Story{
            "APromotionIsReviewedATermLaterAlthoughANoticeWasGiven",
            {},
            {{"2026-01-10T12:00:00Z", 500, TierNews::kPromoted, "silver", "2026-12-10T23:00:00Z"},
             {"2026-12-10T23:00:00Z", 300, TierNews::kNoticed, "silver", "2027-01-09T23:00:00Z"},
             {"2026-12-20T12:00:00Z", 1000, TierNews::kPromoted, "gold", "2027-11-19T23:00:00Z"}}},
        Story{"ExactlyTheMarkKeeps",
              {},
              {{"2026-01-10T12:00:00Z", 1000, TierNews::kPromoted, "gold", "2026-12-10T23:00:00Z"},
               {"2026-12-10T23:00:00Z", 900, TierNews::kNone, "gold", "2027-01-09T23:00:00Z"},
               {"2027-01-09T23:00:00Z", 900, TierNews::kKept, "gold", "2027-12-10T23:00:00Z"}}},
        Story{
            "OneBelowTheMarkFallsAtTheReviewAfterItsNotice",
            {},
            {{"2026-01-10T12:00:00Z", 1000, TierNews::kPromoted, "gold", "2026-12-10T23:00:00Z"},
             {"2026-12-10T23:00:00Z", 899, TierNews::kNoticed, "gold", "2027-01-09T23:00:00Z"},
             {"2027-01-09T22:59:59.999999Z", 899, TierNews::kNone, "gold", "2027-01-09T23:00:00Z"},
             {"2027-01-09T23:00:00Z", 899, TierNews::kDemoted, "silver", "2027-12-10T23:00:00Z"}}},
        Story{"BeforeTheNoticeIsDueNobodyIsTold",
              {},
              {{"2026-01-10T12:00:00Z", 1000, TierNews::kPromoted, "gold", "2026-12-10T23:00:00Z"},
               {"2026-06-10T12:00:00Z", 0, TierNews::kNone, "gold", "2026-12-10T23:00:00Z"}}},
        Story{"RecoveryWithdrawsTheNoticeAndTheReviewKeeps",
              {},
              {{"2026-01-10T12:00:00Z", 1000, TierNews::kPromoted, "gold", "2026-12-10T23:00:00Z"},
               {"2026-12-10T23:00:00Z", 0, TierNews::kNoticed, "gold", "2027-01-09T23:00:00Z"},
               {"2026-12-24T12:00:00Z", 900, TierNews::kWithdrawn, "gold", "2027-01-09T23:00:00Z"},
               {"2027-01-09T23:00:00Z", 950, TierNews::kKept, "gold", "2027-12-10T23:00:00Z"}}},
        Story{
            "WhoFirstFailsAtTheReviewIsToldThenAndFallsANoticeLater",
            {},
            {{"2026-01-10T12:00:00Z", 1000, TierNews::kPromoted, "gold", "2026-12-10T23:00:00Z"},
             {"2026-12-10T23:00:00Z", 950, TierNews::kNone, "gold", "2027-01-09T23:00:00Z"},
             {"2027-01-09T23:00:00Z", 100, TierNews::kNoticed, "gold", "2027-02-08T23:00:00Z"},
             {"2027-02-08T23:00:00Z", 100, TierNews::kDemoted, "bronze", "2028-01-09T23:00:00Z"}}},
        Story{"ALateNoticePutsTheFallOff",
              {},
              {{"2026-01-10T12:00:00Z", 1000, TierNews::kPromoted, "gold", "2026-12-10T23:00:00Z"},
               // The servers were down for ten days.
               {"2026-12-20T23:00:00Z", 0, TierNews::kNoticed, "gold", "2027-01-09T23:00:00Z"},
               {"2027-01-09T23:00:00Z", 0, TierNews::kNone, "gold", "2027-01-19T23:00:00Z"},
               {"2027-01-19T23:00:00Z", 0, TierNews::kDemoted, "", ""}}},
        Story{
            "TheGraceBeginsWithTheReview",
            [](TierScheme& scheme) { scheme.grace_days = 10; },
            {{"2026-01-10T12:00:00Z", 1000, TierNews::kPromoted, "gold", "2026-12-10T23:00:00Z"},
             {"2026-12-10T23:00:00Z", 500, TierNews::kNoticed, "gold", "2027-01-09T23:00:00Z"},
             {"2027-01-09T23:00:00Z", 500, TierNews::kNone, "gold", "2027-01-19T23:00:00Z"},
             {"2027-01-19T22:00:00Z", 500, TierNews::kNone, "gold", "2027-01-19T23:00:00Z"},
             {"2027-01-19T23:00:00Z", 500, TierNews::kDemoted, "silver", "2027-12-20T23:00:00Z"}}},
        Story{"WhoRecoversInTheGraceKeepsForAWholeTerm",
              [](TierScheme& scheme) { scheme.grace_days = 10; },
              {{"2026-01-10T12:00:00Z", 1000, TierNews::kPromoted, "gold", "2026-12-10T23:00:00Z"},
               {"2026-12-10T23:00:00Z", 500, TierNews::kNoticed, "gold", "2027-01-09T23:00:00Z"},
               {"2027-01-09T23:00:00Z", 500, TierNews::kNone, "gold", "2027-01-19T23:00:00Z"},
               {"2027-01-12T12:00:00Z", 900, TierNews::kKept, "gold", "2027-12-12T23:00:00Z"}}},
        Story{"DownAndUpBetweenTwoLooksIsNothing",
              {},
              {{"2026-01-10T12:00:00Z", 1000, TierNews::kPromoted, "gold", "2026-12-10T23:00:00Z"},
               // In between 400 were reversed and 400 earned.
               {"2026-12-15T12:00:00Z", 1000, TierNews::kNone, "gold", "2027-01-09T23:00:00Z"}}},
        Story{
            "AFallLeavesWhatTheLowWaterMarkAllows",
            {},
            {{"2026-01-10T12:00:00Z", 1000, TierNews::kPromoted, "gold", "2026-12-10T23:00:00Z"},
             {"2026-12-10T23:00:00Z", 450, TierNews::kNoticed, "gold", "2027-01-09T23:00:00Z"},
             {"2027-01-09T23:00:00Z", 450, TierNews::kDemoted, "silver", "2027-12-10T23:00:00Z"}}},
        Story{
            "WhoFellOffComesAgainByEarningTheWholeMark",
            {},
            {{"2026-01-10T12:00:00Z", 100, TierNews::kPromoted, "bronze", "2026-12-10T23:00:00Z"},
             {"2026-12-10T23:00:00Z", 0, TierNews::kNoticed, "bronze", "2027-01-09T23:00:00Z"},
             {"2027-01-09T23:00:00Z", 0, TierNews::kDemoted, "", ""},
             {"2027-02-01T12:00:00Z", 99, TierNews::kNone, "", ""},
             {"2027-02-01T12:00:00Z", 100, TierNews::kPromoted, "bronze", "2028-01-01T23:00:00Z"}}},
        Story{"ATermOfAMonthEndsWithAShortOne",
              [](TierScheme& scheme) {
                scheme.review_months = 1;
                scheme.notice_days = 14;
              },
              {{"2028-01-31T12:00:00Z", 100, TierNews::kPromoted, "bronze", "2028-02-14T23:00:00Z"},
               {"2028-02-14T23:00:00Z", 90, TierNews::kNone, "bronze", "2028-02-28T23:00:00Z"},
               {"2028-02-28T23:00:00Z", 90, TierNews::kKept, "bronze", "2028-03-14T22:00:00Z"}}},
        Story{"ANoticeIsNeverShorterWhereClocksGoForward",
              {},
              // 30 days before 2027-04-10 in Berlin is an hour before midnight there.
              {{"2026-04-10T12:00:00Z", 100, TierNews::kPromoted, "bronze", "2027-03-10T22:00:00Z"},
               {"2027-03-10T22:00:00Z", 0, TierNews::kNoticed, "bronze", "2027-04-09T22:00:00Z"},
               {"2027-04-09T22:00:00Z", 0, TierNews::kDemoted, "", ""}}},
        Story{"ANoticeThatIsLongerThanTheTermComesAtTheReview",
              [](TierScheme& scheme) { scheme.review_months = 1; },
              {{"2026-02-10T12:00:00Z", 100, TierNews::kPromoted, "bronze", "2026-03-09T23:00:00Z"},
               {"2026-03-09T23:00:00Z", 0, TierNews::kNoticed, "bronze", "2026-04-08T23:00:00Z"},
               {"2026-04-08T23:00:00Z", 0, TierNews::kDemoted, "", ""}}}),
    [](const testing::TestParamInfo<Story>& info) { return info.param.name; });

// Gold since 10 January 2026, to be reviewed at the beginning of 10 January 2027.
TierStanding Gold() {
  return domain::Review(LoyaltyScheme(), Berlin(), {}, 1000, TierOccasion::kAny,
                        Utc("2026-01-10T12:00:00Z"));
}
TierStanding Reviewed(const TierStanding& standing, std::int64_t earned, const char* now,
                      TierOccasion occasion = TierOccasion::kAny,
                      const TierScheme& scheme = LoyaltyScheme()) {
  return domain::Review(scheme, Berlin(), standing, earned, occasion, Utc(now));
}

TEST(TierStandingTest, ALockWinsInBothDirections) {
  TierStanding standing = Gold();
  domain::Lock(LoyaltyScheme(), Berlin(), "silver", std::nullopt, "Here for the founders",
               Utc("2026-02-01T12:00:00Z"), standing);
  EXPECT_EQ(standing.level, "silver");
  EXPECT_EQ(standing.news, TierNews::kLocked);
  EXPECT_EQ(standing.due_time, std::nullopt);
  for (const std::int64_t earned : {0, 5000}) {
    EXPECT_EQ(Reviewed(standing, earned, "2035-01-01T00:00:00Z"), standing);
  }
  domain::Unlock(Utc("2035-01-01T00:00:00Z"), standing);
  EXPECT_EQ(standing.lock_reason, "");
  EXPECT_EQ(Reviewed(standing, 5000, "2035-01-01T00:00:00Z").level, "gold");
}

TEST(TierStandingTest, ALockThatEndsAfterTheReviewIsFollowedByANotice) {
  TierStanding standing = Gold();
  domain::Lock(LoyaltyScheme(), Berlin(), "gold", Utc("2027-06-01T00:00:00Z"), "On leave",
               Utc("2026-12-20T12:00:00Z"), standing);
  EXPECT_EQ(standing.due_time, Utc("2027-06-01T00:00:00Z"));
  EXPECT_TRUE(domain::IsLocked(standing, Utc("2027-05-31T23:59:59Z")));
  EXPECT_EQ(Reviewed(standing, 0, "2027-05-31T23:59:59Z"), standing);
  EXPECT_FALSE(domain::IsLocked(standing, Utc("2027-06-01T00:00:00Z")));
  standing = Reviewed(standing, 0, "2027-06-01T00:00:00Z");
  EXPECT_EQ(standing.news, TierNews::kNoticed);
  EXPECT_EQ(standing.level, "gold");
  EXPECT_EQ(standing.lock_time, std::nullopt);
  EXPECT_EQ(standing.due_time, Utc("2027-07-01T00:00:00Z"));
  standing = Reviewed(standing, 0, "2027-07-01T00:00:00Z");
  EXPECT_EQ(standing.news, TierNews::kDemoted);
}

TEST(TierStandingTest, ALockTakesANoticeAway) {
  TierStanding standing = Reviewed(Gold(), 0, "2026-12-10T23:00:00Z");
  ASSERT_TRUE(standing.notice_time.has_value());
  EXPECT_EQ(domain::FallTime(LoyaltyScheme(), standing), Utc("2027-01-09T23:00:00Z"));
  domain::Lock(LoyaltyScheme(), Berlin(), "gold", std::nullopt, "On leave",
               Utc("2026-12-20T12:00:00Z"), standing);
  EXPECT_EQ(standing.notice_time, std::nullopt);
  EXPECT_EQ(domain::FallTime(LoyaltyScheme(), standing), std::nullopt);
}

TEST(TierStandingTest, ARetiredSchemeStandsStill) {
  TierScheme scheme = LoyaltyScheme();
  scheme.retired = true;
  const TierStanding after =
      Reviewed(Gold(), 0, "2028-01-01T00:00:00Z", TierOccasion::kAny, scheme);
  EXPECT_EQ(after.level, "gold");
  EXPECT_EQ(after.due_time, std::nullopt);
  EXPECT_EQ(Reviewed({}, 5000, "2028-01-01T00:00:00Z", TierOccasion::kAny, scheme).level, "");
}

TEST(TierStandingTest, ALevelThatIsGoneIsReplacedByWhatWasEarned) {
  TierScheme scheme = LoyaltyScheme();
  scheme.levels.pop_back();
  TierStanding after = Reviewed(Gold(), 600, "2026-06-01T00:00:00Z", TierOccasion::kAny, scheme);
  EXPECT_EQ(after.level, "silver");
  EXPECT_EQ(after.news, TierNews::kReplaced);
  after = Reviewed(Gold(), 60, "2026-06-01T00:00:00Z", TierOccasion::kAny, scheme);
  EXPECT_EQ(after.level, "");
  EXPECT_EQ(after.due_time, std::nullopt);
}

TEST(TierStandingTest, AHigherMarkTakesALevelOnlyAtTheReview) {
  TierScheme scheme = LoyaltyScheme();
  scheme.levels[2].at_least = 2000;
  const TierStanding after =
      Reviewed(Gold(), 1000, "2026-06-01T00:00:00Z", TierOccasion::kAny, scheme);
  EXPECT_EQ(after, Gold());
  EXPECT_EQ(Reviewed(after, 1000, "2026-12-10T23:00:00Z", TierOccasion::kAny, scheme).news,
            TierNews::kNoticed);
}

TEST(TierStandingTest, WhoIsPartedKeepsOnlyWhatIsTheirs) {
  EXPECT_EQ(Reviewed(Gold(), 899, "2026-06-01T00:00:00Z", TierOccasion::kParted).level, "silver");
  EXPECT_EQ(Reviewed(Gold(), 900, "2026-06-01T00:00:00Z", TierOccasion::kParted), Gold());
}

TEST(TierStandingTest, AMergedPersonHasTheHighestLevelUnlessOneIsLocked) {
  TierStanding gold = Gold();
  gold.member.bytes.back() = 1;
  TierStanding silver = Gold();
  silver.member.bytes.back() = 2;
  silver.level = "silver";
  const TierStanding joined = domain::Join(LoyaltyScheme(), silver.member, {silver, gold});
  EXPECT_EQ(joined.level, "gold");
  EXPECT_EQ(joined.member, silver.member);
  silver.lock_time = Utc("2026-02-01T12:00:00Z");
  EXPECT_EQ(domain::Join(LoyaltyScheme(), gold.member, {gold, silver}).level, "silver");
  EXPECT_EQ(domain::Join(LoyaltyScheme(), gold.member, {}).scheme, "loyalty");
}

TEST(TierStandingTest, AudiencesKnowAllLevelsUpToThePresentOne) {
  EXPECT_THAT(domain::TiersOf(LoyaltyScheme(), Gold()),
              ElementsAre("loyalty/bronze", "loyalty/silver", "loyalty/gold"));
  EXPECT_THAT(domain::TiersOf(LoyaltyScheme(), {}), IsEmpty());
}

}  // namespace
}  // namespace perigee::tests
