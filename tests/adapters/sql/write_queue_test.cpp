#include "server/adapters/sql/write_queue.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/access/principal.h"
#include "tests/matchers/status.h"

namespace perigee::sql {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using tests::HasReason;
using tests::IsOk;

constexpr std::size_t kPlaces = 3;
constexpr std::size_t kBatch = 2;

class WriteQueueTest : public testing::Test {
 protected:
  absl::Status Push(const std::string& program, bool of_job = false) {
    WaitingUnit waiting;
    waiting.unit.program = program;
    waiting.unit.background = of_job;
    waiting.unit.by.kind = of_job ? domain::PrincipalKind::kJob : domain::PrincipalKind::kStaff;
    return queue_.Push(waiting, now_);
  }
  static std::vector<std::string> Programs(const std::vector<WriteQueue::Taken>& all) {
    std::vector<std::string> programs;
    for (const WriteQueue::Taken& taken : all) {
      programs.push_back(taken.item.unit.program + (taken.item.IsOfJob() ? "'s job" : ""));
    }
    return programs;
  }
  std::vector<std::string> Take() { return Programs(queue_.Take(kBatch, now_)); }

  const WriteQueue::TimePoint now_{};
  WriteQueue queue_{{kPlaces, milliseconds(400)}};
};

TEST_F(WriteQueueTest, AJobThatKeptOthersWaitingRestsNineTimesAsLong) {
  ASSERT_THAT(Push("a", true), IsOk());
  ASSERT_THAT(Push("a", true), IsOk());
  ASSERT_THAT(Push("a"), IsOk());
  EXPECT_THAT(Take(), ElementsAre("a's job"));
  queue_.JobWorked(milliseconds(10));
  EXPECT_THAT(Take(), ElementsAre("a"));
  queue_.OthersWorked(milliseconds(89), milliseconds(1), 1);
  EXPECT_TRUE(queue_.JobsRest());
  EXPECT_FALSE(queue_.empty());
  EXPECT_THAT(Take(), IsEmpty());
  queue_.OthersWorked(milliseconds(1), milliseconds(1), 1);
  EXPECT_FALSE(queue_.JobsRest());
  EXPECT_THAT(Take(), ElementsAre("a's job"));
}

TEST_F(WriteQueueTest, AJobThatKeptNobodyWaitingGoesOnAtOnce) {
  ASSERT_THAT(Push("a", true), IsOk());
  ASSERT_THAT(Push("b", true), IsOk());
  EXPECT_THAT(Take(), ElementsAre("a's job"));
  queue_.JobWorked(milliseconds(10));
  EXPECT_THAT(Take(), ElementsAre("b's job"));
}

TEST_F(WriteQueueTest, TheRestEndsWithTheWritesOfOthers) {
  ASSERT_THAT(Push("a", true), IsOk());
  ASSERT_THAT(Push("b"), IsOk());
  ASSERT_THAT(Push("b", true), IsOk());
  Take();
  queue_.JobWorked(milliseconds(10));
  EXPECT_FALSE(queue_.JobsRest());
  EXPECT_THAT(Take(), ElementsAre("b"));
  ASSERT_TRUE(queue_.JobsRest());
  queue_.EndRest();
  EXPECT_THAT(Take(), ElementsAre("b's job"));
}

TEST_F(WriteQueueTest, JobsTakeNoPlaceOfOthers) {
  for (std::size_t i = 0; i < kPlaces; ++i) {
    ASSERT_THAT(Push("a", true), IsOk());
    ASSERT_THAT(Push("a"), IsOk());
  }
  EXPECT_THAT(Push("a"), HasReason(Reason::kOverloaded));
  EXPECT_THAT(Push("a", true), HasReason(Reason::kOverloaded));
  EXPECT_EQ(queue_.TakeAll(now_).size(), 2 * kPlaces);
  EXPECT_TRUE(queue_.empty());
}

}  // namespace
}  // namespace perigee::sql
