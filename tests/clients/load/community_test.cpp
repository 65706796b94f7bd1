#include "clients/load/community.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perigee::load {
namespace {

// About half of all neighbours of a random list are in order.
void ExpectNoOrder(const std::vector<std::string>& ids) {
  std::size_t rises = 0;
  for (std::size_t i = 1; i < ids.size(); ++i) {
    rises += ids[i - 1] < ids[i] ? 1 : 0;
  }
  EXPECT_GT(rises, ids.size() * 2 / 5);
  EXPECT_LT(rises, ids.size() * 3 / 5);
}

TEST(CommunityTest, RequestIdsDifferAndHaveNoOrder) {
  std::set<std::string> all;
  for (std::uint64_t salt = 0; salt < 10; ++salt) {
    std::vector<std::string> ids;
    for (std::uint64_t n = 0; n < 1000; ++n) {
      ids.push_back(RequestId(salt, n));
    }
    ExpectNoOrder(ids);
    all.insert(ids.begin(), ids.end());
  }
  EXPECT_EQ(all.size(), 10 * 1000);
  EXPECT_EQ(RequestId(3, 4), RequestId(3, 4));
  EXPECT_THAT(RequestId(3, 4),
              testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-"
                                    "[0-9a-f]{12}"));
}

TEST(CommunityTest, MembersDifferAndHaveNoOrder) {
  const Community community{"programs/full", 1000};
  std::vector<std::string> members;
  for (std::uint64_t n = 0; n < 1000; ++n) {
    members.push_back(community.Member(n));
  }
  ExpectNoOrder(members);
  EXPECT_EQ(std::set<std::string>(members.begin(), members.end()).size(), 1000);
  EXPECT_EQ(community.Member(1003), community.Member(3));
}

}  // namespace
}  // namespace perigee::load
