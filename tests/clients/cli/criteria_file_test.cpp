#include "clients/cli/criteria_file.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"

namespace perigee::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;
using tests::IsOk;

std::string Refusal(std::string_view toml) {
  return std::string(ParseCriteria("criteria.toml", toml).status().message());
}

TEST(CriteriaFileTest, AFileIsReadIntoCriteria) {
  const auto criteria = ParseCriteria("criteria.toml", R"(
[[criterion]]
id = "talks"
display_name = "Talks"
measure = "activities"
window_days = 30
activity_types = ["talk", "webinar"]
at_least = 2
[[criterion]]
id = "capital"
measure = "earned"
asset = "stars"
at_least = 500
)");
  ASSERT_THAT(criteria, IsOk());
  ASSERT_EQ(criteria->size(), 2U);
  const v1::CandidateCriterion& talks = criteria->at(0);
  EXPECT_EQ(talks.id(), "talks");
  EXPECT_EQ(talks.display_name(), "Talks");
  EXPECT_EQ(talks.measure(), v1::CandidateCriterion::MEASURE_ACTIVITIES);
  EXPECT_EQ(talks.window_days(), 30);
  EXPECT_THAT(talks.activity_types(), ElementsAre("talk", "webinar"));
  EXPECT_EQ(talks.at_least(), 2);
  const v1::CandidateCriterion& capital = criteria->at(1);
  EXPECT_EQ(capital.display_name(), "capital");
  EXPECT_EQ(capital.window_days(), 90);
  EXPECT_EQ(capital.asset(), "stars");
  EXPECT_EQ(ParseCriteria("criteria.toml", "")->size(), 0U);
}

TEST(CriteriaFileTest, AMistakeHasItsLine) {
  EXPECT_THAT(Refusal("[[criterion]]\nid = 1\n"), StartsWith("criteria.toml:2: id must be text"));
  EXPECT_THAT(Refusal("[[criterion]]\nmeasure = \"fame\"\n"),
              StartsWith("criteria.toml:2: measure must be one of active-days, activities, earned, "
                         "met, reach, not \"fame\""));
  EXPECT_THAT(Refusal("[[criterion]]\nactivity_types = [\"talk\", 3]\n"),
              StartsWith("criteria.toml:2: activity_types must be a list of texts"));
  EXPECT_THAT(Refusal("[[criterion]]\ndays = 3\n"),
              StartsWith("criteria.toml:2: unknown key days"));
  EXPECT_THAT(Refusal("[[rule]]\n"), StartsWith("criteria.toml:1: unknown key rule"));
}

}  // namespace
}  // namespace perigee::cli
