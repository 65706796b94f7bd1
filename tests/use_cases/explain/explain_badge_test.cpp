#include "server/use_cases/explain/explain_badge.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/domain/explain/explanation.h"
#include "tests/use_cases/badge/badges.h"
#include "tests/use_cases/explain/summed.h"

namespace perigee::tests {
namespace {

using domain::Badge;
using domain::Explanation;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// The badge `nice` is for an answer that is worth 2.
class ExplainBadgeTest : public BadgesTest {
 protected:
  ExplainBadgeTest() { EXPECT_THAT(Create(BadgeOf(AnswerOf(2))), IsOk()); }

  absl::StatusOr<Explanation> Explain(const std::string& member) {
    absl::StatusOr<Explanation> explanation = absl::UnknownError("");
    programme.Read([&](ports::StoreReader& reader) {
      explanation = use_cases::ExplainBadge(reader, "demo", member, "nice", programme.clock.Now());
      return absl::OkStatus();
    });
    return explanation;
  }
  Explanation Must(const std::string& member) { return Summed(Explain(member)); }
};

TEST_F(ExplainBadgeTest, WhoNeverHadItIsToldWhatIsMissing) {
  EXPECT_THAT(Explain("none"), HasReason(Reason::kNotFound));
  Record("upvoted", "ada", "a");
  const Explanation explanation = Must("ada");
  EXPECT_EQ(explanation.value, 0);
  EXPECT_EQ(explanation.text, "Does not have Nice");
  EXPECT_THAT(explanation.parts, IsEmpty());
  EXPECT_FALSE(explanation.since.has_value());
  ASSERT_THAT(explanation.next, SizeIs(1));
  EXPECT_EQ(explanation.next[0].text,
            "1 more of upvoted, downvoted (-1 each) for the member, all concerning one object.");
  EXPECT_EQ(explanation.next[0].amount, 1);
  EXPECT_EQ(explanation.next[0].unit, "upvoted, downvoted (-1 each)");
  EXPECT_EQ(explanation.next[0].until, std::nullopt);
}

TEST_F(ExplainBadgeTest, AChallengeSaysWhatItsStageLacksAndUntilWhen) {
  EXPECT_THAT(Change([](Badge& badge) {
                badge.rule = RuleOf({StageOf("ask"), StageOf("answer", 3)});
                badge.rule.stages[1].display_name = "Answer";
                badge.rule.end_time = *ParseTime("2026-12-31T00:00:00Z");
              }),
              IsOk());
  const Explanation before = Must("ada");
  ASSERT_THAT(before.next, SizeIs(1));
  EXPECT_EQ(before.next[0].text, "Stage 1 of 2: 1 more of ask.");
  EXPECT_EQ(before.next[0].until, *ParseTime("2026-12-31T00:00:00Z"));
  Record("ask", "", "", "ada");
  Record("answer", "", "", "ada");
  const Explanation after = Must("ada");
  ASSERT_THAT(after.next, SizeIs(1));
  EXPECT_EQ(after.next[0].text, "Stage 2 of 2, Answer: 2 more of answer.");
  EXPECT_EQ(after.next[0].amount, 2);
  EXPECT_EQ(after.next[0].unit, "answer");
  programme.clock.Set(*ParseTime("2026-12-31T00:00:00Z"));
  EXPECT_THAT(Must("ada").next, IsEmpty());
}

TEST_F(ExplainBadgeTest, AChallengeThatWasMetTellsItsStages) {
  EXPECT_THAT(Change([](Badge& badge) {
                badge.rule = RuleOf({StageOf("ask"), StageOf("answer")});
              }),
              IsOk());
  Record("ask", "", "", "ada");
  Record("answer", "", "", "ada");
  Apply();
  const Explanation explanation = Must("ada");
  EXPECT_EQ(explanation.value, 1);
  ASSERT_THAT(explanation.parts, SizeIs(2));
  EXPECT_EQ(explanation.parts[0].text, "An activity counted: ask. It was for stage 1 of 2.");
  EXPECT_EQ(explanation.parts[1].text,
            "An activity counted: answer. It was for stage 2 of 2. With it the rule was met.");
  EXPECT_THAT(explanation.next, IsEmpty());
}

TEST_F(ExplainBadgeTest, AStreakSaysHowManyDaysAreMissing) {
  EXPECT_THAT(Change([](Badge& badge) { badge.rule = RuleOf({RowOf("talk", 3)}); }), IsOk());
  Record("talk", "", "", "ada", false, programme.clock.Now());
  const Explanation explanation = Must("ada");
  ASSERT_THAT(explanation.next, SizeIs(1));
  EXPECT_EQ(explanation.next[0].text, "2 more days in a row with 1 of talk.");
  EXPECT_EQ(explanation.next[0].amount, 2);
  EXPECT_EQ(explanation.next[0].unit, "days");
  EXPECT_EQ(explanation.next[0].until, *ParseTime("2026-11-23T00:00:00Z"));
  programme.clock.Set(*ParseTime("2026-11-23T00:00:00Z"));
  EXPECT_EQ(Must("ada").next[0].amount, 3);
  EXPECT_EQ(Must("ada").next[0].until, std::nullopt);
}

TEST_F(ExplainBadgeTest, OneMissingDayIsSaidAsOne) {
  EXPECT_THAT(Change([](Badge& badge) { badge.rule = RuleOf({RowOf("talk", 2)}); }), IsOk());
  Record("talk", "", "", "ada", false, programme.clock.Now());
  ASSERT_THAT(Must("ada").next, SizeIs(1));
  EXPECT_EQ(Must("ada").next[0].text, "1 more day in a row with 1 of talk.");
}

TEST_F(ExplainBadgeTest, WhatStaffAloneGrantHasNoOtherWay) {
  EXPECT_THAT(Change([](Badge& badge) { badge.rule = {}; }), IsOk());
  ASSERT_THAT(Must("ada").next, SizeIs(1));
  EXPECT_EQ(Must("ada").next[0].text, "Staff can grant it.");
  EXPECT_THAT(Change([](Badge& badge) { badge.retired = true; }), IsOk());
  EXPECT_THAT(Must("ada").next, IsEmpty());
}

TEST_F(ExplainBadgeTest, TheFactThatMetTheRuleMakesTheValue) {
  Record("upvoted", "ada", "a");
  Record("upvoted", "ada", "a");
  Apply();
  const Explanation explanation = Must("ada");
  EXPECT_EQ(explanation.name, "programs/demo/members/ada/badgeGrants/nice");
  EXPECT_EQ(explanation.value, 1);
  ASSERT_THAT(explanation.parts, SizeIs(2));
  EXPECT_EQ(explanation.parts[0].amount, 0);
  EXPECT_EQ(explanation.parts[0].text, "An activity counted: upvoted.");
  EXPECT_THAT(explanation.parts[0].source, HasSubstr("programs/demo/activities/"));
  EXPECT_TRUE(explanation.parts[0].time.has_value());
  EXPECT_EQ(explanation.parts[1].amount, 1);
  EXPECT_TRUE(explanation.since.has_value());
}

TEST_F(ExplainBadgeTest, WhatStaffGrantedHasOnePart) {
  EXPECT_THAT(Grant("bob"), IsOk());
  const Explanation explanation = Must("bob");
  ASSERT_THAT(explanation.parts, SizeIs(1));
  EXPECT_EQ(explanation.parts[0].text, "Staff granted it.");
  EXPECT_EQ(explanation.parts[0].source, "");
  EXPECT_THAT(explanation.next, IsEmpty());
}

TEST_F(ExplainBadgeTest, ARevocationTakesTheValueAway) {
  EXPECT_THAT(Grant("bob"), IsOk());
  programme.clock.Advance(std::chrono::hours(1));
  EXPECT_THAT(Revoke("bob"), IsOk());
  const Explanation explanation = Must("bob");
  EXPECT_EQ(explanation.value, 0);
  ASSERT_THAT(explanation.parts, SizeIs(2));
  EXPECT_EQ(explanation.parts[1].amount, -1);
  EXPECT_EQ(explanation.since, programme.clock.Now());
  ASSERT_THAT(explanation.next, SizeIs(1));
  EXPECT_EQ(explanation.next[0].text, "Staff can grant it again.");
}

TEST_F(ExplainBadgeTest, ARevocableBadgeSaysWhatLosesIt) {
  EXPECT_THAT(Change([](Badge& badge) { badge.rule.keeps = false; }), IsOk());
  Record("upvoted", "ada", "a");
  Record("upvoted", "ada", "a");
  Apply();
  const Explanation explanation = Must("ada");
  ASSERT_THAT(explanation.next, SizeIs(1));
  EXPECT_EQ(explanation.next[0].amount, -1);
  EXPECT_THAT(explanation.next[0].text,
              HasSubstr("It is lost when this is not met any more: 2 of upvoted"));
  EXPECT_THAT(explanation.next[0].text, HasSubstr("all concerning one object."));
}

TEST_F(ExplainBadgeTest, AMergedMemberHasTheBadgeOfThePerson) {
  EXPECT_THAT(Grant("bob"), IsOk());
  EXPECT_THAT(Merge("ada", "bob"), IsOk());
  EXPECT_EQ(Must("ada").value, 1);
  EXPECT_EQ(Must("bob").name, "programs/demo/members/ada/badgeGrants/nice");
}

}  // namespace
}  // namespace perigee::tests
