#include "server/services/tier/tier_service.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "tests/services/tier/tier_fixture.h"

namespace perigee::tests {
namespace {

class TierServiceTest : public TierServicesTest {
 protected:
  static v1::GetTierStandingRequest Asking(const std::string& member,
                                           const std::string& scheme = "loyalty") {
    v1::GetTierStandingRequest request;
    request.set_name(member + "/tierStandings/" + scheme);
    return request;
  }
  v1::TierStanding Standing(const std::string& who, const std::string& member) {
    return server.Must<v1::TierStanding>(server.Token(who), "TierService/GetTierStanding",
                                         Asking(member));
  }
};

TEST_F(TierServiceTest, SchemesAreListedForMembers) {
  v1::ListTierSchemesRequest request;
  request.set_parent(kAcme);
  const auto listed = server.Must<v1::ListTierSchemesResponse>(
      server.Token("ada"), "TierService/ListTierSchemes", request);
  ASSERT_EQ(listed.schemes_size(), 1);
  const v1::TierScheme& scheme = listed.schemes(0);
  EXPECT_EQ(scheme.asset(), "reputation");
  EXPECT_EQ(scheme.window_months(), 12);
  EXPECT_EQ(scheme.review_months(), 12);
  EXPECT_EQ(scheme.low_water_percent(), 90);
  EXPECT_EQ(scheme.notice_days(), 30);
  EXPECT_EQ(scheme.levels(1).at_least(), 50);
}

TEST_F(TierServiceTest, AStandingSaysWhatIsMissing) {
  const v1::TierStanding none = Standing("ada", kAda);
  EXPECT_EQ(none.level(), "");
  EXPECT_EQ(none.earned(), 5);
  EXPECT_EQ(none.next_level(), "bronze");
  EXPECT_EQ(none.missing(), 0);  // The scheme is still being applied.
  EXPECT_FALSE(none.has_review());
  EXPECT_FALSE(none.has_since_time());
  Must<v1::TierStanding>("TierAdminService/LockTierStanding", Locking(kAda, "bronze"));
  const v1::TierStanding held = Standing("ada", kAda);
  EXPECT_EQ(held.level(), "bronze");
  EXPECT_EQ(held.next_level(), "silver");
  EXPECT_EQ(held.missing(), 45);
  EXPECT_TRUE(held.locked());
  EXPECT_EQ(held.lock_reason(), "On leave");
  EXPECT_EQ(held.review().needed(), 5);
  EXPECT_EQ(held.news(), v1::TierStanding::NEWS_LOCKED);
}

TEST_F(TierServiceTest, WhoIsHeldOnNoLevelNeverCameToIt) {
  Must<v1::TierStanding>("TierAdminService/LockTierStanding", Locking(kBob, ""));
  const v1::TierStanding held = Standing("bob", kBob);
  EXPECT_TRUE(held.locked());
  EXPECT_TRUE(held.has_news_time());
  EXPECT_FALSE(held.has_since_time());
}

TEST_F(TierServiceTest, OnlyTheMemberAndStaffSeeAStanding) {
  EXPECT_EQ(Standing("ROLE_MODERATOR", kAda).earned(), 5);
  EXPECT_THAT(Call("bob", "TierService/GetTierStanding", Asking(kAda)),
              HasReason(Reason::kNotFound));
  EXPECT_THAT(Call("ROLE_ANALYST", "TierService/GetTierStanding", Asking(kAda)),
              testing::Not(IsOk()));
}

TEST_F(TierServiceTest, WhatIsNotThereIsNotFound) {
  EXPECT_THAT(Call("ada", "TierService/GetTierStanding", Asking(kAda, "other")),
              HasReason(Reason::kNotFound));
  EXPECT_THAT(Call("root", "TierService/GetTierStanding", Asking(kAcme + "/members/nobody")),
              HasReason(Reason::kNotFound));
}

}  // namespace
}  // namespace perigee::tests
