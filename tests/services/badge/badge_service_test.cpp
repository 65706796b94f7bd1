#include "server/services/badge/badge_service.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perigee/v1/badge.pb.h"
#include "server/core/error.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {
namespace {

const std::string kAcme = "programs/acme";
const std::string kAda = kAcme + "/members/ada";

// In `acme`, staff granted ada the badge `friend`. Bob has none.
class BadgeServiceTest : public testing::Test {
 protected:
  BadgeServiceTest() { server.Identify(kAcme + "/members/bob", "bob"); }

  v1::ListBadgeGrantsResponse GrantsOf(const std::string& member, const std::string& who) {
    v1::ListBadgeGrantsRequest request;
    request.set_parent(member);
    return server.Must<v1::ListBadgeGrantsResponse>(server.Token(who),
                                                    "BadgeService/ListBadgeGrants", request);
  }
  void OptOut() {
    v1::UpdateSelfRequest request;
    request.mutable_member()->set_name(kAda);
    request.mutable_member()->set_board_opt_out(true);
    request.mutable_update_mask()->add_paths("board_opt_out");
    request.set_request_id(server.NewRequestId());
    server.Must<v1::Member>(server.Token("ada"), "MemberService/UpdateSelf", request);
  }
  void Revoke() {
    v1::RevokeBadgeRequest request;
    request.set_name(kAda + "/badgeGrants/friend");
    request.set_reason("Not any more");
    request.set_request_id(server.NewRequestId());
    server.Must<v1::BadgeGrant>(server.Token("root"), "BadgeAdminService/RevokeBadge", request);
  }

  // Who talked, and then talks on 3 days in a row within 30 days.
  void MakeTalker() {
    v1::CreateBadgeRequest request;
    request.set_parent(kAcme);
    request.set_badge_id("talker");
    v1::Badge& badge = *request.mutable_badge();
    badge.set_display_name("Talker");
    v1::BadgeStage& talk = *badge.mutable_rule()->add_stages();
    talk.set_display_name("Talk");
    talk.add_criteria()->set_at_least(1);
    talk.mutable_criteria(0)->add_terms()->set_activity_type("talk");
    v1::BadgeStage& row = *badge.mutable_rule()->add_stages();
    *row.mutable_criteria() = talk.criteria();
    row.set_group(v1::BadgeStage::GROUP_DAY);
    row.set_days_in_a_row(3);
    row.set_within_days(30);
    request.set_request_id(server.NewRequestId());
    server.Must<v1::Badge>(server.Token("root"), "BadgeAdminService/CreateBadge", request);
  }
  v1::BadgeProgress ProgressOf(const std::string& badge, const std::string& who) {
    v1::GetBadgeProgressRequest request;
    request.set_name(kAda + "/badgeProgress/" + badge);
    return server.Must<v1::BadgeProgress>(server.Token(who), "BadgeService/GetBadgeProgress",
                                          request);
  }

