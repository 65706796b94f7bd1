#include "server/use_cases/tier/tier_reviewing.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/ledger/ledger.h"
#include "tests/use_cases/tier/tiers.h"

namespace perigee::tests {
namespace {

using domain::TierNews;
using domain::TierScheme;
using testing::ElementsAre;
using testing::IsEmpty;

class TierReviewingTest : public TiersTest {};

TEST_F(TierReviewingTest, SpendingTakesNothingAndAReversalDoes) {
  TierScheme scheme = LoyaltyScheme();
  scheme.asset = "access";
  const Time now = programme.clock.Now();
  const domain::TransferId first = programme.Earn("ada", 700, now, "access");
  programme.Earn("ada", 500, now, "access");
  programme.Ledger([&](domain::LedgerUnit& ledger) {
    domain::TransferDraft draft;
    draft.debit = {"access", programme.KeyOf("ada"), ""};
    draft.credit = {"access", {}, std::string(domain::kSpentAccount)};
    draft.amount = 400;
    draft.effective_time = now;
    EXPECT_THAT(ledger.Post(draft), IsOk());
  });
  EXPECT_THAT(Tried(scheme), ElementsAre("ada >gold 1200"));
  programme.Reverse(first, 250);
  EXPECT_THAT(Tried(scheme), ElementsAre("ada >silver 950"));
}

TEST_F(TierReviewingTest, OnlyTheWindowCounts) {
  programme.Earn("ada", 500, Utc("2025-11-21T00:00:00Z"));
  programme.Earn("bob", 500, Utc("2025-11-20T23:59:59Z"));
  EXPECT_THAT(Tried(LoyaltyScheme()), ElementsAre("ada >silver 500"));
}

TEST_F(TierReviewingTest, TheDryRunTellsWhatTheSwitchDoes) {
  Earn("ada", 100);
  Earn("bob", 499);
  Earn("cyd", 99);
  Earn("dan", 2000);
  const auto tried = Tried(LoyaltyScheme());
  EXPECT_THAT(tried, ElementsAre("ada >bronze 100", "bob >bronze 499", "dan >gold 2000"));
  EXPECT_THAT(All<domain::TierStanding>(), IsEmpty());
  ASSERT_THAT(Set(LoyaltyScheme()), IsOk());
  Apply(1);
  EXPECT_EQ(LevelOf("ada"), "bronze");
  EXPECT_EQ(LevelOf("bob"), "bronze");
  EXPECT_EQ(LevelOf("cyd"), "");
  EXPECT_EQ(LevelOf("dan"), "gold");
  EXPECT_THAT(Tried(LoyaltyScheme()), IsEmpty());

  TierScheme other = LoyaltyScheme();
  other.levels = {{"bronze", "Bronze", 50}, {"silver", "Silver", 450}, {"lead", "Lead", 5000}};
  EXPECT_THAT(Tried(other),
              ElementsAre("bob bronze>silver 499", "cyd >bronze 99", "dan gold>silver 2000"));
  ASSERT_THAT(Set(other), IsOk());
  Apply(3);
  EXPECT_EQ(LevelOf("ada"), "bronze");
  EXPECT_EQ(LevelOf("bob"), "silver");
  EXPECT_EQ(LevelOf("cyd"), "bronze");
  EXPECT_EQ(StandingOf("dan")->news, TierNews::kReplaced);
  EXPECT_EQ(LevelOf("dan"), "silver");
  EXPECT_THAT(All<TierScheme>().front().due_time, std::nullopt);
}

TEST_F(TierReviewingTest, ANoticeComesBeforeAFallAndEarningWithdrawsIt) {
  Earn("ada", 1000);
  Earn("bob", 1000);
  ASSERT_THAT(Set(LoyaltyScheme()), IsOk());
  Apply();
  ASSERT_EQ(LevelOf("ada"), "gold");
  EXPECT_EQ(StandingOf("ada")->due_time, Utc("2027-10-22T00:00:00Z"));
  // The day of the earnings is still within the window then.
  GoTo("2027-10-22T00:00:00Z");
  EXPECT_EQ(StandingOf("ada")->notice_time, std::nullopt);
  GoTo("2027-11-21T00:00:00Z");
  EXPECT_EQ(StandingOf("ada")->news, TierNews::kKept);
  EXPECT_EQ(StandingOf("ada")->due_time, Utc("2028-10-22T00:00:00Z"));
  GoTo("2028-10-22T00:00:00Z");
  EXPECT_EQ(StandingOf("ada")->news, TierNews::kNoticed);
  EXPECT_EQ(StandingOf("ada")->earned, 0);
  EXPECT_EQ(LevelOf("ada"), "gold");
  Earn("bob", 900);
  GoTo("2028-11-21T00:00:00Z");
  EXPECT_EQ(StandingOf("ada")->news, TierNews::kDemoted);
  EXPECT_EQ(LevelOf("ada"), "");
  EXPECT_EQ(StandingOf("ada")->due_time, std::nullopt);
  EXPECT_EQ(StandingOf("bob")->news, TierNews::kKept);
  EXPECT_EQ(LevelOf("bob"), "gold");
}

TEST_F(TierReviewingTest, AudiencesSeeTheLevelsUpToThePresentOne) {
  Earn("ada", 1000);
  ASSERT_THAT(Set(LoyaltyScheme()), IsOk());
  Apply();
  EXPECT_THAT(TiersOf("ada"), ElementsAre("loyalty/bronze", "loyalty/gold", "loyalty/silver"));
  EXPECT_THAT(TiersOf("bob"), IsEmpty());
  TierScheme scheme = LoyaltyScheme();
  scheme.levels.erase(scheme.levels.begin());
  scheme.levels.insert(scheme.levels.begin(), {"iron", "Iron", 10});
  ASSERT_THAT(Set(scheme), IsOk());
  Apply();
  EXPECT_THAT(TiersOf("ada"), ElementsAre("loyalty/gold", "loyalty/iron", "loyalty/silver"));
  GoTo("2027-11-21T00:00:00Z");
  GoTo("2028-10-22T00:00:00Z");
  GoTo("2028-11-21T00:00:00Z");
  EXPECT_THAT(TiersOf("ada"), IsEmpty());
}

TEST_F(TierReviewingTest, ReviewsThatAreDueTogetherAreOneUnit) {
  TierScheme other = LoyaltyScheme();
  other.id = "service";
  other.levels = {{"one", "One", 10}};
  Earn("ada", 1000);
  Earn("bob", 100);
  ASSERT_THAT(Set(LoyaltyScheme()), IsOk());
  ASSERT_THAT(Set(other), IsOk());
  Apply();
  // The day of the earnings leaves the window: all four standings get notices, and then they fall.
  GoTo("2027-11-21T00:00:00Z");
  GoTo("2028-10-22T00:00:00Z");
  ASSERT_EQ(StandingOf("bob")->news, TierNews::kNoticed);
  GoTo("2028-11-21T00:00:00Z");
  EXPECT_THAT(TiersOf("ada"), IsEmpty());
  EXPECT_THAT(TiersOf("bob"), IsEmpty());
  const std::vector<domain::TierStanding> standings = All<domain::TierStanding>();
  ASSERT_EQ(standings.size(), 4);
  for (const domain::TierStanding& standing : standings) {
    EXPECT_EQ(standing.news, TierNews::kDemoted) << standing.id;
    EXPECT_EQ(standing.revision, standings.front().revision) << standing.id;
  }
}

TEST_F(TierReviewingTest, ARetiredSchemeMovesNobodyUntilItIsBack) {
  Earn("ada", 1000);
  ASSERT_THAT(Set(LoyaltyScheme()), IsOk());
  Apply();
  TierScheme scheme = LoyaltyScheme();
  scheme.retired = true;
  ASSERT_THAT(Set(scheme), IsOk());
  Apply();
  EXPECT_EQ(StandingOf("ada")->due_time, std::nullopt);
  GoTo("2030-01-01T00:00:00Z");
  EXPECT_EQ(LevelOf("ada"), "gold");
  ASSERT_THAT(Set(LoyaltyScheme()), IsOk());
  Apply();
  EXPECT_EQ(StandingOf("ada")->news, TierNews::kNoticed);
}

}  // namespace
}  // namespace perigee::tests
