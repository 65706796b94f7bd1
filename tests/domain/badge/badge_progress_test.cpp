#include "server/domain/badge/badge_progress.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/civil_time.h"
#include "server/domain/board/board.h"
#include "tests/domain/badge/badge_facts.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Activity;
using domain::BadgeCriterion;
using domain::BadgeEvidence;
using domain::BadgeRole;
using domain::BadgeRule;
using domain::MemberKey;
using domain::Transfer;
using testing::ElementsAre;

const MemberKey kAda = Key(1);
const MemberKey kBob = Key(2);
const MemberKey kNobody{};

std::optional<BadgeEvidence> Of(const BadgeRule& rule, const std::vector<Activity>& activities,
                                const std::vector<MemberKey>& person = {kAda}) {
  return domain::Evaluate(rule, Zone::Utc(), person, activities, {});
}

BadgeRule Commented(std::int64_t at_least) { return RuleOf({StageOf("commented", at_least)}); }

TEST(BadgeProgressTest, ASumIsMetExactlyAtItsBound) {
  std::vector<Activity> activities;
  for (int i = 1; i <= 9; ++i) {
    activities.push_back(Fact(i, "commented", kAda, kBob));
  }
  EXPECT_EQ(Of(Commented(10), activities), std::nullopt);
  activities.push_back(Fact(10, "commented", kAda, kNobody));
  const std::optional<BadgeEvidence> found = Of(Commented(10), activities);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->stages[0].facts.size(), 10);
  EXPECT_EQ(found->stages[0].facts.front(), "1");
  EXPECT_EQ(found->earn_time(), Minute(10));
  EXPECT_EQ(found->activity, 10);
  EXPECT_EQ(found->stages[0].group, "");
}

TEST(BadgeProgressTest, WeightsMultiplyQuantities) {
  BadgeRule rule = Commented(1000);
  rule.stages[0].criteria[0].terms = {{"views", 2}};
  EXPECT_EQ(Of(rule, {Fact(1, "views", kAda, kNobody, "q", 499)}), std::nullopt);
  EXPECT_NE(Of(rule, {Fact(1, "views", kAda, kNobody, "q", 500)}), std::nullopt);
}

TEST(BadgeProgressTest, OneObjectMustMeetTheRule) {
  const BadgeRule rule = AnswerOf(2);
  EXPECT_EQ(
      Of(rule, {Fact(1, "upvoted", kNobody, kAda, "a"), Fact(2, "upvoted", kNobody, kAda, "b")}),
      std::nullopt);
  const auto found =
      Of(rule, {Fact(1, "upvoted", kNobody, kAda, "a"), Fact(2, "upvoted", kNobody, kAda, "b"),
                Fact(3, "upvoted", kNobody, kAda, "b")});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->stages[0].group, "b");
  EXPECT_THAT(found->stages[0].facts, ElementsAre("2", "3"));
}

TEST(BadgeProgressTest, AnActivityWithoutObjectIsInNoGroup) {
  EXPECT_EQ(Of(AnswerOf(1), {Fact(1, "upvoted", kNobody, kAda)}), std::nullopt);
}

TEST(BadgeProgressTest, OneGroupMustMeetAllCriteria) {
  BadgeRule rule = AnswerOf(2);
  BadgeCriterion& accepted = rule.stages[0].criteria.emplace_back();
  accepted.role = BadgeRole::kRecipient;
  accepted.terms = {{"accepted", 1}};
  std::vector<Activity> activities{Fact(1, "upvoted", kNobody, kAda, "a"),
                                   Fact(2, "upvoted", kNobody, kAda, "a"),
                                   Fact(3, "accepted", kBob, kAda, "b")};
  EXPECT_EQ(Of(rule, activities), std::nullopt);
  activities.push_back(Fact(4, "accepted", kBob, kAda, "a"));
  ASSERT_TRUE(Of(rule, activities).has_value());
  EXPECT_THAT(Of(rule, activities)->stages[0].facts, ElementsAre("1", "2", "4"));
}

