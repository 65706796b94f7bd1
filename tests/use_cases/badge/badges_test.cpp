#include "server/use_cases/badge/badges.h"

#include <string>

#include <gtest/gtest.h>

#include "server/domain/program/program.h"
#include "tests/use_cases/badge/badges.h"

namespace perigee::tests {
namespace {

using domain::Badge;

Badge Mortarboard(const std::string& asset) {
  Badge badge = BadgeOf(EarnedInADay(1, asset));
  badge.id = "mortarboard";
  return badge;
}

TEST_F(BadgesTest, ABadgeIsMadeOnceAndIsToBeApplied) {
  const auto made = Create(BadgeOf(AnswerOf(1)));
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->rule_version, made->revision);
  EXPECT_EQ(made->due_time, programme.clock.Now());
  EXPECT_THAT(Create(BadgeOf(AnswerOf(2))), HasReason(Reason::kAlreadyExists));
  EXPECT_THAT(Create(Mortarboard("none")), HasReason(Reason::kNotFound));
  EXPECT_THAT(Create(Mortarboard("reputation")), IsOk());
}

TEST_F(BadgesTest, OnlyAnotherRuleHasAnotherVersion) {
  const auto made = Create(BadgeOf(AnswerOf(1)));
  ASSERT_THAT(made, IsOk());
  Apply();
  const auto named = Change([](Badge& badge) { badge.display_name = "Nicer"; });
  ASSERT_THAT(named, IsOk());
  EXPECT_EQ(named->rule_version, made->rule_version);
  EXPECT_FALSE(named->due_time.has_value());
  const auto changed = Change([](Badge& badge) {
    badge.rule = AnswerOf(2);
    badge.grandfather = true;
  });
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->rule_version, changed->revision);
  EXPECT_TRUE(changed->grandfather);
  EXPECT_TRUE(changed->due_time.has_value());
  // The word of the last change of the rule stays, and does not count for the next.
  EXPECT_TRUE(Change([](Badge& badge) { badge.display_name = "Nice"; })->grandfather);
  EXPECT_FALSE(Change([](Badge& badge) { badge.rule = AnswerOf(3); })->grandfather);
}

TEST_F(BadgesTest, AnEtagGuardsAgainstStaffAndNotAgainstTheApplying) {
  const auto made = Create(BadgeOf(AnswerOf(1)));
  ASSERT_THAT(made, IsOk());
  const std::string etag = domain::Etag(made->edit_revision);
  Apply();
  EXPECT_GT(All<Badge>()[0].revision, made->revision);
  ASSERT_THAT(Change([](Badge& badge) { badge.description = "so"; }, etag), IsOk());
  EXPECT_THAT(Change([](Badge& badge) { badge.description = "or so"; }, etag),
              HasReason(Reason::kEtagMismatch));
  EXPECT_THAT(Change([](Badge& badge) { badge.display_name = ""; }),
              IsInvalidField("badge.display_name"));
  EXPECT_THAT(Change([](Badge& badge) { badge.rule = Mortarboard("none").rule; }),
              HasReason(Reason::kNotFound));
  EXPECT_THAT(Do([](auto& reader, const auto& unit) {
                return use_cases::UpdateBadge(reader, unit, "demo", "none", {[](Badge&) {}});
              }),
              HasReason(Reason::kNotFound));
}

TEST_F(BadgesTest, WhoComesBackFromRetirementIsAppliedAnew) {
  ASSERT_THAT(Create(BadgeOf(AnswerOf(1))), IsOk());
  Apply();
  EXPECT_FALSE(Change([](Badge& badge) { badge.retired = true; })->due_time.has_value());
  EXPECT_TRUE(Change([](Badge& badge) { badge.retired = false; })->due_time.has_value());
}

TEST_F(BadgesTest, AProgrammeHasABoundedNumber) {
  for (int i = 0; i < domain::kBadgesMax; ++i) {
    Badge badge = BadgeOf({});
    badge.id = "b" + std::to_string(i);
    ASSERT_THAT(Create(badge), IsOk());
  }
  EXPECT_THAT(Create(BadgeOf({})), HasReason(Reason::kTooManyBadges));
}

}  // namespace
}  // namespace perigee::tests
