#include "server/domain/badge/badge_rule.h"

#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/civil_time.h"
#include "tests/domain/badge/badge_facts.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Activity;
using domain::BadgeCriterion;
using domain::BadgeEvidence;
using domain::BadgeGroup;
using domain::BadgeRole;
using domain::BadgeRule;
using domain::MemberKey;
using domain::Transfer;
using testing::ElementsAre;
using testing::Optional;

const MemberKey kAda = Key(1);
const MemberKey kBob = Key(2);
const MemberKey kNobody{};

std::optional<BadgeEvidence> Of(const BadgeRule& rule, const std::vector<Activity>& activities,
                                const std::vector<MemberKey>& person = {kAda}) {
  return domain::Evaluate(rule, Zone::Utc(), person, activities, {});
}

BadgeRule Commented(std::int64_t at_least) {
  BadgeRule rule;
  BadgeCriterion& criterion = rule.criteria.emplace_back();
  criterion.terms = {{"commented", 1}};
  criterion.at_least = at_least;
  return rule;
}

BadgeRule EarnedInADay(std::int64_t at_least) {
  BadgeRule rule;
  rule.group = BadgeGroup::kDay;
  BadgeCriterion& criterion = rule.criteria.emplace_back();
  criterion.asset = "renown";
  criterion.at_least = at_least;
  return rule;
}

TEST(BadgeRuleTest, ASumIsMetExactlyAtItsBound) {
  std::vector<Activity> activities;
  for (int i = 1; i <= 9; ++i) {
    activities.push_back(Fact(i, "commented", kAda, kBob));
  }
  EXPECT_EQ(Of(Commented(10), activities), std::nullopt);
  activities.push_back(Fact(10, "commented", kAda, kNobody));
  const std::optional<BadgeEvidence> found = Of(Commented(10), activities);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->facts.size(), 10);
  EXPECT_EQ(found->facts.front(), "1");
  EXPECT_EQ(found->earn_time, Minute(10));
  EXPECT_EQ(found->activity, 10);
  EXPECT_EQ(found->group, "");
}

TEST(BadgeRuleTest, WeightsMultiplyQuantities) {
  BadgeRule rule = Commented(1000);
  rule.criteria[0].terms = {{"views", 2}};
  EXPECT_EQ(Of(rule, {Fact(1, "views", kAda, kNobody, "q", 499)}), std::nullopt);
  EXPECT_NE(Of(rule, {Fact(1, "views", kAda, kNobody, "q", 500)}), std::nullopt);
}

TEST(BadgeRuleTest, OneObjectMustMeetTheRule) {
  const BadgeRule rule = AnswerOf(2);
  EXPECT_EQ(
      Of(rule, {Fact(1, "upvoted", kNobody, kAda, "a"), Fact(2, "upvoted", kNobody, kAda, "b")}),
      std::nullopt);
  const auto found =
      Of(rule, {Fact(1, "upvoted", kNobody, kAda, "a"), Fact(2, "upvoted", kNobody, kAda, "b"),
                Fact(3, "upvoted", kNobody, kAda, "b")});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->group, "b");
  EXPECT_THAT(found->facts, ElementsAre("2", "3"));
}

TEST(BadgeRuleTest, AnActivityWithoutObjectIsInNoGroup) {
  EXPECT_EQ(Of(AnswerOf(1), {Fact(1, "upvoted", kNobody, kAda)}), std::nullopt);
}

TEST(BadgeRuleTest, OneGroupMustMeetAllCriteria) {
  BadgeRule rule = AnswerOf(2);
  BadgeCriterion& accepted = rule.criteria.emplace_back();
  accepted.role = BadgeRole::kRecipient;
  accepted.terms = {{"accepted", 1}};
  std::vector<Activity> activities{Fact(1, "upvoted", kNobody, kAda, "a"),
                                   Fact(2, "upvoted", kNobody, kAda, "a"),
                                   Fact(3, "accepted", kBob, kAda, "b")};
  EXPECT_EQ(Of(rule, activities), std::nullopt);
  activities.push_back(Fact(4, "accepted", kBob, kAda, "a"));
  ASSERT_TRUE(Of(rule, activities).has_value());
  EXPECT_THAT(Of(rule, activities)->facts, ElementsAre("1", "2", "4"));
}

