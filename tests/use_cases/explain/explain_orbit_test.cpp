#include "server/use_cases/explain/explain_orbit.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/domain/explain/explanation.h"
#include "tests/matchers/status.h"
#include "tests/use_cases/explain/summed.h"
#include "tests/use_cases/orbit/orbits.h"

namespace perigee::tests {
namespace {

using domain::Explanation;
using ::testing::HasSubstr;

class ExplainOrbitTest : public OrbitsTest {
 protected:
  absl::StatusOr<Explanation> Explain(const std::string& member) {
    absl::StatusOr<Explanation> explanation = absl::UnknownError("");
    programme.Read([&](ports::StoreReader& reader) {
      explanation = use_cases::ExplainOrbit(reader, "demo", member, Now());
      return absl::OkStatus();
    });
    return explanation;
  }
  Explanation Must(const std::string& member) {
    Explanation explanation = Summed(Explain(member));
    EXPECT_EQ(explanation.value, Index(member));
    return explanation;
  }
};

TEST_F(ExplainOrbitTest, WhoDidNothingIsNowhere) {
  const Explanation explanation = Must("ada");
  EXPECT_EQ(explanation.text, "nowhere");
  EXPECT_FALSE(explanation.since.has_value());
  ASSERT_FALSE(explanation.next.empty());
  EXPECT_THAT(explanation.next.back().text, HasSubstr("weight 1"));
  EXPECT_THAT(Explain("none"), HasReason(Reason::kNotFound));
}

TEST_F(ExplainOrbitTest, AWeightIsOnePart) {
  EXPECT_THAT(SetWeight("talk", 8), IsOk());
  programme.clock.Set(At("2026-11-22"));
  Record("ada", "talk", At("2026-11-22"));
  programme.clock.Set(At("2026-11-25"));
  Record("ada", "chat", At("2026-11-25"));
  const Explanation explanation = Must("ada");
  EXPECT_EQ(explanation.name, "programs/demo/members/ada/orbit");
  EXPECT_EQ(explanation.text, "contributing II");
  ASSERT_EQ(explanation.parts.size(), 1U);
  EXPECT_EQ(explanation.parts[0].amount, 8);
  EXPECT_EQ(explanation.parts[0].text, "An activity of weight 8 on 2026-11-22: talk.");
  EXPECT_FALSE(explanation.parts[0].source.empty());
  // The chat came later and changed nothing.
  EXPECT_EQ(explanation.since, *ParseTime("2026-11-22T00:00:00Z"));
}

TEST_F(ExplainOrbitTest, EachSpanOfPresenceIsAPart) {
  for (const char* day : {"2026-11-10", "2026-11-11", "2026-11-16", "2026-11-17"}) {
    Record("ada", "chat", At(day));
  }
  const Explanation explanation = Must("ada");
  EXPECT_EQ(explanation.text, "participating II");
  ASSERT_EQ(explanation.parts.size(), 2U);
  EXPECT_EQ(explanation.parts[0].amount, 4);
  EXPECT_THAT(explanation.parts[0].text, HasSubstr("2 active days in the week from 2026-11-09"));
  EXPECT_EQ(explanation.parts[1].amount, 1);
  EXPECT_EQ(explanation.since, *ParseTime("2026-11-17T00:00:00Z"));
  // Before the review nothing is lost; it finds a row that has ended.
  ASSERT_GT(explanation.next.size(), 1U);
  EXPECT_EQ(explanation.next[0].amount, -1);
  // A month needs seven days.
  EXPECT_EQ(explanation.next[1].text, "3 more active days this month give contributing III.");
  EXPECT_EQ(explanation.next[1].amount, 3);
  EXPECT_EQ(explanation.next[1].until, *ParseTime("2026-12-01T00:00:00Z"));
}

TEST_F(ExplainOrbitTest, TheReviewThatTakesAPlaceComesFirst) {
  EXPECT_THAT(SetWeight("talk", 8), IsOk());
  Record("ada", "talk", At("2026-11-20"));
  programme.clock.Set(At("2027-11-25"));
  const Explanation explanation = Must("ada");
  EXPECT_EQ(explanation.value, 8);
  ASSERT_FALSE(explanation.next.empty());
  EXPECT_EQ(explanation.next.front().amount, -8);
  EXPECT_EQ(explanation.next.front().text,
            "The review on 2028-01-01 leaves nowhere if nothing more is done.");
  // The place is older than a year.
  EXPECT_FALSE(explanation.since.has_value());
}

TEST_F(ExplainOrbitTest, AFallHoldsSinceItsReview) {
  EXPECT_THAT(SetWeight("talk", 8), IsOk());
  Record("ada", "talk", At("2026-11-20"));
  programme.clock.Set(At("2028-02-05"));
  const Explanation explanation = Must("ada");
  EXPECT_EQ(explanation.value, 0);
  EXPECT_EQ(explanation.since, *ParseTime("2028-01-01T00:00:00Z"));
}

TEST_F(ExplainOrbitTest, AMergedMemberHasThePlaceOfThePerson) {
  EXPECT_THAT(SetWeight("talk", 5), IsOk());
  Record("bob", "talk", At("2026-11-20"));
  EXPECT_THAT(Merge("ada", "bob"), IsOk());
  EXPECT_EQ(Must("ada").value, 5);
  EXPECT_EQ(Must("bob").name, "programs/demo/members/ada/orbit");
}

}  // namespace
}  // namespace perigee::tests
