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
)");
  ASSERT_THAT(badges, IsOk());
  ASSERT_EQ(badges->size(), 2U);
  const v1::Badge& helper = badges->at(0).badge();
  EXPECT_EQ(badges->at(0).badge_id(), "helper");
  EXPECT_EQ(helper.display_name(), "helper");
  EXPECT_EQ(helper.rule().group(), v1::BadgeRule::GROUP_OBJECT);
  EXPECT_TRUE(helper.rule().revocable());
  ASSERT_EQ(helper.rule().criteria_size(), 2);
  EXPECT_EQ(helper.rule().criteria(0).role(), v1::BadgeCriterion::ROLE_RECIPIENT);
  EXPECT_EQ(helper.rule().criteria(0).terms(0).weight(), 1);
  EXPECT_EQ(helper.rule().criteria(0).terms(1).weight(), -2);
  EXPECT_EQ(helper.rule().criteria(1).asset(), "stars");
  EXPECT_EQ(badges->at(1).badge().rule().criteria_size(), 0);
  EXPECT_EQ(badges->at(1).badge().rule().group(), v1::BadgeRule::GROUP_NONE);
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
  EXPECT_THAT(Refusal("[[rule]]"), StartsWith("badges.toml:1: unknown key rule"));
  EXPECT_THAT(Refusal("[[badge]"), StartsWith("badges.toml:1: "));
}

}  // namespace
}  // namespace perigee::cli
