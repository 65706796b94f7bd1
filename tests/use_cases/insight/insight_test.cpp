#include "server/use_cases/insight/insight.h"

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/use_cases/tier/tier_schemes.h"
#include "server/use_cases/tier/tier_standings.h"
#include "tests/domain/tier/tier_schemes.h"
#include "tests/matchers/status.h"
#include "tests/use_cases/champion/champions.h"

namespace perigee::tests {
namespace {

using ports::InsightFigure;
using use_cases::Insight;
using use_cases::OpenedNumber;

class InsightTest : public ChampionsTest {
 protected:
  Insight Show() {
    Insight insight;
    programme.Read([&](ports::StoreReader& reader) {
      insight = use_cases::InsightOf(reader, "demo", Now() - std::chrono::days(30), Now()).value();
      return absl::OkStatus();
    });
    return insight;
  }
  absl::Status Erase(const std::string& member) {
    ports::Unit unit;
    unit.program = "demo";
    unit.now = Now();
    use_cases::ErasureOrder order;
    order.program = "demo";
    order.member_id = member;
    return use_cases::EraseMember(programme.store(), unit, order,
                                  [](ports::Revision) { return std::string(); })
        .status();
  }
  OpenedNumber Open(InsightFigure figure, const std::string& title, const std::string& state) {
    OpenedNumber opened;
    programme.Read([&](ports::StoreReader& reader) {
      opened = use_cases::OpenNumber(reader, "demo", {.figure = figure, .now = Now()}, title, state)
                   .value();
      return absl::OkStatus();
    });
    return opened;
  }
};

TEST_F(InsightTest, ThePeriodHasLimits) {
  const Time now = Now();
  EXPECT_EQ(*use_cases::InsightFrom(std::nullopt, now), now - std::chrono::days(30));
  EXPECT_EQ(*use_cases::InsightFrom(now, now), now);
  EXPECT_THAT(use_cases::InsightFrom(now + Duration(1), now), HasReason(Reason::kInvalidField));
  EXPECT_THAT(use_cases::InsightFrom(now - std::chrono::days(366), now), IsOk());
  EXPECT_THAT(use_cases::InsightFrom(now - std::chrono::days(366) - Duration(1), now),
              HasReason(Reason::kInvalidField));
}

TEST_F(InsightTest, AMissingProgrammeIsNotFound) {
  programme.Read([&](ports::StoreReader& reader) {
    EXPECT_THAT(use_cases::InsightOf(reader, "none", Now(), Now()), HasReason(Reason::kNotFound));
    EXPECT_THAT(use_cases::OpenNumber(reader, "none", {.figure = InsightFigure::kAsks}, "", ""),
                HasReason(Reason::kNotFound));
    return absl::OkStatus();
  });
}

TEST_F(InsightTest, EveryNumberOpensToAsManyItems) {
  EXPECT_THAT(Appoint("ada"), IsOk());
  EXPECT_THAT(Appoint("bob"), IsOk());
  EXPECT_THAT(Nominate("cyd"), IsOk());
  EXPECT_THAT(Nominate("dan", "", true), IsOk());
  EXPECT_THAT(Merge("ada", "cyd"), IsOk());
  EXPECT_THAT(Erase("dan"), IsOk());
  for (int year = 0; year < 2; ++year) {
    const Insight insight = Show();
    std::map<InsightFigure, std::int64_t> sums;
    for (const use_cases::InsightNumber& number : insight.numbers) {
      EXPECT_EQ(Open(number.figure, number.title, number.state).Total(), number.items);
      sums[number.figure] += number.items;
    }
    EXPECT_EQ(sums[InsightFigure::kChampions], 2);
    // Nobody counts for an erased member.
    EXPECT_EQ(sums[InsightFigure::kNominations], 1);
    for (const auto& [figure, sum] : sums) {
      EXPECT_EQ(Open(figure, "", "").Total(), sum);
    }
    Go(Now() + std::chrono::days(300));
  }
}

TEST_F(InsightTest, APersonStandsOnOneLevelOfAScheme) {
  EXPECT_THAT(Do([](auto& reader, const auto& unit) {
                return use_cases::SetTierScheme(reader, unit, "demo", LoyaltyScheme(), "");
              }).status(),
              IsOk());
  for (const char* member : {"ada", "bob", "cyd"}) {
    EXPECT_THAT(Do([&](auto& reader, const auto& unit) {
                  return use_cases::LockTierStanding(
                      reader, unit, {"demo", member, "loyalty", "gold", std::nullopt, "because"});
                }).status(),
                IsOk());
  }
  EXPECT_THAT(Merge("ada", "bob"), IsOk());
  const Insight insight = Show();
  ASSERT_EQ(insight.numbers.size(), 1U);
  EXPECT_EQ(insight.numbers[0].figure, InsightFigure::kTiers);
  EXPECT_EQ(insight.numbers[0].title, "loyalty");
  EXPECT_EQ(insight.numbers[0].state, "gold");
  EXPECT_EQ(insight.numbers[0].items, 2);
  EXPECT_EQ(Open(InsightFigure::kTiers, "loyalty", "gold").shares.size(), 2U);
  EXPECT_EQ(Open(InsightFigure::kTiers, "loyalty", "silver").Total(), 0);
}

TEST_F(InsightTest, TheItemsOfOnePersonComeTogether) {
  EXPECT_THAT(Nominate("ada"), IsOk());
  EXPECT_THAT(Nominate("bob"), IsOk());
  EXPECT_THAT(Merge("ada", "bob"), IsOk());
  const OpenedNumber opened = Open(InsightFigure::kNominations, "mvp", "submitted");
  ASSERT_EQ(opened.shares.size(), 1U);
  EXPECT_EQ(opened.shares[0].member, programme.KeyOf("ada"));
  EXPECT_EQ(opened.shares[0].items, 2);
}

}  // namespace
}  // namespace perigee::tests
