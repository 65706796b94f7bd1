#include "server/use_cases/thanks/promises.h"

#include <chrono>
#include <optional>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/jobs/health.h"
#include "server/ports/program_health.h"
#include "tests/use_cases/thanks/thankful.h"

namespace perigee::tests {
namespace {

using domain::PromiseKind;
using domain::PromiseMove;
using domain::PromiseState;
using std::chrono::days;
using testing::ElementsAre;
using testing::IsEmpty;

class PromisesTest : public ThankfulTest {
 protected:
  std::vector<domain::Revision> In(std::optional<PromiseState> state, int limit = 100,
                                   ports::TimedPlace after = ports::kBeforeAll) {
    std::vector<domain::Revision> ids;
    programme.Read([&](ports::StoreReader& reader) -> absl::Status {
      const auto found = reader.thanks().Promises("demo", state, Now(), after, limit);
      for (const domain::Promise& promise : found.value()) {
        ids.push_back(promise.id);
      }
      return absl::OkStatus();
    });
    return ids;
  }
};

TEST_F(PromisesTest, TheyAreListedByDueTimeInTheirState) {
  const Time late = Now() + days(3);
  const auto third = Promise("ada", PromiseKind::kPromise, late);
  const auto first = Promise("bob", PromiseKind::kThanks, Now() + days(1));
  const auto second = Promise("ada", PromiseKind::kPromise, Now() + days(2));
  const auto fourth = Promise("cyd", PromiseKind::kPromise, late);
  EXPECT_THAT(In(PromiseState::kOpen), ElementsAre(first->id, second->id, third->id, fourth->id));
  EXPECT_THAT(In(PromiseState::kOpen, 2), ElementsAre(first->id, second->id));
  EXPECT_THAT(In(PromiseState::kOpen, 2, {late, third->id}), ElementsAre(fourth->id));
  EXPECT_THAT(In(PromiseState::kOverdue), IsEmpty());
  programme.clock.Set(Now() + days(2));
  EXPECT_THAT(In(PromiseState::kOverdue), ElementsAre(first->id, second->id));
  EXPECT_THAT(In(std::nullopt), ElementsAre(first->id, second->id, third->id, fourth->id));
  ASSERT_THAT(Move(first->id, PromiseMove::kKeep), IsOk());
  ASSERT_THAT(Move(third->id, PromiseMove::kCancel), IsOk());
  EXPECT_THAT(In(PromiseState::kOverdue), ElementsAre(second->id));
  EXPECT_THAT(In(PromiseState::kOpen), ElementsAre(fourth->id));
  EXPECT_THAT(In(PromiseState::kKept), ElementsAre(first->id));
  EXPECT_THAT(In(PromiseState::kCancelled), ElementsAre(third->id));
}

TEST_F(PromisesTest, RefusalsNameTheFieldAndTheReason) {
  EXPECT_THAT(Promise("eve", PromiseKind::kPromise, Now() + days(1)), HasReason(Reason::kNotFound));
  EXPECT_THAT(Promise("ada", PromiseKind::kPromise, Now()), IsInvalidField("due_time"));
  EXPECT_THAT(Move(4711, PromiseMove::kKeep), HasReason(Reason::kNotFound));
  const auto made = Promise("ada", PromiseKind::kPromise, Now() + days(1));
  ASSERT_THAT(Move(made->id, PromiseMove::kKeep), IsOk());
  EXPECT_THAT(Move(made->id, PromiseMove::kCancel), HasReason(Reason::kIllegalMove));
}

TEST_F(PromisesTest, ThanksOfTheBrandSettleAPromiseOfThanksOnce) {
  const auto owed = Promise("ada", PromiseKind::kThanks, Now() + days(1));
  const auto visit = Promise("ada", PromiseKind::kPromise, Now() + days(1));
  EXPECT_THAT(Give("", "bob", owed->id), HasReason(Reason::kNotFound));
  EXPECT_THAT(Give("", "ada", 4711), HasReason(Reason::kNotFound));
  EXPECT_THAT(Give("", "ada", visit->id), IsInvalidField("promise"));
  EXPECT_THAT(All<domain::Thanks>(), IsEmpty());
  programme.clock.Set(Now() + days(5));
  const auto thanks = Give("", "ada", owed->id);
  ASSERT_THAT(thanks, IsOk());
  EXPECT_EQ(thanks->promise, owed->id);
  EXPECT_EQ(All<domain::Promise>().front().thanks, thanks->id);
  EXPECT_THAT(In(PromiseState::kKept), ElementsAre(owed->id));
  EXPECT_THAT(Give("", "ada", owed->id), HasReason(Reason::kIllegalMove));
}

TEST_F(PromisesTest, APromiseIsToThePersonNotToTheName) {
  const auto owed = Promise("bob", PromiseKind::kThanks, Now() + days(1));
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  EXPECT_THAT(Give("", "ada", owed->id), IsOk());
}

TEST_F(PromisesTest, APromiseToAnErasedMemberIsGone) {
  const auto made = Promise("ada", PromiseKind::kPromise, Now() + days(1));
  Erase("ada");
  EXPECT_THAT(In(PromiseState::kOpen), IsEmpty());
  EXPECT_THAT(Move(made->id, PromiseMove::kKeep), HasReason(Reason::kNotFound));
}

TEST_F(PromisesTest, HealthCountsWhatIsOwedAndNoticesTheTime) {
  ASSERT_THAT(Promise("ada", PromiseKind::kPromise, Now() + std::chrono::hours(1)), IsOk());
  ASSERT_THAT(Promise("bob", PromiseKind::kThanks, Now() + days(1)), IsOk());
  ASSERT_THAT(Promise("cyd", PromiseKind::kThanks, Now() + days(1)), IsOk());
  Erase("cyd");
  jobs::Health health(programme.store(), programme.clock, programme.telemetry);
  const auto count = [&](PromiseKind kind, bool overdue) {
    EXPECT_THAT(health.RunOnce(), IsOk());
    std::int64_t sum = 0;
    for (const ports::PromiseCount& one : programme.telemetry.health("demo").promises) {
      sum += one.kind == kind && one.overdue == overdue ? one.promises : 0;
    }
    return sum;
  };
  EXPECT_EQ(count(PromiseKind::kPromise, false), 1);
  EXPECT_EQ(count(PromiseKind::kThanks, false), 1);
  EXPECT_EQ(count(PromiseKind::kPromise, true), 0);
  // Nothing is written, so time alone must make the figures anew.
  programme.clock.Set(Now() + std::chrono::hours(1));
  EXPECT_EQ(count(PromiseKind::kPromise, false), 0);
  EXPECT_EQ(count(PromiseKind::kPromise, true), 1);
  EXPECT_EQ(count(PromiseKind::kThanks, false), 1);
}

}  // namespace
}  // namespace perigee::tests
