#include "server/domain/program/program.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

TEST(ProgramTest, EtagFollowsTheRevisionAndNothingElse) {
  EXPECT_NE(domain::Etag(1), domain::Etag(2));
  EXPECT_EQ(domain::Etag(7), domain::Etag(7));
  EXPECT_THAT(domain::CheckEtag("", 7), IsOk());
  EXPECT_THAT(domain::CheckEtag(domain::Etag(7), 7), IsOk());
  EXPECT_THAT(domain::CheckEtag(domain::Etag(6), 7), HasReason(Reason::kEtagMismatch));
}

TEST(ProgramTest, LimitsAreThoseOfTheContract) {
  const domain::Program good{.id = "acme", .display_name = "Acme", .time_zone = "Europe/Berlin"};
  EXPECT_THAT(domain::ValidateProgram(good), IsOk());
  domain::Program program = good;
  program.id = "Acme";
  EXPECT_THAT(domain::ValidateProgram(program), IsInvalidField("program_id"));
  program = good;
  program.display_name = "";
  EXPECT_THAT(domain::ValidateProgram(program), IsInvalidField("program.display_name"));
  program.display_name = std::string(domain::kDisplayNameBytesMax, 'n');
  EXPECT_THAT(domain::ValidateProgram(program), IsOk());
  program.display_name += 'n';
  EXPECT_THAT(domain::ValidateProgram(program), IsInvalidField("program.display_name"));
  program = good;
  program.time_zone = "Europe/Atlantis";
  EXPECT_THAT(domain::ValidateProgram(program), IsInvalidField("program.time_zone"));
  for (const int limit : {0, domain::kAskLimitMax}) {
    program = good;
    program.ask_limit = limit;
    EXPECT_THAT(domain::ValidateProgram(program), IsOk());
  }
  for (const int limit : {-1, domain::kAskLimitMax + 1}) {
    program.ask_limit = limit;
    EXPECT_THAT(domain::ValidateProgram(program), IsInvalidField("program.ask_limit"));
  }
  for (const int days : {0, domain::kAskWindowDaysMax + 1}) {
    program = good;
    program.ask_window_days = days;
    EXPECT_THAT(domain::ValidateProgram(program), IsInvalidField("program.ask_window_days"));
  }
}

TEST(AssetTest, LimitsAreThoseOfTheContract) {
  const domain::Asset good{.id = "stars", .display_name = "Stars"};
  EXPECT_THAT(domain::ValidateAsset(good), IsOk());
  domain::Asset asset = good;
  asset.id = "";
  EXPECT_THAT(domain::ValidateAsset(asset), IsInvalidField("asset_id"));
  asset = good;
  asset.display_name = "Sta\nrs";
  EXPECT_THAT(domain::ValidateAsset(asset), IsInvalidField("asset.display_name"));
  asset = good;
  for (const int decimals : {0, domain::kDecimalsMax}) {
    asset.decimals = decimals;
    EXPECT_THAT(domain::ValidateAsset(asset), IsOk());
  }
  for (const int decimals : {-1, domain::kDecimalsMax + 1}) {
    asset.decimals = decimals;
    EXPECT_THAT(domain::ValidateAsset(asset), IsInvalidField("asset.decimals"));
  }
  asset = good;
  for (const int months : {-1, domain::kLotLifetimeMonthsMax + 1}) {
    asset.lot_lifetime_months = months;
    EXPECT_THAT(domain::ValidateAsset(asset), IsInvalidField("asset.lot_lifetime_months"));
  }
  asset.lot_lifetime_months = domain::kLotLifetimeMonthsMax;
  EXPECT_THAT(domain::ValidateAsset(asset), IsOk());
  asset.overdraft = true;
  EXPECT_THAT(domain::ValidateAsset(asset), IsInvalidField("asset.lot_lifetime_months"))
      << "a debt has no lots";
}

TEST(ProgramTest, AStateIsLeftOnce) {
  domain::Program program{.id = "acme"};
  EXPECT_THAT(domain::CheckClosed(program), HasReason(Reason::kProgramNotClosed));
  EXPECT_THAT(domain::Reopen(program), HasReason(Reason::kProgramNotClosed));
  EXPECT_THAT(domain::Close(program), IsOk());
  EXPECT_THAT(domain::CheckClosed(program), IsOk());
  EXPECT_THAT(domain::Close(program), HasReason(Reason::kProgramClosed));
  EXPECT_THAT(domain::Reopen(program), IsOk());
  EXPECT_EQ(program.state, domain::ProgramState::kOpen);
}

TEST(AssetTest, OnlyAccessOfTheDefaultsCanBeSpent) {
  const Time now = FromMicros(5);
  const auto assets = domain::DefaultAssets(now, 1);
  ASSERT_EQ(assets.size(), 3);
  EXPECT_EQ(assets[0].id, "reputation");
  EXPECT_EQ(assets[1].id, "affiliation");
  EXPECT_EQ(assets[2].id, "access");
  for (const domain::Asset& asset : assets) {
    EXPECT_THAT(domain::ValidateAsset(asset), IsOk());
    EXPECT_EQ(asset.create_time, now);
    EXPECT_EQ(asset.spendable, asset.id == "access");
    EXPECT_EQ(asset.lot_lifetime_months, asset.id == "access" ? 12 : 0);
    EXPECT_FALSE(asset.overdraft);
  }
}

}  // namespace
}  // namespace perigee::tests
