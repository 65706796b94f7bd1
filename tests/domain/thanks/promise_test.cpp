#include "server/domain/thanks/promise.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/domain/in_state.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Promise;
using Move = domain::PromiseMove;
using State = domain::PromiseState;

TEST(PromiseTest, TimeAloneMakesAPromiseOverdue) {
  const Promise promise = In(State::kOpen);
  EXPECT_EQ(StateOf(promise, kLater - Duration(1)), State::kOpen);
  EXPECT_EQ(StateOf(promise, kLater), State::kOverdue);
}

TEST(PromiseTest, AMoveNotesItsTime) {
  Promise promise = In(State::kOpen);
  ASSERT_THAT(Make(Move::kKeep, kNow, promise), IsOk());
  EXPECT_EQ(promise.end_time, kNow);
}

TEST(PromiseTest, APromiseHasWordsAndATimeAhead) {
  Promise promise = In(State::kOpen);
  EXPECT_THAT(domain::CheckPromise(promise, kNow), IsOk());
  EXPECT_THAT(domain::CheckPromise(promise, kLater), IsInvalidField("due_time"));
  promise.text = "";
  EXPECT_THAT(domain::CheckPromise(promise, kNow), IsInvalidField("text"));
  promise.text = std::string(domain::kPromiseTextBytesMax, 'a');
  EXPECT_THAT(domain::CheckPromise(promise, kNow), IsOk());
  promise.text += 'a';
  EXPECT_THAT(domain::CheckPromise(promise, kNow), IsInvalidField("text"));
}

}  // namespace
}  // namespace perigee::tests
