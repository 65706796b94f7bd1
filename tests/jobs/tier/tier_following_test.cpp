#include "server/jobs/tier/tier_following.h"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/ports/journal/journal_reader.h"
#include "server/use_cases/member/merges.h"
#include "tests/use_cases/tier/tiers.h"

namespace perigee::tests {
namespace {

using domain::TierNews;
using domain::TierScheme;
using domain::TierStanding;
using jobs::TierFollowing;
using testing::IsEmpty;

class TierFollowingTest : public TiersTest {
 protected:
  std::unique_ptr<TierFollowing> Follow(ports::Store& store) {
    auto following = std::make_unique<TierFollowing>(
        TierFollowing::Parts{store, programme.clock, programme.executor, programme.telemetry});
    EXPECT_THAT(following->Start(), IsOk());
    return following;
  }
  std::unique_ptr<TierFollowing> Follow() { return Follow(programme.store()); }
  domain::Revision Head() {
    domain::Revision head = 0;
    programme.Read([&](ports::StoreReader& reader) {
      head = reader.journal().Head("demo").value();
      return absl::OkStatus();
    });
    return head;
  }
  // Waits until the projection is at the head, its own entries among it.
  void CatchUp() {
    ASSERT_TRUE(
        programme.Eventually([&] { return programme.telemetry.projected("tiers") == Head(); }));
  }
  void MakeLoyalty() {
    ASSERT_THAT(Set(LoyaltyScheme()), IsOk());
    Apply();
  }
  // `into` empty: parts the member.
  void SetHead(const std::string& member, const std::string& into) {
    ports::Unit unit;
    unit.program = "demo";
    unit.now = programme.clock.Now();
    unit.method =
        into.empty() ? "MemberAdminService/UnmergeMember" : "MemberAdminService/MergeMembers";
    unit.decide = [&](ports::StoreReader& reader,
                      const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
      auto decided = into.empty()
                         ? use_cases::UnmergeMember(reader, context, {"demo", member, ""})
                         : use_cases::MergeMembers(reader, context, {"demo", into, member, ""});
      if (!decided.ok()) {
        return decided.status();
      }
      ports::Decision decision;
      decision.changes = std::move(decided->changes);
      return decision;
    };
    ASSERT_THAT(use_cases::WriteAndWait(programme.store(), std::move(unit)), IsOk());
  }
};

TEST_F(TierFollowingTest, PromotionComesWithTheEarning) {
  const auto following = Follow();
  MakeLoyalty();
  Earn("ada", 99);
  CatchUp();
  EXPECT_THAT(All<TierStanding>(), IsEmpty());
  Earn("ada", 1);
  CatchUp();
  EXPECT_EQ(LevelOf("ada"), "bronze");
  Earn("ada", 900);
  CatchUp();
  EXPECT_EQ(LevelOf("ada"), "gold");
  EXPECT_EQ(StandingOf("ada")->earned, 1000);
  EXPECT_EQ(StandingOf("ada")->review_time, Utc("2027-11-21T00:00:00Z"));
}

TEST_F(TierFollowingTest, AServerWhoseClockIsBehindPromotesToo) {
  MakeLoyalty();
  Earn("ada", 100);
  programme.clock.Advance(-std::chrono::seconds(7));
  const auto following = Follow();
  CatchUp();
  EXPECT_EQ(LevelOf("ada"), "bronze");
}

TEST_F(TierFollowingTest, AReversalTakesNoLevelAtOnceAndDownAndUpIsNoNews) {
  const auto following = Follow();
  MakeLoyalty();
  const domain::TransferId earned = Earn("ada", 1000);
  CatchUp();
  const TierStanding before = *StandingOf("ada");
  programme.Reverse(earned);
  CatchUp();
  Earn("ada", 1000);
  CatchUp();
  EXPECT_EQ(*StandingOf("ada"), before);
}

TEST_F(TierFollowingTest, EarningEnoughWithdrawsANotice) {
  const auto following = Follow();
  MakeLoyalty();
  Earn("ada", 1000);
  CatchUp();
  GoTo("2027-11-21T00:00:00Z");
  GoTo("2028-10-22T00:00:00Z");
  CatchUp();
  ASSERT_EQ(StandingOf("ada")->news, TierNews::kNoticed);
  Earn("ada", 899);
  CatchUp();
  ASSERT_EQ(StandingOf("ada")->news, TierNews::kNoticed);
  Earn("ada", 1);
  CatchUp();
  EXPECT_EQ(StandingOf("ada")->news, TierNews::kWithdrawn);
  EXPECT_EQ(LevelOf("ada"), "gold");
}

TEST_F(TierFollowingTest, NothingIsMissedWhileNobodyFollows) {
  MakeLoyalty();
  Earn("ada", 100);
  auto following = Follow();
  CatchUp();
  EXPECT_EQ(LevelOf("ada"), "bronze");
  following->Stop();
  following.reset();
  Earn("bob", 100);
  following = Follow();
  CatchUp();
  EXPECT_EQ(LevelOf("bob"), "bronze");
}

TEST_F(TierFollowingTest, TwoServersPromoteOnceOverFailures) {
  MakeLoyalty();
  FailingStore weak(programme.store());
  const auto first = Follow(weak);
  const auto second = Follow();
  weak.FailWrite(1);
  weak.FailRead(2);
  for (int n = 0; n < 30; ++n) {
    const std::string id = "m" + std::to_string(n);
    programme.AddMember(id);
    Earn(id, 100);
  }
  ASSERT_TRUE(programme.Eventually([&] { return All<TierStanding>().size() == 30; }));
  CatchUp();
  for (const TierStanding& standing : All<TierStanding>()) {
    EXPECT_EQ(standing.news, TierNews::kPromoted);
    EXPECT_EQ(standing.level, "bronze");
  }
}

TEST_F(TierFollowingTest, APersonEarnsWithAllMembersAndPartsWithWhatIsTheirs) {
  const auto following = Follow();
  MakeLoyalty();
  Earn("ada", 300);
  Earn("bob", 200);
  CatchUp();
  SetHead("bob", "ada");
  CatchUp();
  EXPECT_EQ(LevelOf("ada"), "silver");
  SetHead("bob", "");
  CatchUp();
  EXPECT_EQ(LevelOf("ada"), "bronze");
  EXPECT_EQ(StandingOf("ada")->news, TierNews::kDemoted);
  EXPECT_EQ(LevelOf("bob"), "bronze");
}

TEST_F(TierFollowingTest, AMergeKeepsTheHigherLevel) {
  const auto following = Follow();
  MakeLoyalty();
  const domain::TransferId earned = Earn("bob", 1000);
  Earn("ada", 100);
  CatchUp();
  programme.Reverse(earned, 500);
  CatchUp();
  SetHead("bob", "ada");
  CatchUp();
  EXPECT_EQ(LevelOf("ada"), "gold");
  // The standing of a member who is merged rests, also where it falls due.
  GoTo("2027-11-21T00:00:00Z");
  EXPECT_EQ(StandingOf("bob")->due_time, std::nullopt);
  EXPECT_EQ(LevelOf("bob"), "gold");
}

TEST_F(TierFollowingTest, TheStandingOfAnErasedMemberRests) {
  const auto following = Follow();
  MakeLoyalty();
  Earn("ada", 100);
  CatchUp();
  ASSERT_THAT(Lock("ada", "gold", Utc("2026-12-01T00:00:00Z")), IsOk());
  programme.Erase(programme.KeyOf("ada"));
  CatchUp();
  programme.DoWhatIsDue();
  ASSERT_EQ(All<TierStanding>().size(), 1U);
  EXPECT_EQ(All<TierStanding>().front().lock_reason, "");
  GoTo("2026-12-01T00:00:00Z");
  EXPECT_EQ(All<TierStanding>().front().due_time, std::nullopt);
  EXPECT_THAT(programme.Findings(), IsEmpty());
}

TEST_F(TierFollowingTest, ANewSchemeIsAppliedInPortionsWhileOthersWrite) {
  Earn("ada", 100);
  Earn("cyd", 500);
  ASSERT_THAT(Set(LoyaltyScheme()), IsOk());
  jobs::DueLoop loop({programme.store(), programme.clock, programme.leases()},
                     {jobs::TierApplying(1)});
  int portions = 0;
  while (All<TierScheme>().front().due_time.has_value()) {
    ASSERT_LT(portions, 10);
    programme.clock.Set(programme.clock.Now() + std::chrono::milliseconds(1));
    ASSERT_THAT(loop.RunOnce(), IsOk());
    ++portions;
    Earn("bob", 1);
  }
  EXPECT_EQ(portions, 4);
  EXPECT_EQ(LevelOf("ada"), "bronze");
  EXPECT_EQ(LevelOf("bob"), "");
  EXPECT_EQ(LevelOf("cyd"), "silver");
}

}  // namespace
}  // namespace perigee::tests
