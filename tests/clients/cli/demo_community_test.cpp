#include "clients/cli/demo_community.h"

#include <set>

#include <gtest/gtest.h>

#include "server/core/resource_name.h"
#include "server/core/text.h"
#include "tests/matchers/status.h"

namespace perigee::cli {
namespace {

using tests::IsOk;

constexpr std::chrono::sys_days kDay = std::chrono::year{2026} / 11 / 20;

std::string Bytes(const std::vector<v1::Activity>& activities) {
  std::string bytes;
  for (const v1::Activity& activity : activities) {
    bytes += activity.SerializeAsString();
  }
  return bytes;
}

TEST(DemoCommunityTest, TheSeedDeterminesTheCommunity) {
  const DemoShape shape{50, 7};
  EXPECT_EQ(Bytes(DemoDay(shape, "programs/a", kDay)), Bytes(DemoDay(shape, "programs/a", kDay)));
  EXPECT_NE(Bytes(DemoDay(shape, "programs/a", kDay)), Bytes(DemoDay({50, 8}, "programs/a", kDay)));
  EXPECT_EQ(DemoMembers(shape).at(9).SerializeAsString(),
            DemoMembers(shape).at(9).SerializeAsString());
}

TEST(DemoCommunityTest, EveryMemberIsValidAndHasItsOwnId) {
  std::set<std::string> ids;
  for (const v1::CreateMemberRequest& request : DemoMembers({300, 1})) {
    EXPECT_TRUE(IsValidId(request.member_id())) << request.member_id();
    EXPECT_THAT(CheckText("display_name", request.member().display_name(), 1, 200), IsOk());
    ids.insert(request.member_id());
  }
  EXPECT_EQ(ids.size(), 300U);
}

TEST(DemoCommunityTest, ADaysActivitiesHappenOnThatDayUnderIdsOfTheirOwn) {
  std::set<std::string> ids;
  const std::vector<v1::Activity> activities = DemoDay({100, 1}, "programs/a", kDay);
  EXPECT_GE(activities.size(), 20U);
  for (const v1::Activity& activity : activities) {
    EXPECT_EQ(activity.occur_time().seconds() / 86'400, kDay.time_since_epoch().count());
    EXPECT_FALSE(activity.actor().empty() && activity.recipient().empty());
    ids.insert(activity.source_event_id());
  }
  EXPECT_EQ(ids.size(), activities.size());
}

}  // namespace
}  // namespace perigee::cli
