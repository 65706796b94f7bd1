#include "clients/cli/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clients/cli/rules.h"
#include "tests/matchers/status.h"

namespace perigee::cli {
namespace {

using ::testing::StartsWith;
using tests::IsOk;

std::string Refusal(std::string_view toml) {
  return std::string(ParsePlan("rules.toml", toml, Zone::Utc).status().message());
}

TEST(PlanTest, ARulesFileIsReadIntoAPlan) {
  const auto plan = ParsePlan("rules.toml", R"(
[[asset]]
id = "stars"
decimals = 2
overdraft = true
[[rule]]
id = "upvoted"
grant = [{ asset = "stars", to = "recipient", amount = -5, floor = 0, cap = { id = "votes", limit = 200, window = "all-time" } }]
[[board]]
id = "week"
asset = "stars"
cadence = "week"
)",
                              Zone::Utc);
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->assets.at(0).asset().decimals(), 2);
  EXPECT_TRUE(plan->assets.at(0).asset().overdraft());
  const v1::Rule& rule = plan->rules.at(0).rule();
  EXPECT_EQ(rule.activity_type(), "upvoted");
  EXPECT_EQ(rule.grants(0).beneficiary(), v1::Grant::BENEFICIARY_RECIPIENT);
  EXPECT_EQ(rule.grants(0).amount(), -5);
  EXPECT_TRUE(rule.grants(0).has_floor());
  EXPECT_EQ(rule.grants(0).cap().window(), v1::Cap::WINDOW_ALL_TIME);
  EXPECT_EQ(plan->boards.at(0).board().cadence(), v1::Board::CADENCE_WEEK);
}

TEST(PlanTest, TheFilesInTheBinaryAreRight) {
  EXPECT_THAT(ParsePlan("stackexchange.toml", kStackExchangeRules, Zone::Utc), IsOk());
  EXPECT_THAT(ParsePlan("demo.toml", kDemoRules, Zone::Utc), IsOk());
}

TEST(PlanTest, ADayBeginsInTheProgrammesZone) {
  const auto plan =
      ParsePlan("rules.toml", "[[rule]]\nid = \"a\"\neffective_time = \"2027-01-01\"\n",
                [] { return Zone::Load("Europe/Berlin"); });
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(FormatTimestamp(plan->rules.at(0).rule().effective_time()), "2026-12-31T23:00:00Z");
  EXPECT_THAT(Refusal("[[rule]]\nid = \"a\"\neffective_time = \"new year\"\n"),
              StartsWith("rules.toml:3: effective_time must be a day or a time with its zone"));
}

TEST(PlanTest, AWrongFileIsRefusedNamingTheLine) {
  EXPECT_EQ(Refusal("[[rule]]\nid = \"a\"\nthank = true\n"), "rules.toml:3: unknown key thank");
  EXPECT_EQ(Refusal("[[asset]]\nid = 5\n"), "rules.toml:2: id must be text");
  EXPECT_EQ(Refusal("[rule]\nid = \"a\"\n"), "rules.toml:1: rule must be tables, written [[rule]]");
  EXPECT_EQ(
      Refusal("[[board]]\nid = \"a\"\ncadence = \"hourly\"\n"),
      "rules.toml:3: cadence must be one of all-time, day, week, month, quarter, year, rolling, "
      "not \"hourly\"");
  EXPECT_THAT(Refusal("[[rule\n"), StartsWith("rules.toml:1: "));
}

}  // namespace
}  // namespace perigee::cli
