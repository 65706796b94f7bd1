#include "server/domain/badge/badge_rule.h"

#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/domain/badge/badge_facts.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::BadgeGroup;
using domain::BadgeRule;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(BadgeRuleTest, ItKnowsWhatItLooksAt) {
  const BadgeRule answer = AnswerOf(1);
  EXPECT_TRUE(answer.LooksAt("downvoted", Minute(1)));
  EXPECT_FALSE(answer.LooksAt("commented", Minute(1)));
  EXPECT_TRUE(answer.LooksAtActivities());
  EXPECT_THAT(answer.Assets(), IsEmpty());
  EXPECT_FALSE(answer.LooksAtAsset("", Minute(1)));
  EXPECT_TRUE(EarnedInADay(1).LooksAtAsset("renown", Minute(1)));
  EXPECT_FALSE(EarnedInADay(1).LooksAtActivities());
  BadgeRule both = answer;
  both.stages.push_back(EarnedInADay(1).stages[0]);
  EXPECT_TRUE(both.LooksAt("downvoted", Minute(1)));
  EXPECT_TRUE(both.LooksAtActivities());
  EXPECT_THAT(both.Assets(), ElementsAre("renown"));
  both.end_time = Minute(1);
  EXPECT_FALSE(both.LooksAt("downvoted", Minute(1)));
  EXPECT_FALSE(both.LooksAtAsset("renown", Minute(1)));
}

TEST(BadgeRuleTest, EveryLimitHasItsField) {
  struct Row {
    const char* field;
    std::function<void(BadgeRule&)> change;
  };
  for (const Row& row : {
           Row{"rule.stages[0].criteria",
               [](BadgeRule& r) { r.stages[0].criteria.resize(6, r.stages[0].criteria[0]); }},
           Row{"rule.stages[0].criteria[0].terms",
               [](BadgeRule& r) { r.stages[0].criteria[0].terms.clear(); }},
           Row{"rule.stages[0].criteria[0].terms",
               [](BadgeRule& r) { r.stages[0].criteria[0].terms.resize(11); }},
           Row{"rule.stages[0].criteria[0].terms",
               [](BadgeRule& r) {
                 r.stages[0].criteria[0].terms = {{"downvoted", -1}};
               }},
           Row{"rule.stages[0].criteria[0].terms[1].activity_type",
               [](BadgeRule& r) { r.stages[0].criteria[0].terms[1].type = "Up"; }},
           Row{"rule.stages[0].criteria[0].terms[1].activity_type",
               [](BadgeRule& r) { r.stages[0].criteria[0].terms[1].type = "upvoted"; }},
           Row{"rule.stages[0].criteria[0].terms[0].weight",
               [](BadgeRule& r) { r.stages[0].criteria[0].terms[0].weight = 0; }},
           Row{"rule.stages[0].criteria[0].terms[0].weight",
               [](BadgeRule& r) { r.stages[0].criteria[0].terms[0].weight = -1001; }},
           Row{"rule.stages[0].criteria[0].at_least",
               [](BadgeRule& r) { r.stages[0].criteria[0].at_least = 0; }},
           Row{"rule.stages[0].criteria[0].terms",
               [](BadgeRule& r) { r.stages[0].criteria[0].asset = "renown"; }},
           Row{"rule.stages[0].criteria[0].asset",
               [](BadgeRule& r) {
                 r = EarnedInADay(1);
                 r.stages[0].group = BadgeGroup::kObject;
               }},
           Row{"rule.stages[0].criteria[0].asset",
               [](BadgeRule& r) {
                 r = EarnedInADay(1);
                 r.stages[0].criteria[0].asset = "Renown";
               }},
           Row{"rule.stages[0].criteria", [](BadgeRule& r) { r.stages[0].criteria.clear(); }},
           Row{"rule.stages", [](BadgeRule& r) { r.stages.resize(11, r.stages[0]); }},
           Row{"rule.stages[1].display_name",
               [](BadgeRule& r) {
                 r.stages.push_back(StageOf("asked"));
                 r.stages[1].display_name.assign(201, 'x');
               }},
           Row{"rule.stages[0].days_in_a_row",
               [](BadgeRule& r) { r.stages = {RowOf("asked", 0)}; }},
           Row{"rule.stages[0].days_in_a_row",
               [](BadgeRule& r) { r.stages = {RowOf("asked", 367)}; }},
           Row{"rule.stages[0].group", [](BadgeRule& r) { r.stages[0].days_in_a_row = 2; }},
           Row{"rule.stages[1].within_days",
               [](BadgeRule& r) {
                 r.stages.push_back(StageOf("asked"));
                 r.stages[1].within_days = 367;
               }},
           Row{"rule.stages[0].within_days", [](BadgeRule& r) { r.stages[0].within_days = -1; }},
           Row{"rule.stages[0].within_days", [](BadgeRule& r) { r.stages[0].within_days = 7; }},
           Row{"rule.start_time",
               [](BadgeRule& r) {
                 r.start_time = ParseTime("9999-12-31T23:59:59Z").value();
                 r.stages[0].within_days = 366;
               }},
           Row{"rule.end_time",
               [](BadgeRule& r) {
                 r.start_time = Minute(1);
                 r.end_time = Minute(1);
               }},
           Row{"rule.revocable",
               [](BadgeRule& r) {
                 r.stages.push_back(StageOf("asked"));
                 r.keeps = false;
               }},
           Row{"rule.revocable",
               [](BadgeRule& r) {
                 r.stages = {RowOf("asked", 2)};
                 r.keeps = false;
               }},
       }) {
    BadgeRule rule = AnswerOf(1);
    row.change(rule);
    EXPECT_THAT(domain::CheckBadgeRule("rule", rule), IsInvalidField(row.field));
  }
  EXPECT_THAT(domain::CheckBadgeRule("rule", AnswerOf(1)), IsOk());
  EXPECT_THAT(domain::CheckBadgeRule("rule", EarnedInADay(1)), IsOk());
  EXPECT_THAT(domain::CheckBadgeRule("rule", BadgeRule{}), IsOk());
  BadgeRule challenge = RuleOf({RowOf("asked", 366), StageOf("answered")});
  challenge.start_time = Minute(1);
  challenge.stages[0].within_days = 366;
  challenge.stages[1].within_days = 366;
  EXPECT_THAT(domain::CheckBadgeRule("rule", challenge), IsOk());
}

}  // namespace
}  // namespace perigee::tests
