#include "server/use_cases/tier/tier_standings.h"

#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "tests/use_cases/tier/tiers.h"

namespace perigee::tests {
namespace {

using domain::TierNews;

class TierStandingsTest : public TiersTest {
 protected:
  TierStandingsTest() { EXPECT_THAT(Set(LoyaltyScheme()), IsOk()); }
};

TEST_F(TierStandingsTest, StaffHoldAMemberOnALevel) {
  const auto locked = Lock("ada", "gold");
  ASSERT_THAT(locked, IsOk());
  EXPECT_EQ(LevelOf("ada"), "gold");
  EXPECT_EQ(locked->news, TierNews::kLocked);
  EXPECT_EQ(StandingOf("ada")->lock_reason, "because");
  Earn("ada", 150);
  Apply();
  EXPECT_EQ(LevelOf("ada"), "gold");
  // Staff think of a lower level, which replaces the lock.
  EXPECT_THAT(Lock("ada", "silver"), IsOk());
  EXPECT_EQ(LevelOf("ada"), "silver");
}

TEST_F(TierStandingsTest, ALockEndsByStaffAndTheLevelIsThenReviewed) {
  ASSERT_THAT(Lock("ada"), IsOk());
  Earn("ada", 600);
  Apply();
  EXPECT_EQ(LevelOf("ada"), "");
  ASSERT_THAT(Unlock("ada"), IsOk());
  EXPECT_EQ(LevelOf("ada"), "silver");
  EXPECT_EQ(StandingOf("ada")->news, TierNews::kPromoted);
}

TEST_F(TierStandingsTest, ALockEndsByTime) {
  ASSERT_THAT(Lock("ada", "gold", Utc("2026-12-01T00:00:00Z")), IsOk());
  GoTo("2026-11-30T23:59:59Z");
  EXPECT_TRUE(StandingOf("ada")->lock_time.has_value());
  GoTo("2026-12-01T00:00:00Z");
  EXPECT_FALSE(StandingOf("ada")->lock_time.has_value());
  EXPECT_EQ(LevelOf("ada"), "gold");
}

TEST_F(TierStandingsTest, RefusalsNameWhatIsWrong) {
  EXPECT_THAT(Lock("nobody").status(), HasReason(Reason::kNotFound));
  EXPECT_THAT(Lock("ada", "lead").status(), IsInvalidField("level"));
  EXPECT_THAT(Lock("ada", "gold", programme.clock.Now()).status(), IsInvalidField("until_time"));
  EXPECT_THAT(Unlock("ada").status(), HasReason(Reason::kIllegalMove));
  EXPECT_THAT(Unlock("nobody").status(), HasReason(Reason::kNotFound));
  ASSERT_THAT(Lock("ada", "gold", Utc("2026-12-01T00:00:00Z")), IsOk());
  programme.clock.Set(Utc("2026-12-01T00:00:00Z"));
  EXPECT_THAT(Unlock("ada").status(), HasReason(Reason::kIllegalMove));
  EXPECT_THAT(Do([&](auto& reader, const auto& unit) {
                return use_cases::UnlockTierStanding(reader, unit, "demo", "ada", "other");
              }).status(),
              HasReason(Reason::kNotFound));
}

}  // namespace
}  // namespace perigee::tests
