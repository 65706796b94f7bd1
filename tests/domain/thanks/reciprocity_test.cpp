#include "server/domain/thanks/reciprocity.h"

#include <array>
#include <chrono>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perigee::tests {
namespace {

using domain::Exchange;
using std::chrono::days;

constexpr Time kNow = FromMicros(1'700'000'000'000'000);

TEST(ReciprocityTest, StrengthHalvesInAHundredAndEightyDays) {
  EXPECT_DOUBLE_EQ(domain::Decayed(kNow, kNow), 1.0);
  EXPECT_DOUBLE_EQ(domain::Decayed(kNow - days(180), kNow), 0.5);
  EXPECT_DOUBLE_EQ(domain::Decayed(kNow - days(360), kNow), 0.25);
  EXPECT_NEAR(domain::Decayed(kNow - days(90), kNow), 0.70710678, 1e-8);
  EXPECT_DOUBLE_EQ(domain::Decayed(kNow + days(5), kNow), 1.0);
}

TEST(ReciprocityTest, APairIsTheWeakerSideOverTheStrongerOne) {
  EXPECT_DOUBLE_EQ(domain::PairReciprocity({1.0, 1.0}), 1.0);
  EXPECT_DOUBLE_EQ(domain::PairReciprocity({0.5, 1.0}), 0.5);
  EXPECT_DOUBLE_EQ(domain::PairReciprocity({1.0, 0.5}), 0.5);
  EXPECT_DOUBLE_EQ(domain::PairReciprocity({1.5, 0.5}), 1.0 / 3.0);
  EXPECT_DOUBLE_EQ(domain::PairReciprocity({0.0, 1.0}), 0.0);
  EXPECT_DOUBLE_EQ(domain::PairReciprocity({1.0, 0.0}), 0.0);
  EXPECT_DOUBLE_EQ(domain::PairReciprocity({0.0, 0.0}), 0.0);
}

TEST(ReciprocityTest, AMembersIndexIsTheMeanOfTheirPairs) {
  const std::array<Exchange, 3> exchanges = {{{1.0, 1.0}, {0.5, 1.0}, {1.0, 0.0}}};
  const domain::MemberReciprocity found = domain::ReciprocityOf(exchanges);
  ASSERT_TRUE(found.index.has_value());
  EXPECT_DOUBLE_EQ(*found.index, 0.5);
  EXPECT_EQ(found.partners, 3);
  EXPECT_EQ(found.mutual, 2);
}

TEST(ReciprocityTest, AMemberWithoutPartnersHasNoIndex) {
  const domain::MemberReciprocity found = domain::ReciprocityOf({});
  EXPECT_FALSE(found.index.has_value());
  EXPECT_EQ(found.partners, 0);
}

TEST(ReciprocityTest, TheBrandIsMeasuredAgainstTheAsksThatWereAccepted) {
  const std::vector<Time> gives = {kNow, kNow - days(180)};
  const std::vector<Time> accepts = {kNow, kNow, kNow};
  EXPECT_DOUBLE_EQ(domain::BrandReciprocity(gives, accepts, kNow).value(), 0.5);
  EXPECT_DOUBLE_EQ(domain::BrandReciprocity(accepts, gives, kNow).value(), 2.0);
  EXPECT_DOUBLE_EQ(domain::BrandReciprocity({}, accepts, kNow).value(), 0.0);
  EXPECT_FALSE(domain::BrandReciprocity(gives, {}, kNow).has_value());
}

TEST(ReciprocityTest, ANetworkIsTheShareOfMutualEdges) {
  // a → b, b → a, a → c.
  const domain::NetworkReciprocity network{3, 2};
  EXPECT_DOUBLE_EQ(network.index().value(), 2.0 / 3.0);
  EXPECT_FALSE(domain::NetworkReciprocity().index().has_value());
  EXPECT_DOUBLE_EQ((domain::NetworkReciprocity{1, 0}).index().value(), 0.0);
}

}  // namespace
}  // namespace perigee::tests
