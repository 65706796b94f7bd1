#include "server/domain/orbit/love.h"

#include <gtest/gtest.h>

namespace perigee::tests {
namespace {

constexpr double kThousandth = 0.0005;
const absl::CivilMonth kNow(2026, 3);

TEST(LoveTest, GoldenValues) {
  domain::Love month_ago(kNow);
  month_ago.Add(kNow - 1, 3);
  month_ago.Add(kNow - 1, 3);
  EXPECT_NEAR(month_ago.points(), 5.4, 1e-9);
  domain::Love quarter(kNow);
  quarter.Add(kNow - 3, 1);
  quarter.Add(kNow, 3);
  EXPECT_NEAR(quarter.points(), 3.729, 1e-9);
}

TEST(LoveTest, AStrengthLosesATenthEachMonth) {
  EXPECT_NEAR(domain::AfterMonths(7, 3), 5.103, 1e-9);
  EXPECT_NEAR(domain::AfterMonths(7, 12), 1.977, kThousandth);
  EXPECT_EQ(domain::AfterMonths(7, 0), 7);
}

TEST(LoveTest, NothingIsZeroAndTheFutureIsNow) {
  domain::Love love(kNow);
  EXPECT_EQ(love.points(), 0);
  love.Add(kNow + 1, 4);
  EXPECT_EQ(love.points(), 4);
}

TEST(LoveTest, TheOrderOfAddingDoesNotMatter) {
  domain::Love forward(kNow);
  domain::Love backward(kNow);
  for (int i = 0; i <= 40; ++i) {
    forward.Add(kNow - i, i % 13);
    backward.Add(kNow - (40 - i), (40 - i) % 13);
  }
  EXPECT_EQ(forward.points(), backward.points());
}

}  // namespace
}  // namespace perigee::tests
