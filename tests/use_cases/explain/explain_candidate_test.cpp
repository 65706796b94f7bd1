#include "server/use_cases/explain/explain_candidate.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/explain/explanation.h"
#include "tests/use_cases/champion/candidates.h"
#include "tests/use_cases/explain/summed.h"

namespace perigee::tests {
namespace {

using domain::Explanation;

class ExplainCandidateTest : public CandidatesTest {
 protected:
  absl::StatusOr<Explanation> Explain(const std::string& member) {
    absl::StatusOr<Explanation> explanation = absl::UnknownError("");
    programme.Read([&](ports::StoreReader& reader) {
      explanation = use_cases::ExplainCandidate(reader, "demo", "mvp", member, Now());
      return absl::OkStatus();
    });
    return explanation;
  }
  Explanation Must(const std::string& member) { return Summed(Explain(member)); }
};

TEST_F(ExplainCandidateTest, ACandidateHasAPartForEachCriterion) {
  const Explanation explanation = Must("ada");
  EXPECT_EQ(explanation.name, "programs/demo/titles/mvp/candidates/ada");
  EXPECT_EQ(explanation.member, "programs/demo/members/ada");
  EXPECT_EQ(explanation.value, Rank().best.at(0).value);
  EXPECT_EQ(explanation.unit, "value");
  EXPECT_EQ(explanation.text, "A candidate for MVP");
  ASSERT_EQ(explanation.parts.size(), 4U);
  EXPECT_EQ(explanation.parts[0].amount, 100);
  EXPECT_EQ(explanation.parts[0].text, "presence: 2 active days; needed: 2 active days.");
  EXPECT_EQ(explanation.parts[1].text,
            "capital: 28 reputation earned; needed: 5 reputation earned.");
}

TEST_F(ExplainCandidateTest, ACandidateIsOneSinceTheLastCriterionWasMet) {
  // Of the 20th are the second active day and the talk.
  EXPECT_EQ(Must("ada").since, *ParseTime("2026-11-20T00:00:00Z"));
}

TEST_F(ExplainCandidateTest, TheFirstCriterionThatTimeTakesIsNext) {
  const Explanation explanation = Must("ada");
  ASSERT_EQ(explanation.next.size(), 1U);
  EXPECT_EQ(explanation.next[0].text,
            "Without more, presence falls on 2026-12-10 to 1 active day.");
  EXPECT_EQ(explanation.next[0].amount, -1);
  EXPECT_EQ(explanation.next[0].unit, "days");
  EXPECT_EQ(explanation.next[0].until, *ParseTime("2026-12-10T00:00:00Z"));
}

TEST_F(ExplainCandidateTest, APersonMetAgainIsLostAfterTheLatestMeeting) {
  Did("dan", "2026-11-20", "cyd");
  Did("cyd", "2026-11-21", "dan");
  const Explanation explanation = Must("dan");
  ASSERT_EQ(explanation.next.size(), 4U);
  EXPECT_EQ(explanation.next[3].text, "Without more, circle falls on 2026-12-21 to 0 members met.");
  EXPECT_EQ(explanation.next[3].amount, -1);
}

TEST_F(ExplainCandidateTest, WhatIsMissingIsNext) {
  Did("dan", "2026-11-20", "cyd");
  const Explanation explanation = Must("dan");
  EXPECT_EQ(explanation.value, 50 + 0 + 100 + 0);
  EXPECT_EQ(explanation.text, "Meets 1 of 4 criteria of MVP");
  EXPECT_FALSE(explanation.since.has_value());
  ASSERT_EQ(explanation.next.size(), 4U);
  EXPECT_EQ(explanation.next[0].text, "Needed: 1 more active day in the last 30 days.");
  EXPECT_EQ(explanation.next[0].amount, 1);
  EXPECT_EQ(explanation.next[1].text, "Needed: 5 more reputation earned in the last 90 days.");
  EXPECT_EQ(explanation.next[1].unit, "reputation");
  EXPECT_EQ(explanation.next[2].text, "Needed: 100 more of claimed reach in the last 365 days.");
  EXPECT_EQ(explanation.next[3].text, "Without more, circle falls on 2026-12-20 to 0 members met.");
}

TEST_F(ExplainCandidateTest, WhoIsLeftOutIsMissing) {
  programme.ChangeMember("ada", [&](domain::Member& one) { one.pause_time = Now(); });
  for (const std::string member : {"ada", "none"}) {
    const absl::Status missing = Explain(member).status();
    EXPECT_THAT(missing, HasReason(Reason::kNotFound));
    EXPECT_EQ(MetadataOf(missing).at("resource_name"),
              "programs/demo/titles/mvp/candidates/" + member);
  }
}

}  // namespace
}  // namespace perigee::tests
