#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/jobs/health.h"
#include "server/jobs/repeating.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/program_health.h"
#include "tests/jobs/programme.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

class LoopsTest : public testing::Test {
 protected:
  LoopsTest() {
    programme.AddMember("ada");
    programme.AddMember("bob");
  }
  Programme programme;
};

TEST_F(LoopsTest, HealthCountsMembersAndAssets) {
  programme.Earn("ada", 3, programme.clock.Now());
  jobs::Health health(programme.store(), programme.clock, programme.telemetry);
  EXPECT_THAT(health.RunOnce(), IsOk());
  const ports::ProgramHealth told = programme.telemetry.health("demo");
  std::int64_t members = 0;
  for (const ports::MemberCount& count : told.members) {
    members += count.members;
  }
  EXPECT_EQ(members, 2);
  for (const ports::AssetTotals& asset : told.assets) {
    EXPECT_EQ(asset.imbalance, 0) << asset.asset;
    EXPECT_EQ(asset.issued, asset.asset == "reputation" ? 3 : 0) << asset.asset;
  }
}

TEST_F(LoopsTest, HealthIsCountedAnewAfterAWrite) {
  jobs::Health health(programme.store(), programme.clock, programme.telemetry);
  const auto issued = [&] {
    EXPECT_THAT(health.RunOnce(), IsOk());
    std::int64_t sum = 0;
    for (const ports::AssetTotals& asset : programme.telemetry.health("demo").assets) {
      sum += asset.issued;
    }
    return sum;
  };
  EXPECT_EQ(issued(), 0);
  programme.Earn("ada", 3, programme.clock.Now());
  EXPECT_EQ(issued(), 3);
  EXPECT_EQ(issued(), 3);
}

TEST_F(LoopsTest, HealthOfADeletedProgrammeEnds) {
  jobs::Health health(programme.store(), programme.clock, programme.telemetry);
  EXPECT_THAT(health.RunOnce(), IsOk());
  EXPECT_FALSE(programme.telemetry.health("demo").members.empty());
  programme.Delete();
  EXPECT_THAT(health.RunOnce(), IsOk());
  EXPECT_TRUE(programme.telemetry.health("demo").members.empty());
}

TEST(RepeatingTest, ItGoesOnUntilItIsDestroyed) {
  ManualExecutor executor;
  int runs = 0;
  {
    const jobs::Repeating repeating(executor, std::chrono::milliseconds(5), [&] { ++runs; });
    EXPECT_EQ(executor.RunUpTo(std::chrono::milliseconds(4)), 0U);
    executor.RunUpTo(std::chrono::milliseconds(5));
    executor.RunUpTo(std::chrono::milliseconds(5));
    EXPECT_EQ(runs, 2);
  }
  executor.RunUpTo(std::chrono::milliseconds(5));
  EXPECT_EQ(runs, 2);
}

TEST(RepeatingTest, ItAsksAfterEachRunHowLongToRest) {
  ManualExecutor executor;
  int runs = 0;
  const jobs::Repeating repeating(
      executor, [&] { return std::chrono::milliseconds(runs == 0 ? 5 : 50); }, [&] { ++runs; });
  executor.RunUpTo(std::chrono::milliseconds(5));
  EXPECT_EQ(executor.RunUpTo(std::chrono::milliseconds(49)), 0U);
  executor.RunUpTo(std::chrono::milliseconds(50));
  EXPECT_EQ(runs, 2);
}

TEST(RepeatingTest, ItRestsLongerAfterWorkThatTookLong) {
  ManualExecutor executor;
  int runs = 0;
  const auto work = [&] {
    ++runs;
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(2);
    while (std::chrono::steady_clock::now() < end) {
    }
  };
  const jobs::Repeating repeating(executor, std::chrono::milliseconds(5), work, 1000);
  executor.RunUpTo(std::chrono::milliseconds(5));
  executor.RunUpTo(std::chrono::milliseconds(1999));
  EXPECT_EQ(runs, 1);
  executor.RunUpTo(std::chrono::hours(1));
  EXPECT_EQ(runs, 2);
}

}  // namespace
}  // namespace perigee::tests
