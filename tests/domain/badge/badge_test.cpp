#include "server/domain/badge/badge.h"

#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "server/domain/record/wire.h"
#include "tests/domain/badge/badge_facts.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Badge;

TEST(BadgeTest, EveryLimitHasItsField) {
  struct Row {
    const char* field;
    std::function<void(Badge&)> change;
  };
  for (const Row& row : {
           Row{"badge_id", [](Badge& b) { b.id = "Nice"; }},
           Row{"badge.display_name", [](Badge& b) { b.display_name = ""; }},
           Row{"badge.display_name", [](Badge& b) { b.display_name.assign(201, 'x'); }},
           Row{"badge.description", [](Badge& b) { b.description.assign(1001, 'x'); }},
           Row{"badge.rule.stages[0].criteria[0].at_least",
               [](Badge& b) { b.rule.stages[0].criteria[0].at_least = 0; }},
       }) {
    Badge badge = BadgeOf(AnswerOf(1));
    row.change(badge);
    EXPECT_THAT(domain::CheckBadge(badge), IsInvalidField(row.field));
  }
  EXPECT_THAT(domain::CheckBadge(BadgeOf(AnswerOf(1))), IsOk());
}

TEST(BadgeTest, AChangedRuleIsAppliedFromTheFirstMemberOn) {
  Badge badge = BadgeOf(AnswerOf(1));
  badge.applied_up_to = Key(9);
  domain::NoteRuleChange(12, Minute(1), badge);
  EXPECT_EQ(badge.rule_version, 12);
  EXPECT_EQ(badge.due_time, Minute(1));
  EXPECT_TRUE(badge.applied_up_to.IsNil());
}

TEST(BadgeTest, ItsRuleSurvivesItsBytes) {
  Badge badge = BadgeOf(RuleOf({AnswerOf(3).stages[0], RowOf("asked", 7)}));
  badge.rule.keeps = false;
  badge.rule.end_time = Minute(9);
  badge.rule.stages[1].display_name = "Ask";
  badge.rule.stages[1].within_days = 30;
  const domain::RecordType& type = domain::TypeOf<Badge>();
  const auto read = domain::DecodeRecord(
      type, domain::EncodeRecord(type, &badge, domain::WireSink::Part::kPlain),
      domain::EncodeRecord(type, &badge, domain::WireSink::Part::kPersonal), 12);
  ASSERT_NE(read, nullptr);
  const auto& again = *static_cast<const Badge*>(read.get());
  EXPECT_EQ(again.rule, badge.rule);
  EXPECT_EQ(again.display_name, "Nice");
  EXPECT_EQ(again.revision, 12);
}

// Group 2, and a criterion of the role 2 with at_least 3, as builds before stages wrote them.
TEST(BadgeTest, ARuleOfAnEarlierBuildHasOneStage) {
  const std::string criterion("\x08\x04\x20\x06", 4);
  const std::string rule = "\x08\x04\x12\x05\x04" + criterion + "\x18\x02";
  const domain::RecordType& type = domain::TypeOf<Badge>();
  const auto read = domain::DecodeRecord(type, "\x22\x0b" + rule, "", 12);
  ASSERT_NE(read, nullptr);
  const auto& badge = *static_cast<const Badge*>(read.get());
  ASSERT_EQ(badge.rule.stages.size(), 1);
  EXPECT_EQ(badge.rule.stages[0].group, domain::BadgeGroup::kObject);
  ASSERT_EQ(badge.rule.stages[0].criteria.size(), 1);
  EXPECT_EQ(badge.rule.stages[0].criteria[0].role, domain::BadgeRole::kRecipient);
  EXPECT_EQ(badge.rule.stages[0].criteria[0].at_least, 3);
  // A rule without criteria has none: staff alone grant the badge.
  const auto of_staff = domain::DecodeRecord(type, "\x22\x04\x08\x02\x18\x02", "", 12);
  ASSERT_NE(of_staff, nullptr);
  EXPECT_TRUE(static_cast<const Badge*>(of_staff.get())->rule.stages.empty());
}

}  // namespace
}  // namespace perigee::tests
