#include "server/use_cases/badge/badge_grants.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "tests/use_cases/badge/badges.h"

namespace perigee::tests {
namespace {

using domain::Badge;
using domain::BadgeGrant;
using State = domain::BadgeState;
using testing::ElementsAre;
using testing::IsEmpty;

class BadgeGrantsTest : public BadgesTest {
 protected:
  BadgeGrantsTest() {
    EXPECT_THAT(Create(BadgeOf(AnswerOf(1))), IsOk());
    Apply();
  }
};

TEST_F(BadgeGrantsTest, WhatStaffSayIsOnTheMember) {
  const auto granted = Grant("ada");
  ASSERT_THAT(granted, IsOk());
  EXPECT_EQ(domain::StateOf(*granted), State::kGrantedByStaff);
  EXPECT_EQ(granted->reason, "because");
  EXPECT_THAT(BadgesOf("ada"), ElementsAre("nice"));
  const absl::Status again = Grant("ada").status();
  EXPECT_THAT(again, HasReason(Reason::kIllegalMove));
  EXPECT_EQ(MetadataOf(again).at("open_moves"), "revoke");
  ASSERT_THAT(Revoke("ada"), IsOk());
  EXPECT_THAT(BadgesOf("ada"), IsEmpty());
  EXPECT_THAT(Revoke("ada"), HasReason(Reason::kIllegalMove));
  EXPECT_EQ(Grant("ada")->regrants, 1);
}

TEST_F(BadgeGrantsTest, RefusalsSayWhy) {
  EXPECT_THAT(Grant("nobody"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Revoke("nobody"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Revoke("ada"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Do([](auto& reader, const auto& unit) {
                return use_cases::GrantBadge(reader, unit, "demo", "none", "ada", "because");
              }),
              HasReason(Reason::kNotFound));
  programme.ChangeMember(
      "dan", [](domain::Member& member) { member.standing = domain::Standing::kSuspended; });
  EXPECT_THAT(Grant("dan"), HasReason(Reason::kMemberSuspended));
  ASSERT_THAT(Grant("ada"), IsOk());
  ASSERT_THAT(Change([](Badge& badge) { badge.retired = true; }), IsOk());
  EXPECT_THAT(Grant("bob"), HasReason(Reason::kBadgeRetired));
  EXPECT_THAT(Revoke("ada"), IsOk());
}

TEST_F(BadgeGrantsTest, APersonHasTheBadgesOfAllItsMembersUntilTheyPart) {
  ASSERT_THAT(Grant("bob"), IsOk());
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  EXPECT_THAT(BadgesOf("ada"), ElementsAre("nice"));
  EXPECT_THAT(Grant("ada"), HasReason(Reason::kIllegalMove));
  ASSERT_THAT(Unmerge("bob"), IsOk());
  EXPECT_THAT(BadgesOf("ada"), IsEmpty());
  EXPECT_THAT(BadgesOf("bob"), ElementsAre("nice"));
  ASSERT_THAT(Grant("ada"), IsOk());
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  ASSERT_THAT(Revoke("bob"), IsOk());
  EXPECT_THAT(BadgesOf("ada"), IsEmpty());
  ASSERT_THAT(Unmerge("bob"), IsOk());
  EXPECT_THAT(BadgesOf("bob"), IsEmpty());
}

TEST_F(BadgeGrantsTest, AnErasedMemberLeavesNoGrant) {
  ASSERT_THAT(Grant("ada"), IsOk());
  programme.Erase(programme.KeyOf("ada"));
  programme.DoWhatIsDue();
  EXPECT_THAT(All<BadgeGrant>(), IsEmpty());
}

}  // namespace
}  // namespace perigee::tests
