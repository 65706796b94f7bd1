#include "clients/cli/tier_file.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"

namespace perigee::cli {
namespace {

using ::testing::StartsWith;
using tests::IsOk;

std::string Refusal(std::string_view toml) {
  return std::string(ParseTierSchemes("tiers.toml", toml).status().message());
}

TEST(TierFileTest, AFileIsReadIntoSchemes) {
  const auto schemes = ParseTierSchemes("tiers.toml", R"(
[[scheme]]
id = "loyalty"
display_name = "Loyalty"
asset = "stars"
window_months = 6
grace_days = 10
levels = [{ id = "silver", at_least = 500 }, { id = "gold", display_name = "Gold", at_least = 1000 }]
[[scheme]]
id = "old"
retired = true
)");
  ASSERT_THAT(schemes, IsOk());
  ASSERT_EQ(schemes->size(), 2U);
  const v1::TierScheme& loyalty = schemes->at(0);
  EXPECT_EQ(loyalty.name(), "loyalty");
  EXPECT_EQ(loyalty.asset(), "stars");
  EXPECT_EQ(loyalty.window_months(), 6);
  EXPECT_EQ(loyalty.review_months(), 0);
  EXPECT_EQ(loyalty.grace_days(), 10);
  ASSERT_EQ(loyalty.levels_size(), 2);
  EXPECT_EQ(loyalty.levels(0).display_name(), "silver");
  EXPECT_EQ(loyalty.levels(1).display_name(), "Gold");
  EXPECT_EQ(loyalty.levels(1).at_least(), 1000);
  EXPECT_TRUE(schemes->at(1).retired());
}

TEST(TierFileTest, AMistakeHasItsLine) {
  EXPECT_THAT(Refusal("[[scheme]]\nid = 1\n"), StartsWith("tiers.toml:2: id must be text"));
  EXPECT_THAT(Refusal("[[scheme]]\nid = \"a\"\nmonths = 3\n"),
              StartsWith("tiers.toml:3: unknown key months"));
  EXPECT_THAT(Refusal("[[tier]]\nid = \"a\"\n"), StartsWith("tiers.toml:1: unknown key tier"));
  EXPECT_THAT(Refusal("[[scheme]]\nlevels = [{ id = \"a\", least = 3 }]\n"),
              StartsWith("tiers.toml:2: unknown key least"));
}

}  // namespace
}  // namespace perigee::cli
