#include <atomic>
#include <string>
#include <thread>
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
  std::atomic<int> changed{0};
  std::atomic<int> refused{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      const Outcome outcome = Write(SetLoyalty(domain::Etag(made.edit_revision)));
      changed += outcome.ok() ? 1 : 0;
      refused += ReasonOf(outcome.status()) == Reason::kEtagMismatch ? 1 : 0;
    });
  }
  threads.clear();
  EXPECT_EQ(changed, 1);
  EXPECT_EQ(refused, 15);
}

TEST_P(StoreConformance, AProgrammeNeverGetsTooManySchemes) {
  MakeProgram();
  std::atomic<int> made{0};
  std::atomic<int> refused{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < domain::kTierSchemesMax + 5; ++i) {
    threads.emplace_back([&, i] {
      domain::TierScheme scheme = LoyaltyScheme();
      scheme.id = "scheme-" + std::to_string(i);
      const Outcome outcome = Write(UnitOf([scheme](auto& reader, const auto& unit) {
        return use_cases::SetTierScheme(reader, unit, kProgram, scheme, "");
      }));
      made += outcome.ok() ? 1 : 0;
      refused += ReasonOf(outcome.status()) == Reason::kTooManyTierSchemes ? 1 : 0;
    });
  }
  threads.clear();
  EXPECT_EQ(made, domain::kTierSchemesMax);
  EXPECT_EQ(refused, 5);
}

TEST_P(StoreConformance, OneOfManyWhoUnlockAStandingDoes) {
  MakeProgram();
  ASSERT_THAT(Write(SetLoyalty("")), IsOk());
  ASSERT_THAT(Write(UnitOf([](auto& reader, const auto& unit) {
                return use_cases::LockTierStanding(
                    reader, unit, {kProgram, "ada", "loyalty", "gold", std::nullopt, "why"});
              })),
              IsOk());
  std::atomic<int> unlocked{0};
  std::atomic<int> refused{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      const Outcome outcome = Write(UnitOf([](auto& reader, const auto& unit) {
        return use_cases::UnlockTierStanding(reader, unit, kProgram, "ada", "loyalty");
      }));
      unlocked += outcome.ok() ? 1 : 0;
      refused += ReasonOf(outcome.status()) == Reason::kIllegalMove ? 1 : 0;
    });
  }
  threads.clear();
  EXPECT_EQ(unlocked, 1);
  EXPECT_EQ(refused, 15);
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
