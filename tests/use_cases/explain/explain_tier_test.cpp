#include "server/use_cases/explain/explain_tier.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/use_cases/member/merges.h"
#include "tests/use_cases/explain/summed.h"
#include "tests/use_cases/tier/tiers.h"

namespace perigee::tests {
namespace {

using domain::Explanation;
using domain::TierScheme;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ExplainTierTest : public TiersTest {
 protected:
  absl::StatusOr<Explanation> Explain(const std::string& member,
                                      const std::string& scheme = "loyalty") {
    absl::StatusOr<Explanation> explanation = absl::UnknownError("");
    programme.Read([&](ports::StoreReader& reader) {
      explanation = use_cases::ExplainTier(reader, "demo", member, scheme, programme.clock.Now());
      return absl::OkStatus();
    });
    return explanation;
  }
  // Its parts and the rest sum to the value, and nobody is named.
  Explanation Must(const std::string& member) {
    Explanation explanation = Summed(Explain(member));
    for (const domain::ExplanationPart& part : explanation.parts) {
      EXPECT_NE(part.amount, 0);
      EXPECT_THAT(part.source, HasSubstr("programs/demo/transfers/"));
      EXPECT_TRUE(part.time.has_value());
      for (const char* name : {"ada", "bob", "cyd", "dan"}) {
        EXPECT_THAT(part.text, Not(HasSubstr(name)));
      }
    }
    return explanation;
  }
  void MakeLoyalty(const TierScheme& scheme = LoyaltyScheme()) {
    ASSERT_THAT(Set(scheme), IsOk());
    Apply();
  }
};

TEST_F(ExplainTierTest, WhatIsMissingIsNotFound) {
  MakeLoyalty();
  EXPECT_THAT(Explain("none"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Explain("ada", "none"), HasReason(Reason::kNotFound));
}

TEST_F(ExplainTierTest, WhoNeverHadALevelSeesWhatIsMissing) {
  Earn("ada", 30);
  MakeLoyalty();
  const Explanation explanation = Must("ada");
  EXPECT_EQ(explanation.name, "programs/demo/members/ada/tierStandings/loyalty");
  EXPECT_EQ(explanation.value, 30);
  EXPECT_EQ(explanation.unit, "reputation");
  EXPECT_EQ(explanation.text, "No level with 30 reputation");
  EXPECT_FALSE(explanation.since.has_value());
  ASSERT_THAT(explanation.next, SizeIs(1));
  EXPECT_EQ(explanation.next[0].text, "70 reputation more gives Bronze.");
  EXPECT_EQ(explanation.next[0].amount, 70);
  EXPECT_EQ(explanation.next[0].unit, "reputation");
}

TEST_F(ExplainTierTest, ALevelThatIsEarnedComesAtOnce) {
  MakeLoyalty();
  Earn("ada", 100);
  const Explanation explanation = Must("ada");
  EXPECT_EQ(explanation.text, "No level with 100 reputation");
  ASSERT_THAT(explanation.next, SizeIs(1));
  EXPECT_EQ(explanation.next[0].text, "Enough is earned for Bronze, which comes at once.");
}

TEST_F(ExplainTierTest, OnlyTransfersOfTheWindowArePartsNewestFirst) {
  programme.Earn("ada", 40, Utc("2025-11-20T23:59:59Z"));
  programme.Earn("ada", 200, Utc("2025-11-21T00:00:00Z"));
  Earn("ada", 310);
  MakeLoyalty();
  const Explanation explanation = Must("ada");
  EXPECT_EQ(explanation.text, "Silver with 510 reputation");
  ASSERT_THAT(explanation.parts, SizeIs(2));
  EXPECT_EQ(explanation.parts[0].amount, 310);
  EXPECT_EQ(explanation.parts[0].text, "Came from the programme's account issued.");
  EXPECT_EQ(explanation.parts[1].amount, 200);
  EXPECT_EQ(explanation.since, StandingOf("ada")->since);
}

TEST_F(ExplainTierTest, TheReviewSaysWhatLeavesTheWindowAndWhatKeepsTheLevel) {
  programme.Earn("ada", 200, Utc("2026-03-01T00:00:00Z"));
  Earn("ada", 310);
  MakeLoyalty();
  const Time review = StandingOf("ada")->review_time;
  const Explanation explanation = Must("ada");
  ASSERT_THAT(explanation.next, SizeIs(3));
  EXPECT_EQ(explanation.next[0].text, "490 reputation more gives Gold.");
  EXPECT_EQ(explanation.next[1].text, "200 reputation leaves the window by the review.");
  EXPECT_EQ(explanation.next[1].amount, -200);
  EXPECT_EQ(explanation.next[1].until, review);
  EXPECT_EQ(explanation.next[2].text,
            "The review on 2027-11-21 asks for 450 reputation to keep Silver: 310 count so far.");
  EXPECT_EQ(explanation.next[2].amount, 140);
  EXPECT_EQ(explanation.next[2].until, review);
}

TEST_F(ExplainTierTest, ANoticeSaysWhenTheLevelIsLost) {
  TierScheme scheme = LoyaltyScheme();
  scheme.grace_days = 10;
  Earn("ada", 100);
  MakeLoyalty(scheme);
  programme.clock.Set(Utc("2027-11-20T00:00:00Z"));
  Earn("ada", 20);
  GoTo("2027-11-22T00:00:00Z");  // The review was missed, so the notice comes late.
  ASSERT_TRUE(StandingOf("ada")->notice_time.has_value());
  const Explanation explanation = Must("ada");
  EXPECT_EQ(explanation.text, "Bronze with 20 reputation");
  ASSERT_THAT(explanation.next, SizeIs(3));
  EXPECT_EQ(explanation.next[1].amount, 70);
  EXPECT_THAT(explanation.next[1].text, HasSubstr("The review on 2027-11-21 asks for 90"));
  EXPECT_EQ(explanation.next[2].text,
            "Notice was given on 2027-11-22: Bronze is lost on 2027-12-22 unless enough is earned "
            "by then.");
  EXPECT_EQ(explanation.next[1].until, explanation.next[2].until);
  GoTo("2027-12-22T00:00:01Z");
  const Explanation after = Must("ada");
  EXPECT_EQ(after.text, "No level with 20 reputation");
  EXPECT_EQ(after.since, StandingOf("ada")->since);
  EXPECT_THAT(after.next, SizeIs(1));
}

TEST_F(ExplainTierTest, ALockIsAllThatCounts) {
  Earn("ada", 30);
  MakeLoyalty();
  const Time until = Utc("2026-12-01T00:00:00Z");
  ASSERT_THAT(Lock("ada", "gold", until), IsOk());
  Explanation explanation = Must("ada");
  EXPECT_EQ(explanation.text, "Gold with 30 reputation");
  ASSERT_THAT(explanation.next, SizeIs(1));
  EXPECT_EQ(explanation.next[0].text, "Staff hold it so until 2026-12-01; then it is reviewed.");
  EXPECT_EQ(explanation.next[0].until, until);
  ASSERT_THAT(Lock("bob"), IsOk());
  explanation = Must("bob");
  EXPECT_FALSE(explanation.since.has_value());
  ASSERT_THAT(explanation.next, SizeIs(1));
  EXPECT_EQ(explanation.next[0].text, "Staff hold it so until they end that.");
  EXPECT_FALSE(explanation.next[0].until.has_value());
}

TEST_F(ExplainTierTest, ARetiredSchemeHasNoSteps) {
  Earn("ada", 100);
  MakeLoyalty();
  TierScheme retired = LoyaltyScheme();
  retired.retired = true;
  MakeLoyalty(retired);
  const Explanation explanation = Must("ada");
  EXPECT_EQ(explanation.text, "Bronze with 100 reputation");
  EXPECT_THAT(explanation.next, IsEmpty());
}

TEST_F(ExplainTierTest, AMergedMemberHasTheTierOfThePerson) {
  MakeLoyalty();
  Earn("ada", 30);
  Earn("bob", 40);
  EXPECT_THAT(Do([&](auto& reader, const auto& unit) {
                return use_cases::MergeMembers(reader, unit, {"demo", "ada", "bob", ""});
              }).status(),
              IsOk());
  EXPECT_EQ(Must("bob").value, 70);
  EXPECT_THAT(Must("bob").parts, SizeIs(2));
  EXPECT_EQ(Must("bob").name, "programs/demo/members/ada/tierStandings/loyalty");
}

// Random histories of earnings and reversals over two years, longer than what is shown.
TEST_F(ExplainTierTest, PartsAndRestSumToWhatWasEarned) {
  MakeLoyalty();
  std::mt19937 random(11);
  const auto up = [&](int limit) {
    return static_cast<int>(random() % static_cast<unsigned>(limit));
  };
  std::vector<domain::TransferId> made;
  std::size_t shown_max = 0;
  std::size_t left_out_max = 0;
  for (int step = 0; step < 300; ++step) {
    programme.clock.Advance(std::chrono::hours(up(80)));
    if (up(6) == 0 && !made.empty()) {
      const auto at = made.begin() + up(static_cast<int>(made.size()));
      programme.Reverse(*at);
      made.erase(at);
    } else {
      made.push_back(Earn("ada", 1 + up(20)));
    }
    if (step % 20 == 19) {
      const Explanation explanation = Must("ada");
      shown_max = std::max(shown_max, explanation.parts.size());
      left_out_max = std::max(left_out_max, explanation.left_out);
    }
  }
  EXPECT_EQ(shown_max, domain::kExplanationPartsMax);
  EXPECT_GT(left_out_max, 0U);
}

}  // namespace
}  // namespace perigee::tests
