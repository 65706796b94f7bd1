#include "server/domain/orbit/gravity.h"

#include <gtest/gtest.h>

namespace perigee::tests {
namespace {

using domain::OrbitCounts;

// Exploring, participating, contributing and leading members, over all steps.
OrbitCounts Counts(int exploring, int participating, int contributing, int leading) {
  OrbitCounts counts{};
  counts[1] = exploring - 1;
  counts[3] = 1;
  counts[4] = participating;
  counts[8] = contributing;
  counts[12] = leading;
  return counts;
}

TEST(GravityTest, TheModelsExample) {
  const OrbitCounts january = Counts(17, 8, 4, 1);
  const OrbitCounts february = Counts(15, 9, 5, 1);
  const OrbitCounts march = Counts(12, 10, 6, 2);
  EXPECT_EQ(domain::WeightedCommitment(january), 441);
  EXPECT_EQ(domain::WeightedCommitment(february), 504);
  EXPECT_EQ(domain::WeightedCommitment(march), 666);
  EXPECT_EQ(domain::InOrbit(march), 30);
  EXPECT_NEAR(*domain::Gravity(441, 504, 30), 2.1, 1e-9);
  EXPECT_NEAR(*domain::Gravity(504, 666, 30), 5.4, 1e-9);
}

TEST(GravityTest, WhoIsNowhereWeighsNothing) {
  OrbitCounts counts{};
  counts[0] = 1000;
  EXPECT_EQ(domain::WeightedCommitment(counts), 0);
  EXPECT_EQ(domain::InOrbit(counts), 0);
}

TEST(GravityTest, IsAbsentWithoutMembers) {
  EXPECT_EQ(domain::Gravity(100, 0, 0), std::nullopt);
  EXPECT_EQ(domain::Gravity(100, 0, 1), -100);
}

}  // namespace
}  // namespace perigee::tests
