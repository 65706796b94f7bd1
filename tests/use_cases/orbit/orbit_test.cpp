#include "server/use_cases/orbit/orbit.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "server/use_cases/program/programs.h"
#include "tests/use_cases/orbit/orbits.h"

namespace perigee::tests {
namespace {

using std::chrono::days;

class OrbitTest : public OrbitsTest {};

TEST_F(OrbitTest, WhoDidNothingIsNowhere) {
  const auto orbit = Orbit("ada");
  EXPECT_EQ(orbit.held.index, 0);
  EXPECT_EQ(orbit.love, 0);
  EXPECT_EQ(orbit.reach, 0);
  EXPECT_EQ(orbit.reviews.next, absl::CivilDay(2027, 1, 1));
}

TEST_F(OrbitTest, AMissingMemberIsNotFound) {
  programme.Read([&](ports::StoreReader& reader) {
    EXPECT_THAT(use_cases::OrbitOf(reader, "demo", "none", Now()), HasReason(Reason::kNotFound));
    EXPECT_THAT(use_cases::OrbitOf(reader, "none", "ada", Now()), HasReason(Reason::kNotFound));
    return absl::OkStatus();
  });
}

TEST_F(OrbitTest, AThousandPurchasesRaiseNobody) {
  ASSERT_THAT(SetWeight("purchase", 0), IsOk());
  for (int i = 0; i < 1000; ++i) {
    Record("ada", "purchase", Now() - days(i % 300), "bob");
  }
  const auto orbit = Orbit("ada");
  EXPECT_EQ(orbit.held.index, 0);
  EXPECT_EQ(orbit.love, 0);
  EXPECT_EQ(orbit.connections, 0);
  EXPECT_EQ(Map().members[0], 4);
}

TEST_F(OrbitTest, PurchasesFromBeforeTheirWeightWasSetRaiseNobody) {
  for (int i = 0; i < 100; ++i) {
    Record("ada", "purchase", Now() - days(i));
  }
  EXPECT_EQ(Index("ada"), 11);
  ASSERT_THAT(SetWeight("purchase", 0), IsOk());
  EXPECT_EQ(Index("ada"), 0);
}

TEST_F(OrbitTest, AnActivityThatCameAfterASmallerWeightNeverHadTheGreaterOne) {
  ASSERT_THAT(SetWeight("talk", 9), IsOk());
  programme.clock.Set(Now() + days(1));
  ASSERT_THAT(SetWeight("talk", 2), IsOk());
  Record("ada", "talk", At("2026-10-20"));
  EXPECT_EQ(Index("ada"), 2);
}

TEST_F(OrbitTest, TheWeightReachedAndItsActivityAreNamed) {
  ASSERT_THAT(SetWeight("talk", 8), IsOk());
  Record("ada", "talk", At("2026-09-10"));
  Record("ada", "chat", At("2026-11-20"));
  const auto orbit = Orbit("ada");
  EXPECT_EQ(orbit.held.index, 8);
  EXPECT_EQ(orbit.held.rule, domain::OrbitRule::kWeight);
  EXPECT_EQ(orbit.held.day.day, absl::CivilDay(2026, 9, 10));
  EXPECT_EQ(orbit.activity_type, "talk");
  EXPECT_EQ(orbit.reached, 8);
  EXPECT_EQ(orbit.at_next_review, 8);
  EXPECT_NEAR(orbit.love, 8 * 0.81 + 1, 1e-9);
}

TEST_F(OrbitTest, AnIndexRisesAtOnceAndFallsAtTheReview) {
  ASSERT_THAT(SetWeight("talk", 10), IsOk());
  Record("ada", "talk", At("2026-11-21"));
  EXPECT_EQ(Index("ada"), 10);
  programme.clock.Set(At("2027-12-31"));
  EXPECT_EQ(Index("ada"), 10) << "since the review of October it was right once";
  EXPECT_EQ(Orbit("ada").reached, 0);
  EXPECT_EQ(Orbit("ada").at_next_review, 0);
  programme.clock.Set(At("2028-01-01"));
  EXPECT_EQ(Index("ada"), 0);
}

TEST_F(OrbitTest, AGreaterWeightRaisesAtOnceAndASmallerOneLowersAtTheReview) {
  Record("ada", "talk", At("2026-11-20"));
  EXPECT_EQ(Index("ada"), 1);
  ASSERT_THAT(SetWeight("talk", 9), IsOk());
  EXPECT_EQ(Index("ada"), 9);
  programme.clock.Set(Now() + days(1));
  ASSERT_THAT(SetWeight("talk", 2), IsOk());
  EXPECT_EQ(Index("ada"), 9);
  EXPECT_EQ(Orbit("ada").reached, 2);
  programme.clock.Set(Now() + days(1));
  Record("bob", "talk", Now());
  EXPECT_EQ(Index("bob"), 2) << "it was never greater since";
  programme.clock.Set(At("2027-01-01"));
  EXPECT_EQ(Index("ada"), 2);
}

TEST_F(OrbitTest, LateActivitiesCountOnTheirDay) {
  for (const char* day : {"2026-11-03", "2026-11-05", "2026-11-10", "2026-11-11"}) {
    Record("ada", "chat", At(day));
  }
  EXPECT_EQ(Index("ada"), 5);
  Record("ada", "chat", At("2026-11-17"));
  EXPECT_EQ(Index("ada"), 5);
  Record("ada", "chat", At("2026-11-16"));
  EXPECT_EQ(Index("ada"), 6);
  const auto orbit = Orbit("ada");
  EXPECT_EQ(orbit.held.spans, 3);
  ASSERT_FALSE(orbit.goals.empty());
  EXPECT_EQ(orbit.goals[0].unit, domain::PresenceUnit::kMonth);
  EXPECT_EQ(orbit.goals[0].more_days, 1);
  EXPECT_EQ(orbit.goals[0].index, 7);
}

TEST_F(OrbitTest, TheProgrammeSaysHowOftenLevelsMayFall) {
  ASSERT_THAT(SetWeight("talk", 10), IsOk());
  Record("ada", "talk", At("2025-11-10"));
  EXPECT_EQ(Index("ada"), 10);
  const auto review = [&](int months) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::UpdateProgram(reader, unit, "demo", {[&](domain::Program& program) {
                                        program.orbit_review_months = months;
                                      }});
    });
  };
  EXPECT_THAT(review(2), IsInvalidField("program.orbit_review_months"));
  ASSERT_THAT(review(1), IsOk());
  EXPECT_EQ(Index("ada"), 10) << "on 2026-11-01 it was still within the year";
  programme.clock.Set(At("2026-12-01"));
  EXPECT_EQ(Index("ada"), 0);
  ASSERT_THAT(review(12), IsOk());
  EXPECT_EQ(Orbit("ada").reviews.next, absl::CivilDay(2027, 1, 1));
  EXPECT_EQ(Index("ada"), 10);
}

