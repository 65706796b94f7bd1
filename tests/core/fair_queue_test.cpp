#include "server/core/fair_queue.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perigee {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::Ge;
using testing::Gt;
using testing::Le;

using Queue = FairQueue<int>;
constexpr Queue::TimePoint kStart{seconds(1000)};

// Ten items that take `each` make the pace known.
void WorkAt(Queue& queue, milliseconds each) {
  for (int i = 0; i < 10; ++i) {
    queue.Worked(each, 1000);
  }
}

TEST(FairQueueTest, LanesTakeTurnsAndEachKeepsItsOrder) {
  Queue queue({100});
  for (const int item : {1, 2, 3}) {
    queue.Push("many", item, kStart);
  }
  queue.Push("few", 10, kStart);
  std::vector<int> taken;
  while (!queue.empty()) {
    taken.push_back(queue.Take(kStart).item);
  }
  EXPECT_THAT(taken, ElementsAre(1, 10, 2, 3));
}

TEST(FairQueueTest, ItSaysHowLongAnItemWaited) {
  Queue queue({100});
  queue.Push("a", 1, kStart);
  EXPECT_EQ(queue.Take(kStart + milliseconds(7)).waited, milliseconds(7));
}

TEST(FairQueueTest, ALaneHasRoomWhileItsNextItemWouldNotWaitTooLong) {
  Queue queue({1000, milliseconds(100)});
  WorkAt(queue, milliseconds(10));
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(queue.HasRoom("a", kStart)) << i;
    queue.Push("a", i, kStart);
  }
  queue.Push("a", 10, kStart);
  EXPECT_FALSE(queue.HasRoom("a", kStart));
  queue.Take(kStart);
  queue.Take(kStart);
  EXPECT_TRUE(queue.HasRoom("a", kStart));
}

TEST(FairQueueTest, ALaneThatFloodsLeavesRoomForTheOthers) {
  Queue queue({20, milliseconds(100)});
  WorkAt(queue, milliseconds(1));
  while (queue.HasRoom("flood", kStart)) {
    queue.Push("flood", 1, kStart);
  }
  EXPECT_EQ(queue.size(), 20U);
  EXPECT_TRUE(queue.HasRoom("other", kStart));
  queue.Push("other", 2, kStart);
  // With two lanes each lane has half of the room.
  EXPECT_FALSE(queue.HasRoom("flood", kStart));
  while (queue.HasRoom("other", kStart)) {
    queue.Push("other", 2, kStart);
  }
  EXPECT_EQ(queue.size(), 30U);
}

TEST(FairQueueTest, AnEmptyLaneHasRoomEvenIfWorkIsSlow) {
  Queue queue({20, milliseconds(100)});
  WorkAt(queue, seconds(10));
  EXPECT_TRUE(queue.HasRoom("a", kStart));
  queue.Push("a", 1, kStart);
  queue.Push("a", 1, kStart);
  EXPECT_FALSE(queue.HasRoom("a", kStart));
  EXPECT_TRUE(queue.HasRoom("b", kStart));
}

TEST(FairQueueTest, AStalledQueueHasNoRoom) {
  Queue queue({1000, milliseconds(100)});
  queue.Push("a", 1, kStart);
  EXPECT_TRUE(queue.HasRoom("a", kStart + milliseconds(100)));
  EXPECT_FALSE(queue.HasRoom("a", kStart + milliseconds(101)));
  queue.Push("a", 2, kStart);
  queue.Take(kStart + milliseconds(101));
  EXPECT_TRUE(queue.HasRoom("a", kStart + milliseconds(102)));
}

TEST(FairQueueTest, OneSlowItemDoesNotMakeAllLookSlow) {
  Queue queue({1000, milliseconds(100)});
  queue.Worked(seconds(3600), 1);
  for (int i = 0; i < 50; ++i) {
    queue.Push("a", i, kStart);
  }
  EXPECT_TRUE(queue.HasRoom("a", kStart));
}

TEST(FairQueueTest, TheAdviceGrowsWithRefusalsAndShrinksWithTime) {
  Queue queue({1000, milliseconds(100)});
  WorkAt(queue, milliseconds(10));
  for (int i = 0; i < 20; ++i) {
    queue.Push("a", i, kStart);
  }
  const auto first = queue.ComeBackAfter(kStart);
  EXPECT_THAT(first, Ge(milliseconds(100)));
  const auto second = queue.ComeBackAfter(kStart);
  EXPECT_THAT(second, Gt(first));
  for (int i = 0; i < 5000; ++i) {
    queue.ComeBackAfter(kStart);
  }
  EXPECT_THAT(queue.ComeBackAfter(kStart), Le(seconds(10)));
  while (!queue.empty()) {
    queue.Take(kStart);
  }
  EXPECT_THAT(queue.ComeBackAfter(kStart + seconds(11)), Le(milliseconds(20)));
}

}  // namespace
}  // namespace perigee
