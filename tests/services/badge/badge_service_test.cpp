#include "server/services/badge/badge_service.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perigee/v1/badge.pb.h"
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

TEST_F(BadgeServiceTest, BadgesAreListed) {
  v1::ListBadgesRequest request;
  request.set_parent(kAcme);
  const auto listed =
      server.Must<v1::ListBadgesResponse>(server.Token("ada"), "BadgeService/ListBadges", request);
  ASSERT_EQ(listed.badges_size(), 1);
  EXPECT_EQ(listed.badges(0).display_name(), "Friend");
  EXPECT_EQ(listed.badges(0).rule().criteria_size(), 0);
}

}  // namespace
}  // namespace perigee::tests
