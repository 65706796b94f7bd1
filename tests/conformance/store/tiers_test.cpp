#include <string>
#include <vector>

#include "server/core/error.h"
#include "server/domain/program/program.h"
#include "server/domain/tier/tier_standing.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/tier/tier_reviewing.h"
#include "server/use_cases/tier/tier_schemes.h"
#include "server/use_cases/tier/tier_standings.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/domain/tier/tier_schemes.h"
#include "tests/support/race.h"

namespace perigee::tests {
namespace {

ports::Unit SetLoyalty(const std::string& etag) {
  return UnitOf([etag](auto& reader, const auto& unit) {
    return use_cases::SetTierScheme(reader, unit, kProgram, LoyaltyScheme(), etag);
  });
}

std::vector<domain::TierStanding> AllStandings(ports::StoreReader& reader) {
  return reader.records().List<domain::TierStanding>(kProgram, {}, nullptr, 100).value();
}

}  // namespace

TEST_P(StoreConformance, OneOfManyWhoChangeASchemeWins) {
  MakeProgram();
  ASSERT_THAT(Write(SetLoyalty("")), IsOk());
  const auto made = Reading<domain::TierScheme>([](ports::StoreReader& reader) {
    return use_cases::RequireTierScheme(reader, kProgram, "loyalty");
  });
  const Race race =
      AtOnce(16, [&](int) { return Write(SetLoyalty(domain::Etag(made.edit_revision))); });
  EXPECT_EQ(race, (Race{1, {{Reason::kEtagMismatch, 15}}}));
}

TEST_P(StoreConformance, AProgrammeNeverGetsTooManySchemes) {
  MakeProgram();
  const Race race = AtOnce(domain::kTierSchemesMax + 5, [&](int i) {
    domain::TierScheme scheme = LoyaltyScheme();
    scheme.id = "scheme-" + std::to_string(i);
    return Write(UnitOf([scheme](auto& reader, const auto& unit) {
      return use_cases::SetTierScheme(reader, unit, kProgram, scheme, "");
    }));
  });
  EXPECT_EQ(race, (Race{domain::kTierSchemesMax, {{Reason::kTooManyTierSchemes, 5}}}));
}

TEST_P(StoreConformance, OneOfManyWhoUnlockAStandingDoes) {
  MakeProgram();
  ASSERT_THAT(Write(SetLoyalty("")), IsOk());
  ASSERT_THAT(Write(UnitOf([](auto& reader, const auto& unit) {
                return use_cases::LockTierStanding(
                    reader, unit, {kProgram, "ada", "loyalty", "gold", std::nullopt, "why"});
              })),
              IsOk());
  const Race race = AtOnce(16, [&](int) {
    return Write(UnitOf([](auto& reader, const auto& unit) {
      return use_cases::UnlockTierStanding(reader, unit, kProgram, "ada", "loyalty");
    }));
  });
  EXPECT_EQ(race, (Race{1, {{Reason::kIllegalMove, 15}}}));
  const auto standings = Reading<std::vector<domain::TierStanding>>(
      [](ports::StoreReader& reader) -> absl::StatusOr<std::vector<domain::TierStanding>> {
        return AllStandings(reader);
      });
  ASSERT_EQ(standings.size(), 1U);
  EXPECT_EQ(standings[0].member, ada_);
  EXPECT_EQ(standings[0].level, "gold");
  EXPECT_EQ(standings[0].lock_reason, "");
}

}  // namespace perigee::tests
