#include "server/runtime/executor.h"

#include <algorithm>
#include <future>
#include <memory>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using runtime::ThreadExecutor;
using std::chrono::hours;
using std::chrono::milliseconds;

// Holds one thread of an executor until it is let go.
struct Blocker {
  std::promise<void> begun;
  std::promise<void> release;
  void Occupy(ThreadExecutor& executor) {
    ASSERT_THAT(executor.Submit([this] {
      begun.set_value();
      release.get_future().wait();
    }),
                IsOk());
    begun.get_future().wait();
  }
};

TEST(ExecutorTest, WorkRunsInTheOrderSubmittedOnOneThread) {
  std::vector<int> order;
  {
    ThreadExecutor executor(1, {100});
    for (int i = 0; i < 50; ++i) {
      ASSERT_THAT(executor.Submit([&order, i] { order.push_back(i); }), IsOk());
    }
  }
  ASSERT_EQ(order.size(), 50U);
  EXPECT_TRUE(std::ranges::is_sorted(order));
}

TEST(ExecutorTest, AFullQueueRefusesAtOnceAndDropsNothing) {
  int ran = 0;
  Blocker blocker;
  {
    ThreadExecutor executor(1, {2});
    blocker.Occupy(executor);
    EXPECT_THAT(executor.Submit([&ran] { ++ran; }), IsOk());
    EXPECT_THAT(executor.Submit([&ran] { ++ran; }), IsOk());
    EXPECT_THAT(executor.Submit([&ran] { ran += 100; }), HasReason(Reason::kOverloaded));
    blocker.release.set_value();
  }
  EXPECT_EQ(ran, 2);
}

TEST(ExecutorTest, TimersRunInTheOrderTheyAreDue) {
  ThreadExecutor executor(1, {1});
  std::promise<std::vector<int>> done;
  std::vector<int> order;
  executor.After(milliseconds(20), [&] {
    order.push_back(2);
    done.set_value(order);
  });
  executor.After(milliseconds(1), [&] { order.push_back(1); });
  EXPECT_THAT(done.get_future().get(), ::testing::ElementsAre(1, 2));
}

TEST(ExecutorTest, ATimerIsNotLostToAFullQueue) {
  ThreadExecutor executor(1, {1});
  Blocker blocker;
  blocker.Occupy(executor);
  std::promise<void> rang;
  ASSERT_THAT(executor.Submit([] {}), IsOk());
  executor.After(milliseconds(0), [&] { rang.set_value(); });
  blocker.release.set_value();
  rang.get_future().wait();
}

TEST(ExecutorTest, StoppingDropsTimersAndTheirCaptures) {
  const auto held = std::make_shared<int>(1);
  ThreadExecutor executor(2, {10});
  executor.After(hours(1), [held] { FAIL() << "a timer ran that was not due"; });
  EXPECT_EQ(held.use_count(), 2);
  executor.Stop();
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_THAT(executor.Submit([] {}), HasReason(Reason::kShuttingDown));
  executor.After(milliseconds(0), [held] {});
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace perigee::tests
