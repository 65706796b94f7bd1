#include "server/use_cases/orbit/census.h"

#include <string>

#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/domain/access/role_grant.h"
#include "server/domain/orbit/departure.h"
#include "tests/use_cases/orbit/orbits.h"

namespace perigee::tests {
namespace {

class CensusTest : public OrbitsTest {
 protected:
  CensusTest() {
    EXPECT_THAT(SetWeight("talk", 10), IsOk());
    EXPECT_THAT(SetWeight("chat", 4), IsOk());
    for (const char* id : {"ada", "bob", "cyd", "dan"}) {
      Join(id, "2026-01-10");
    }
  }
  void Join(const std::string& member, const std::string& day) {
    programme.ChangeMember(member, [&](domain::Member& one) { one.join_time = At(day); });
  }
};

TEST_F(CensusTest, StaffAreCountedApart) {
  for (const char* id : {"ada", "bob", "cyd", "dan"}) {
    Record(id, "talk", At("2026-11-20"), "ada");
  }
  programme.ChangeMember(
      "bob", [](domain::Member& member) { member.kinds = {domain::StakeholderKind::kEmployee}; });
  programme.ChangeMember("cyd",
                         [](domain::Member& member) { member.type = domain::MemberType::kBot; });
  domain::RoleGrant grant;
  grant.id = "grant";
  grant.principal = programme.KeyOf("dan");
  ASSERT_THAT(Do([&](auto&, const auto& unit) -> absl::StatusOr<use_cases::Decided<int>> {
                use_cases::Decided<int> decided{0, {}};
                grant.revision = unit.revision;
                decided.changes.records.Put(grant);
                return decided;
              }),
              IsOk());
  const auto map = Map();
  EXPECT_EQ(map.members[10], 1);
  EXPECT_EQ(map.staff[10], 3);
  EXPECT_EQ(map.connected_pairs, 0) << "with staff alone";
  EXPECT_EQ(map.density, std::nullopt) << "there is one member";
  ASSERT_TRUE(map.love_median.has_value());
  EXPECT_NEAR(*map.love_median, 10, 1e-6);
  EXPECT_NEAR(*map.reach_median, 30, 1e-6);
}

TEST_F(CensusTest, MediansAndDensityOfAll) {
  Record("ada", "talk", At("2026-11-20"), "bob");
  Record("bob", "chat", At("2026-11-20"), "ada");
  Record("cyd", "chat", At("2025-01-20"), "dan");
  const auto map = Map();
  EXPECT_EQ(map.members[10], 1);
  EXPECT_EQ(map.members[4], 1);
  EXPECT_EQ(map.members[0], 2);
  EXPECT_EQ(map.connected_pairs, 1) << "the other pair met more than a year ago";
  EXPECT_NEAR(*map.density, 1.0 / 6, 1e-9);
  EXPECT_NEAR(*map.love_median, 7, 1e-6);
  EXPECT_NEAR(*map.reach_median, 10, 1e-6);
}

TEST_F(CensusTest, AnEmptyProgrammeHasNoMedians) {
  const auto map = Map();
  EXPECT_EQ(map.members[0], 4);
  EXPECT_EQ(map.love_median, std::nullopt);
  EXPECT_EQ(map.density, 0);
  const auto change = Compare(At("2026-02-01"), At("2026-11-21"));
  ASSERT_THAT(change, IsOk());
  EXPECT_EQ(change->gravity, std::nullopt);
  EXPECT_EQ(change->gravity_alike, std::nullopt);
}

TEST_F(CensusTest, WhoJoinsMovesTheSourcesNumberAndNotLikeForLike) {
  Record("ada", "chat", At("2026-03-01"));
  Record("ada", "talk", At("2026-08-01"));
  Record("bob", "chat", At("2026-03-01"));
  Join("cyd", "2026-07-01");
  Record("cyd", "talk", At("2026-08-01"));
  const auto change = Compare(At("2026-06-30"), At("2026-09-30"));
  ASSERT_THAT(change, IsOk());
  EXPECT_EQ(change->from_day, absl::CivilDay(2026, 6, 30));
  EXPECT_EQ(domain::WeightedCommitment(change->from.members), 32);
  EXPECT_EQ(domain::WeightedCommitment(change->to.members), 216);
  EXPECT_EQ(change->joined, 1);
  EXPECT_EQ(change->left, 0);
  EXPECT_NEAR(*change->gravity, (216.0 - 32) / 3, 1e-9);
  EXPECT_NEAR(*change->gravity_alike, (116.0 - 32) / 2, 1e-9);
}

TEST_F(CensusTest, WhoWasErasedStaysInTheTimeBefore) {
  Record("ada", "talk", At("2026-03-01"));
  Record("bob", "chat", At("2026-03-01"));
  const Time before = At("2026-11-20");
  const auto then = Compare(At("2026-02-01"), before);
  ASSERT_THAT(then, IsOk());
  ASSERT_THAT(Erase("ada"), IsOk());
  const auto again = Compare(At("2026-02-01"), before);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->to.members, then->to.members);
  EXPECT_EQ(again->gravity, then->gravity);
  programme.clock.Set(At("2026-11-23"));
  const auto after = Compare(before, At("2026-11-22"));
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(after->left, 1);
  EXPECT_NEAR(*after->gravity, -100, 1e-9);
  EXPECT_NEAR(*after->gravity_alike, 0, 1e-9);
}

TEST_F(CensusTest, AChangeOfWeightsMovesNobody) {
  Record("ada", "chat", At("2026-03-01"));
  programme.clock.Set(Now() + std::chrono::days(1));
  ASSERT_THAT(SetWeight("chat", 12), IsOk());
  const auto change = Compare(At("2026-06-01"), Now());
  ASSERT_THAT(change, IsOk());
  EXPECT_EQ(change->from.members[12], 1);
  EXPECT_NEAR(*change->gravity, 0, 1e-9);
}

TEST_F(CensusTest, TheDaysAreInOrderAndNotAfterToday) {
  EXPECT_THAT(Compare(At("2026-11-01"), At("2026-11-22")), IsInvalidField("to_time"));
  EXPECT_THAT(Compare(At("2026-11-21"), At("2026-11-21")), IsInvalidField("from_time"));
  EXPECT_THAT(
      use_cases::CompareOrbit(programme.store(), "none", At("2026-11-01"), Now(), Now(), GoOn),
      HasReason(Reason::kNotFound));
}

TEST_F(CensusTest, EndsWhereItMayNotGoOn) {
  const auto stop = [] { return Error(Reason::kShuttingDown, "stop"); };
  EXPECT_THAT(use_cases::MapOrbit(programme.store(), "demo", Now(), stop),
              HasReason(Reason::kShuttingDown));
}

}  // namespace
}  // namespace perigee::tests