TEST_F(OrbitTest, ReachIsOfLatestMeetingsInBothDirections) {
  Record("ada", "thanks", At("2026-11-20"), "bob");
  Record("ada", "thanks", At("2026-08-20"), "cyd");
  Record("cyd", "thanks", At("2026-09-20"), "ada");
  Record("ada", "thanks", At("2026-11-20"), "ada");
  const auto ada = Orbit("ada");
  EXPECT_EQ(ada.connections, 2);
  EXPECT_NEAR(ada.reach, 10 + 8.1, 1e-9);
  const auto bob = Orbit("bob");
  EXPECT_EQ(bob.connections, 1);
  EXPECT_EQ(bob.held.index, 0) << "to be thanked is no deed";
}

TEST_F(OrbitTest, HiddenAndErasedMembersAreNoConnections) {
  for (const char* other : {"bob", "cyd", "dan"}) {
    Record("ada", "thanks", At("2026-11-20"), other);
  }
  EXPECT_EQ(Orbit("ada").connections, 3);
  programme.ChangeMember("bob", [](domain::Member& member) { member.board_opt_out = true; });
  ASSERT_THAT(Erase("cyd"), IsOk());
  EXPECT_EQ(Orbit("ada").connections, 1);
  EXPECT_NEAR(Orbit("ada").reach, 10, 1e-9);
  EXPECT_EQ(Map().connected_pairs, 1);
  programme.ChangeMember(
      "dan", [](domain::Member& member) { member.standing = domain::Standing::kSuspended; });
  EXPECT_EQ(Orbit("ada").connections, 0);
}

TEST_F(OrbitTest, MergedMembersAreOnePerson) {
  Record("ada", "chat", At("2026-11-16"));
  Record("bob", "chat", At("2026-11-17"));
  Record("ada", "thanks", At("2026-11-16"), "bob");
  Record("cyd", "thanks", At("2026-11-16"), "bob");
  EXPECT_EQ(Index("ada"), 1);
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  const auto merged = Orbit("ada");
  EXPECT_EQ(merged.held.index, 4);
  EXPECT_EQ(merged.connections, 1) << "cyd, and not oneself";
  EXPECT_EQ(Orbit("bob").member_id, "ada");
  EXPECT_EQ(Map().members[4], 1);
  EXPECT_EQ(Map().members[0], 1) << "dan";
  ASSERT_THAT(Unmerge("bob"), IsOk());
  EXPECT_EQ(Index("ada"), 1);
  EXPECT_EQ(Index("bob"), 1);
}

}  // namespace
}  // namespace perigee::tests
