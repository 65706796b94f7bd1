#include "server/domain/orbit/reach.h"

#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

namespace perigee::tests {
namespace {

using domain::Connection;

domain::MemberKey Key(std::uint8_t n) {
  domain::MemberKey key;
  key.bytes[0] = n;
  return key;
}

const absl::CivilMonth kNow(2026, 3);

TEST(ReachTest, EachPersonCountsByTheLatestMeeting) {
  std::vector<Connection> connections = {{Key(2), absl::CivilDay(2025, 12, 31)},
                                         {Key(1), absl::CivilDay(2026, 3, 1)},
                                         {Key(2), absl::CivilDay(2026, 1, 31)},
                                         {Key(2), absl::CivilDay(2025, 1, 1)}};
  domain::KeepLatest(connections);
  ASSERT_EQ(connections.size(), 2U);
  EXPECT_EQ(connections[0].other, Key(1));
  EXPECT_EQ(connections[1].last_day, absl::CivilDay(2026, 1, 31));
  EXPECT_NEAR(domain::ReachOf(connections, kNow), 10 + 8.1, 1e-9);
}

TEST(ReachTest, NobodyHasNoReach) { EXPECT_EQ(domain::ReachOf({}, kNow), 0); }

TEST(ReachTest, DensityIsTheShareOfPairs) {
  EXPECT_EQ(domain::Density(0, 0), std::nullopt);
  EXPECT_EQ(domain::Density(0, 1), std::nullopt);
  EXPECT_EQ(domain::Density(1, 2), 1.0);
  EXPECT_EQ(domain::Density(3, 4), 0.5);
  EXPECT_EQ(domain::Density(0, 3), 0.0);
}

}  // namespace
}  // namespace perigee::tests