TEST(BadgeProgressTest, TheRoleDecidesForWhomAnActivityCounts) {
  const std::vector<Activity> activities{Fact(1, "upvoted", kBob, kAda, "a")};
  BadgeRule rule = AnswerOf(1);
  EXPECT_TRUE(Of(rule, activities).has_value());
  EXPECT_FALSE(Of(rule, activities, {kBob}).has_value());
  rule.stages[0].criteria[0].role = BadgeRole::kActor;
  EXPECT_FALSE(Of(rule, activities).has_value());
  EXPECT_TRUE(Of(rule, activities, {kBob}).has_value());
}

TEST(BadgeProgressTest, NobodyReceivesFromThemselves) {
  const std::vector<Activity> own{Fact(1, "upvoted", kAda, kAda, "a")};
  BadgeRule rule = AnswerOf(1);
  EXPECT_FALSE(Of(rule, own).has_value());
  // Nor from another member of the same person.
  EXPECT_FALSE(Of(rule, {Fact(1, "upvoted", kBob, kAda, "a")}, {kAda, kBob}).has_value());
  rule.stages[0].criteria[0].role = BadgeRole::kActor;
  EXPECT_TRUE(Of(rule, own).has_value());
}

TEST(BadgeProgressTest, APersonIsAllOfTheirMembers) {
  const std::vector<Activity> activities{Fact(1, "upvoted", kNobody, kAda, "a"),
                                         Fact(2, "upvoted", kNobody, kBob, "a")};
  EXPECT_FALSE(Of(AnswerOf(2), activities, {kAda}).has_value());
  EXPECT_TRUE(Of(AnswerOf(2), activities, {kAda, kBob}).has_value());
}

TEST(BadgeProgressTest, ARuleThatKeepsIsMetByTheFirstMoment) {
  std::vector<Activity> activities{Fact(1, "upvoted", kNobody, kAda, "a"),
                                   Fact(2, "upvoted", kNobody, kAda, "a"),
                                   Fact(3, "downvoted", kNobody, kAda, "a")};
  // In whatever order they are given.
  std::swap(activities[0], activities[2]);
  BadgeRule rule = AnswerOf(2);
  ASSERT_TRUE(Of(rule, activities).has_value());
  EXPECT_EQ(Of(rule, activities)->earn_time(), Minute(2));
  rule.keeps = false;
  EXPECT_FALSE(Of(rule, activities).has_value());
  activities.push_back(Fact(4, "upvoted", kNobody, kAda, "a"));
  ASSERT_TRUE(Of(rule, activities).has_value());
  EXPECT_EQ(Of(rule, activities)->earn_time(), Minute(4));
  EXPECT_THAT(Of(rule, activities)->stages[0].facts, ElementsAre("1", "2", "4"));
}

TEST(BadgeProgressTest, ADayIsOneOfTheProgramme) {
  // 23:30 and 00:30 in UTC are the same day in New York.
  const std::vector<Transfer> transfers{Gain(1, kAda, 120, Minute(-30)),
                                        Gain(2, kAda, 80, Minute(30))};
  const MemberKey person[] = {kAda};
  EXPECT_EQ(domain::Evaluate(EarnedInADay(200), Zone::Utc(), person, {}, transfers), std::nullopt);
  const auto zone = Zone::Parse("America/New_York", "zone");
  ASSERT_THAT(zone, IsOk());
  const auto found = domain::Evaluate(EarnedInADay(200), *zone, person, {}, transfers);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->stages[0].group, "2014-02-09");
  EXPECT_THAT(found->stages[0].facts, ElementsAre("1-0", "2-0"));
  EXPECT_EQ(found->activity, 2);
}

