#include "server/domain/orbit/activity_type.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::ActivityType;
using domain::EarlierWeight;

Time At(int hour) { return Time(std::chrono::hours(hour)); }

ActivityType TypeOf(std::string id, int weight) {
  ActivityType type;
  type.id = std::move(id);
  type.display_name = type.id;
  type.weight = weight;
  return type;
}

TEST(ActivityTypeTest, EveryLimitHasItsField) {
  EXPECT_THAT(domain::CheckActivityType(TypeOf("answer", 0)), IsOk());
  EXPECT_THAT(domain::CheckActivityType(TypeOf("answer", 12)), IsOk());
  EXPECT_THAT(domain::CheckActivityType(TypeOf("answer", 13)),
              IsInvalidField("activity_type.weight"));
  EXPECT_THAT(domain::CheckActivityType(TypeOf("answer", -1)),
              IsInvalidField("activity_type.weight"));
  EXPECT_THAT(domain::CheckActivityType(TypeOf("An answer", 1)),
              IsInvalidField("activity_type.name"));
  ActivityType nameless = TypeOf("answer", 1);
  nameless.display_name = "";
  EXPECT_THAT(domain::CheckActivityType(nameless), IsInvalidField("activity_type.display_name"));
}

TEST(ActivityTypeTest, ATypeThatNobodySetWeighsOne) {
  EXPECT_EQ(domain::GreatestWeight(nullptr, kBeginningOfTime), 1);
}

TEST(ActivityTypeTest, OnlyGreaterEarlierWeightsAreKept) {
  ActivityType type = TypeOf("answer", 6);
  domain::SetWeight(type, 6, At(1));
  EXPECT_THAT(type.earlier, testing::IsEmpty());
  domain::SetWeight(type, 4, At(2));
  domain::SetWeight(type, 2, At(3));
  EXPECT_THAT(type.earlier, testing::ElementsAre(EarlierWeight{6, At(2)}, EarlierWeight{4, At(3)}));
  domain::SetWeight(type, 5, At(4));
  EXPECT_THAT(type.earlier, testing::ElementsAre(EarlierWeight{6, At(2)}));
  domain::SetWeight(type, 0, At(5));
  EXPECT_THAT(type.earlier, testing::ElementsAre(EarlierWeight{6, At(2)}, EarlierWeight{5, At(5)}));
  domain::SetWeight(type, 12, At(6));
  EXPECT_THAT(type.earlier, testing::IsEmpty());
}

TEST(ActivityTypeTest, TheGreatestWeightSinceATime) {
  ActivityType type = TypeOf("answer", 6);
  domain::SetWeight(type, 4, At(2));
  domain::SetWeight(type, 2, At(3));
  EXPECT_EQ(domain::GreatestWeight(&type, At(1)), 6);
  EXPECT_EQ(domain::GreatestWeight(&type, At(2)), 4);
  EXPECT_EQ(domain::GreatestWeight(&type, At(3)), 2);
  EXPECT_EQ(domain::GreatestWeight(&type, kEndOfTime), 2);
}

TEST(ActivityTypeTest, TypesAreFoundById) {
  const domain::ActivityTypes types({TypeOf("b", 2), TypeOf("a", 1), TypeOf("c", 3)});
  ASSERT_NE(types.Find("b"), nullptr);
  EXPECT_EQ(types.Find("b")->weight, 2);
  EXPECT_EQ(types.Find("bb"), nullptr);
  EXPECT_EQ(types.Find("d"), nullptr);
}

}  // namespace
}  // namespace perigee::tests
