#include "server/use_cases/orbit/activity_types.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/use_cases/orbit/orbits.h"

namespace perigee::tests {
namespace {

class ActivityTypesTest : public OrbitsTest {
 protected:
  absl::StatusOr<domain::ActivityType> Set(const std::string& id, int weight,
                                           const std::string& etag = "") {
    domain::ActivityType type;
    type.id = id;
    type.display_name = id;
    type.weight = weight;
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::SetActivityType(reader, unit, "demo", type, etag);
    });
  }
};

TEST_F(ActivityTypesTest, AChangeKeepsWhatCameBeforeAndIsGuardedByTheEtag) {
  const auto made = Set("answer", 6);
  ASSERT_THAT(made, IsOk());
  programme.clock.Set(Now() + std::chrono::hours(1));
  EXPECT_THAT(Set("answer", 2, "r1"), HasReason(Reason::kEtagMismatch));
  const auto changed = Set("answer", 2, domain::Etag(made->revision));
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->create_time, made->create_time);
  ASSERT_EQ(changed->earlier.size(), 1U);
  EXPECT_EQ(changed->earlier[0].weight, 6);
  EXPECT_EQ(changed->earlier[0].until, Now());
}

TEST_F(ActivityTypesTest, TheFirstWeightCountsAtOnce) {
  const auto made = Set("purchase", 0);
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->weight, 0);
  EXPECT_TRUE(made->earlier.empty());
}

TEST_F(ActivityTypesTest, AProgrammeHasAThousandTypesAtMost) {
  const auto fill = Do([&](auto&, const auto& unit) -> absl::StatusOr<use_cases::Decided<int>> {
    use_cases::Decided<int> decided{0, {}};
    for (int i = 0; i < domain::kActivityTypesMax; ++i) {
      domain::ActivityType type;
      type.id = absl::StrCat("type-", i);
      type.display_name = type.id;
      type.revision = unit.revision;
      decided.changes.records.Put(type);
    }
    return decided;
  });
  ASSERT_THAT(fill, IsOk());
  EXPECT_THAT(Set("answer", 6), IsInvalidField("activity_type.name"));
  EXPECT_THAT(Set("type-7", 6), IsOk());
}

}  // namespace
}  // namespace perigee::tests
