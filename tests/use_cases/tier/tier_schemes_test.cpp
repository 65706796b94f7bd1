#include "server/use_cases/tier/tier_schemes.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/domain/program/program.h"
#include "tests/use_cases/tier/tiers.h"

namespace perigee::tests {
namespace {

using domain::TierScheme;

class TierSchemesTest : public TiersTest {};

TEST_F(TierSchemesTest, ASchemeIsMadeAndThenChanged) {
  const auto made = Set(LoyaltyScheme());
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->create_time, programme.clock.Now());
  EXPECT_EQ(made->rule_version, made->revision);
  EXPECT_EQ(made->due_time, programme.clock.Now());
  Apply();
  TierScheme wanted = LoyaltyScheme();
  wanted.display_name = "Loyal";
  const auto renamed = Set(wanted, domain::Etag(made->edit_revision));
  ASSERT_THAT(renamed, IsOk());
  EXPECT_EQ(renamed->display_name, "Loyal");
  EXPECT_EQ(renamed->rule_version, made->rule_version);
  EXPECT_EQ(renamed->due_time, std::nullopt);
  wanted.grace_days = 5;
  const auto changed = Set(wanted);
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->rule_version, changed->revision);
  EXPECT_TRUE(changed->due_time.has_value());
  EXPECT_EQ(changed->create_time, made->create_time);
}

TEST_F(TierSchemesTest, WhatIsNotThereIsRefused) {
  TierScheme scheme = LoyaltyScheme();
  scheme.asset = "stars";
  EXPECT_THAT(Set(scheme).status(), HasReason(Reason::kNotFound));
  EXPECT_THAT(Do([&](auto& reader, const auto& unit) {
                return use_cases::SetTierScheme(reader, unit, "other", LoyaltyScheme(), "");
              }).status(),
              HasReason(Reason::kNotFound));
  programme.Read([&](ports::StoreReader& reader) {
    EXPECT_THAT(use_cases::RequireTierScheme(reader, "demo", "loyalty").status(),
                HasReason(Reason::kNotFound));
    return absl::OkStatus();
  });
}

TEST_F(TierSchemesTest, AnOlderEtagIsRefused) {
  const auto made = Set(LoyaltyScheme());
  ASSERT_THAT(made, IsOk());
  ASSERT_THAT(Set(LoyaltyScheme()), IsOk());
  EXPECT_THAT(Set(LoyaltyScheme(), domain::Etag(made->edit_revision)).status(),
              HasReason(Reason::kEtagMismatch));
}

TEST_F(TierSchemesTest, AProgrammeHasTwentySchemesAtMost) {
  TierScheme scheme = LoyaltyScheme();
  for (int i = 0; i < domain::kTierSchemesMax; ++i) {
    scheme.id = "scheme-" + std::to_string(i);
    ASSERT_THAT(Set(scheme), IsOk());
  }
  EXPECT_THAT(Set(LoyaltyScheme()).status(), HasReason(Reason::kTooManyTierSchemes));
  EXPECT_THAT(Set(scheme), IsOk());
}

}  // namespace
}  // namespace perigee::tests