  AccessServer server;
};

TEST_F(BadgeServiceTest, MembersSeeEachOthersBadgesAndTheirOwnWholly) {
  const auto own = GrantsOf(kAda, "ada");
  ASSERT_EQ(own.grants_size(), 1);
  EXPECT_EQ(own.grants(0).name(), kAda + "/badgeGrants/friend");
  EXPECT_EQ(own.grants(0).reason(), "Always there");
  const auto seen = GrantsOf(kAda, "bob");
  ASSERT_EQ(seen.grants_size(), 1);
  EXPECT_EQ(seen.grants(0).badge(), kAcme + "/badges/friend");
  EXPECT_EQ(seen.grants(0).state(), v1::BadgeGrant::STATE_GRANTED_BY_STAFF);
  EXPECT_EQ(seen.grants(0).reason(), "");
  EXPECT_EQ(seen.grants(0).revision(), 0);
}

TEST_F(BadgeServiceTest, WhoIsHiddenAnswersAsWhoIsMissing) {
  const auto missing = GrantsOf(kAcme + "/members/nobody", "bob");
  EXPECT_EQ(missing.grants_size(), 0);
  OptOut();
  EXPECT_EQ(GrantsOf(kAda, "bob").SerializeAsString(), missing.SerializeAsString());
  EXPECT_EQ(GrantsOf(kAda, "ada").grants_size(), 1);
}

TEST_F(BadgeServiceTest, ARevokedBadgeIsSeenByItsMemberAlone) {
  Revoke();
  EXPECT_EQ(GrantsOf(kAda, "bob").grants_size(), 0);
  const auto own = GrantsOf(kAda, "ada");
  ASSERT_EQ(own.grants_size(), 1);
  EXPECT_EQ(own.grants(0).state(), v1::BadgeGrant::STATE_REVOKED_BY_STAFF);
  EXPECT_EQ(own.grants(0).reason(), "Not any more");
}

TEST_F(BadgeServiceTest, ProgressIsOnesOwnAndOfStaff) {
  MakeTalker();
  const v1::BadgeProgress own = ProgressOf("talker", "ada");
  EXPECT_EQ(own.name(), kAda + "/badgeProgress/talker");
  EXPECT_EQ(own.badge(), kAcme + "/badges/talker");
  EXPECT_FALSE(own.met());
  ASSERT_EQ(own.stages_size(), 2);
  const v1::BadgeProgress::Stage& talk = own.stages(0);
  EXPECT_EQ(talk.display_name(), "Talk");
  EXPECT_TRUE(talk.open());
  EXPECT_FALSE(talk.has_start_time());
  EXPECT_FALSE(talk.has_end_time());
  ASSERT_EQ(talk.sums_size(), 1);
  EXPECT_EQ(talk.sums(0).sum(), 1);
  EXPECT_EQ(talk.sums(0).at_least(), 1);
  EXPECT_EQ(talk.evidence().activities_size(), 1);
  EXPECT_TRUE(talk.evidence().has_meet_time());
  EXPECT_FALSE(talk.has_row());
  const v1::BadgeProgress::Stage& row = own.stages(1);
  EXPECT_TRUE(row.open());
  EXPECT_EQ(row.start_time().seconds(), talk.evidence().meet_time().seconds());
  EXPECT_GT(row.end_time().seconds(), row.start_time().seconds());
  EXPECT_EQ(row.row().length(), 0);
  EXPECT_EQ(row.row().days_in_a_row(), 3);
  EXPECT_EQ(row.row().last_day(), "");
  EXPECT_FALSE(row.row().has_until_time());
  EXPECT_EQ(ProgressOf("talker", "root").DebugString(), own.DebugString());
  EXPECT_EQ(ProgressOf("friend", "ada").stages_size(), 0);
}

TEST_F(BadgeServiceTest, OthersSeeNoProgress) {
  MakeTalker();
  const auto ask = [&](const std::string& who, const std::string& name) {
    v1::GetBadgeProgressRequest request;
    request.set_name(name);
    return server.CallWith(server.Token(who), MethodNamed("BadgeService/GetBadgeProgress"),
                           request);
  };
  EXPECT_THAT(ask("bob", kAda + "/badgeProgress/talker"), HasReason(Reason::kNotFound));
  EXPECT_THAT(ask("ada", kAda + "/badgeProgress/none"), HasReason(Reason::kNotFound));
  EXPECT_THAT(ask("root", kAcme + "/members/none/badgeProgress/talker"),
              HasReason(Reason::kNotFound));
  EXPECT_THAT(ask("root", kAda), IsInvalidField("name"));
}

TEST_F(BadgeServiceTest, BadgesAreListed) {
  v1::ListBadgesRequest request;
  request.set_parent(kAcme);
  const auto listed =
      server.Must<v1::ListBadgesResponse>(server.Token("ada"), "BadgeService/ListBadges", request);
  ASSERT_EQ(listed.badges_size(), 1);
  EXPECT_EQ(listed.badges(0).display_name(), "Friend");
  EXPECT_EQ(listed.badges(0).rule().stages_size(), 0);
}

}  // namespace
}  // namespace perigee::tests