TEST(BadgeRuleTest, TheRoleDecidesForWhomAnActivityCounts) {
  const std::vector<Activity> activities{Fact(1, "upvoted", kBob, kAda, "a")};
  BadgeRule rule = AnswerOf(1);
  EXPECT_TRUE(Of(rule, activities).has_value());
  EXPECT_FALSE(Of(rule, activities, {kBob}).has_value());
  rule.criteria[0].role = BadgeRole::kActor;
  EXPECT_FALSE(Of(rule, activities).has_value());
  EXPECT_TRUE(Of(rule, activities, {kBob}).has_value());
}

TEST(BadgeRuleTest, NobodyReceivesFromThemselves) {
  const std::vector<Activity> own{Fact(1, "upvoted", kAda, kAda, "a")};
  BadgeRule rule = AnswerOf(1);
  EXPECT_FALSE(Of(rule, own).has_value());
  // Nor from another member of the same person.
  EXPECT_FALSE(Of(rule, {Fact(1, "upvoted", kBob, kAda, "a")}, {kAda, kBob}).has_value());
  rule.criteria[0].role = BadgeRole::kActor;
  EXPECT_TRUE(Of(rule, own).has_value());
}

TEST(BadgeRuleTest, APersonIsAllOfTheirMembers) {
  const std::vector<Activity> activities{Fact(1, "upvoted", kNobody, kAda, "a"),
                                         Fact(2, "upvoted", kNobody, kBob, "a")};
  EXPECT_FALSE(Of(AnswerOf(2), activities, {kAda}).has_value());
  EXPECT_TRUE(Of(AnswerOf(2), activities, {kAda, kBob}).has_value());
}

TEST(BadgeRuleTest, ARuleThatKeepsIsMetByTheFirstMoment) {
  std::vector<Activity> activities{Fact(1, "upvoted", kNobody, kAda, "a"),
                                   Fact(2, "upvoted", kNobody, kAda, "a"),
                                   Fact(3, "downvoted", kNobody, kAda, "a")};
  // In whatever order they are given.
  std::swap(activities[0], activities[2]);
  BadgeRule rule = AnswerOf(2);
  ASSERT_TRUE(Of(rule, activities).has_value());
  EXPECT_EQ(Of(rule, activities)->earn_time, Minute(2));
  rule.keeps = false;
  EXPECT_FALSE(Of(rule, activities).has_value());
  activities.push_back(Fact(4, "upvoted", kNobody, kAda, "a"));
  ASSERT_TRUE(Of(rule, activities).has_value());
  EXPECT_EQ(Of(rule, activities)->earn_time, Minute(4));
  EXPECT_THAT(Of(rule, activities)->facts, ElementsAre("1", "2", "4"));
}

TEST(BadgeRuleTest, ADayIsOneOfTheProgramme) {
  // 23:30 and 00:30 in UTC are the same day in New York.
  const std::vector<Transfer> transfers{Gain(1, kAda, 120, Minute(-30)),
                                        Gain(2, kAda, 80, Minute(30))};
  const MemberKey person[] = {kAda};
  EXPECT_EQ(domain::Evaluate(EarnedInADay(200), Zone::Utc(), person, {}, transfers), std::nullopt);
  const auto zone = Zone::Parse("America/New_York", "zone");
  ASSERT_THAT(zone, IsOk());
  const auto found = domain::Evaluate(EarnedInADay(200), *zone, person, {}, transfers);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->group, "2014-02-09");
  EXPECT_THAT(found->facts, ElementsAre("1-0", "2-0"));
  EXPECT_EQ(found->activity, 2);
}

TEST(BadgeRuleTest, EarnedIsWhatBoardsScore) {
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

TEST(BadgeRuleTest, EvidenceIsBoundedAndHasAShareOfEachCriterion) {
  BadgeRule rule = AnswerOf(100);
  BadgeCriterion& accepted = rule.criteria.emplace_back();
  accepted.role = BadgeRole::kRecipient;
  accepted.terms = {{"accepted", 1}};
  std::vector<Activity> activities{Fact(1, "accepted", kBob, kAda, "a")};
  for (int i = 2; i <= 150; ++i) {
    activities.push_back(Fact(i, "upvoted", kNobody, kAda, "a"));
  }
  const auto found = Of(rule, activities);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->facts.size(), 11);
  EXPECT_EQ(found->facts.front(), "1");
  EXPECT_EQ(found->facts.back(), "101");
  EXPECT_EQ(Of(Commented(1), {Fact(1, "commented", kAda, kBob)})->facts.size(), 1);
}