TEST(BadgeProgressTest, EarnedIsWhatBoardsScore) {
  const MemberKey person[] = {kAda};
  std::vector<Transfer> transfers{Gain(1, kAda, 150, Minute(1)), Gain(2, kAda, -10, Minute(2)),
                                  Gain(3, kAda, 59, Minute(3))};
  EXPECT_EQ(domain::Evaluate(EarnedInADay(200), Zone::Utc(), person, {}, transfers), std::nullopt);
  transfers.push_back(Gain(4, kAda, 1, Minute(4)));
  EXPECT_NE(domain::Evaluate(EarnedInADay(200), Zone::Utc(), person, {}, transfers), std::nullopt);
  // Spending is no loss, and a transfer between members of one person is no gain.
  Transfer spent = Gain(5, kAda, -100, Minute(0));
  spent.credit.account = domain::kSpentAccount;
  transfers.push_back(spent);
  EXPECT_NE(domain::Evaluate(EarnedInADay(200), Zone::Utc(), person, {}, transfers), std::nullopt);
  Transfer within = Gain(6, kAda, 500, Minute(0));
  within.debit = {"renown", kBob, ""};
  const MemberKey both[] = {kAda, kBob};
  EXPECT_EQ(domain::Evaluate(EarnedInADay(400), Zone::Utc(), both, {}, {{within}}), std::nullopt);
  EXPECT_NE(domain::Evaluate(EarnedInADay(400), Zone::Utc(), person, {}, {{within}}), std::nullopt);
}

TEST(BadgeProgressTest, SumsBeyondTheLimitOfScoresAreShownAtIt) {
  const MemberKey person[] = {kAda};
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  std::vector<Transfer> transfers{Gain(1, kAda, -most, Minute(1)), Gain(2, kAda, -most, Minute(2))};
  const auto sums = [&] {
    return domain::Progress(EarnedInADay(200), Zone::Utc(), person, {}, transfers, Minute(9))
        .stages[0]
        .sums;
  };
  EXPECT_THAT(sums(), ElementsAre(-domain::kScoreMax));
  for (int i = 3; i <= 6; ++i) {
    transfers.push_back(Gain(i, kAda, most, Minute(i)));
  }
  EXPECT_THAT(sums(), ElementsAre(domain::kScoreMax));
  BadgeRule rule = Commented(1);
  rule.stages[0].criteria[0].terms[0].weight = 1000;
  EXPECT_NE(Of(rule, {Fact(1, "commented", kAda, kBob, "q", most)}), std::nullopt);
}

TEST(BadgeProgressTest, EvidenceIsBoundedAndHasAShareOfEachCriterion) {
  BadgeRule rule = AnswerOf(100);
  BadgeCriterion& accepted = rule.stages[0].criteria.emplace_back();
  accepted.role = BadgeRole::kRecipient;
  accepted.terms = {{"accepted", 1}};
  std::vector<Activity> activities{Fact(1, "accepted", kBob, kAda, "a")};
  for (int i = 2; i <= 150; ++i) {
    activities.push_back(Fact(i, "upvoted", kNobody, kAda, "a"));
  }
  const auto found = Of(rule, activities);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->stages[0].facts.size(), 11);
  EXPECT_EQ(found->stages[0].facts.front(), "1");
  EXPECT_EQ(found->stages[0].facts.back(), "101");
  EXPECT_EQ(Of(Commented(1), {Fact(1, "commented", kAda, kBob)})->stages[0].facts.size(), 1);
}

TEST(BadgeProgressTest, EvidenceSaysWhetherTheActivityWasImported) {
  std::vector<Activity> activities{Fact(1, "commented", kAda, kBob),
                                   Fact(2, "commented", kAda, kBob)};
  activities[1].imported = true;
  EXPECT_FALSE(Of(Commented(1), activities)->imported);
  EXPECT_TRUE(Of(Commented(2), activities)->imported);
}

TEST(BadgeProgressTest, ARuleWithoutStagesIsMetByNobody) {
  EXPECT_EQ(Of(BadgeRule{}, {Fact(1, "commented", kAda, kBob)}), std::nullopt);
}

}  // namespace
}  // namespace perigee::tests
