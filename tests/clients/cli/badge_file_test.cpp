#include "clients/cli/badge_file.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clients/cli/rules.h"
#include "tests/matchers/status.h"

namespace perigee::cli {
namespace {

using ::testing::StartsWith;
using tests::IsOk;

std::string Refusal(std::string_view toml) {
  return std::string(ParseBadges("badges.toml", toml).status().message());
}

TEST(BadgeFileTest, AFileIsReadIntoBadges) {
  const auto badges = ParseBadges("badges.toml", R"(
[[badge]]
id = "helper"
description = "Helps"
group = "object"
revocable = true
criteria = [
  { role = "recipient", at_least = 3, terms = [{ activity_type = "up" }, { activity_type = "down", weight = -2 }] },
  { asset = "stars", at_least = 5 },
]
[[badge]]
id = "friend"
[[badge]]
id = "guide"
start_time = "2026-03-01T00:00:00+01:00"
[[badge.stages]]
display_name = "Ask"
criteria = [{ at_least = 1, terms = [{ activity_type = "ask" }] }]
[[badge.stages]]
group = "day"
days_in_a_row = 3
within_days = 7
criteria = [{ at_least = 1, terms = [{ activity_type = "answer" }] }]
)");
  ASSERT_THAT(badges, IsOk());
  ASSERT_EQ(badges->size(), 3U);
  const v1::Badge& helper = badges->at(0).badge();
  EXPECT_EQ(badges->at(0).badge_id(), "helper");
  EXPECT_EQ(helper.display_name(), "helper");
  EXPECT_TRUE(helper.rule().revocable());
  ASSERT_EQ(helper.rule().stages_size(), 1);
  const v1::BadgeStage& stage = helper.rule().stages(0);
  EXPECT_EQ(stage.group(), v1::BadgeStage::GROUP_OBJECT);
  EXPECT_EQ(stage.days_in_a_row(), 1);
  ASSERT_EQ(stage.criteria_size(), 2);
  EXPECT_EQ(stage.criteria(0).role(), v1::BadgeCriterion::ROLE_RECIPIENT);
  EXPECT_EQ(stage.criteria(0).terms(0).weight(), 1);
  EXPECT_EQ(stage.criteria(0).terms(1).weight(), -2);
  EXPECT_EQ(stage.criteria(1).asset(), "stars");
  EXPECT_EQ(badges->at(1).badge().rule().stages_size(), 0);
  const v1::BadgeRule& guide = badges->at(2).badge().rule();
  EXPECT_EQ(guide.start_time().seconds(), 1772319600);
  EXPECT_FALSE(guide.has_end_time());
  ASSERT_EQ(guide.stages_size(), 2);
  EXPECT_EQ(guide.stages(0).display_name(), "Ask");
  EXPECT_EQ(guide.stages(1).group(), v1::BadgeStage::GROUP_DAY);
  EXPECT_EQ(guide.stages(1).days_in_a_row(), 3);
  EXPECT_EQ(guide.stages(1).within_days(), 7);
}

TEST(BadgeFileTest, TheFileInTheBinaryHasThirteenBadges) {
  const auto badges = ParseBadges("stackexchange_badges.toml", kStackExchangeBadges);
  ASSERT_THAT(badges, IsOk());
  EXPECT_EQ(badges->size(), 13U);
}

TEST(BadgeFileTest, AWrongFileIsRefusedByItsLine) {
  EXPECT_THAT(Refusal("[[badge]]\nid = 3"), StartsWith("badges.toml:2: id must be text"));
  EXPECT_THAT(Refusal("[[badge]]\nname = \"x\""), StartsWith("badges.toml:2: unknown key name"));
  EXPECT_THAT(Refusal("[[badge]]\ngroup = \"week\""), StartsWith("badges.toml:2: "));
  EXPECT_THAT(Refusal("[[badge]]\nend_time = \"2026-03-01\""),
              StartsWith("badges.toml:2: end_time must be a time such as"));
  EXPECT_THAT(Refusal("[[badge]]\ngroup = \"day\"\n[[badge.stages]]"),
              StartsWith("badges.toml:2: unknown key group"));
  EXPECT_THAT(Refusal("[[rule]]"), StartsWith("badges.toml:1: unknown key rule"));
  EXPECT_THAT(Refusal("[[badge]"), StartsWith("badges.toml:1: "));
}

}  // namespace
}  // namespace perigee::cli