TEST(BadgeRuleTest, EvidenceSaysWhetherTheActivityWasImported) {
  std::vector<Activity> activities{Fact(1, "commented", kAda, kBob),
                                   Fact(2, "commented", kAda, kBob)};
  activities[1].imported = true;
  EXPECT_FALSE(Of(Commented(1), activities)->imported);
  EXPECT_TRUE(Of(Commented(2), activities)->imported);
}

TEST(BadgeRuleTest, ARuleWithoutCriteriaIsMetByNobody) {
  EXPECT_EQ(Of(BadgeRule{}, {Fact(1, "commented", kAda, kBob)}), std::nullopt);
}

TEST(BadgeRuleTest, ItKnowsWhatItLooksAt) {
  const BadgeRule answer = AnswerOf(1);
  EXPECT_TRUE(answer.LooksAt("downvoted"));
  EXPECT_FALSE(answer.LooksAt("commented"));
  EXPECT_TRUE(answer.LooksAtActivities());
  EXPECT_FALSE(answer.LooksAtTransfers());
  EXPECT_FALSE(answer.LooksAtAsset(""));
  EXPECT_TRUE(EarnedInADay(1).LooksAtAsset("renown"));
  EXPECT_FALSE(EarnedInADay(1).LooksAtActivities());
}

TEST(BadgeRuleTest, EveryLimitHasItsField) {
  struct Row {
    const char* field;
    std::function<void(BadgeRule&)> change;
  };
  for (const Row& row : {
           Row{"rule.criteria", [](BadgeRule& r) { r.criteria.resize(6, r.criteria[0]); }},
           Row{"rule.criteria[0].terms", [](BadgeRule& r) { r.criteria[0].terms.clear(); }},
           Row{"rule.criteria[0].terms", [](BadgeRule& r) { r.criteria[0].terms.resize(11); }},
           Row{"rule.criteria[0].terms",
               [](BadgeRule& r) {
                 r.criteria[0].terms = {{"downvoted", -1}};
               }},
           Row{"rule.criteria[0].terms[1].activity_type",
               [](BadgeRule& r) { r.criteria[0].terms[1].type = "Up"; }},
           Row{"rule.criteria[0].terms[1].activity_type",
               [](BadgeRule& r) { r.criteria[0].terms[1].type = "upvoted"; }},
           Row{"rule.criteria[0].terms[0].weight",
               [](BadgeRule& r) { r.criteria[0].terms[0].weight = 0; }},
           Row{"rule.criteria[0].terms[0].weight",
               [](BadgeRule& r) { r.criteria[0].terms[0].weight = -1001; }},
           Row{"rule.criteria[0].at_least", [](BadgeRule& r) { r.criteria[0].at_least = 0; }},
           Row{"rule.criteria[0].terms", [](BadgeRule& r) { r.criteria[0].asset = "renown"; }},
           Row{"rule.criteria[0].asset",
               [](BadgeRule& r) {
                 r = EarnedInADay(1);
                 r.group = BadgeGroup::kObject;
               }},
           Row{"rule.criteria[0].asset",
               [](BadgeRule& r) {
                 r = EarnedInADay(1);
                 r.criteria[0].asset = "Renown";
               }},
       }) {
    BadgeRule rule = AnswerOf(1);
    row.change(rule);
    EXPECT_THAT(domain::CheckBadgeRule("rule", rule), IsInvalidField(row.field));
  }
  EXPECT_THAT(domain::CheckBadgeRule("rule", AnswerOf(1)), IsOk());
  EXPECT_THAT(domain::CheckBadgeRule("rule", EarnedInADay(1)), IsOk());
  EXPECT_THAT(domain::CheckBadgeRule("rule", BadgeRule{}), IsOk());
}

}  // namespace
}  // namespace perigee::tests
