#include "server/domain/thanks/promise.h"

#include <map>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Promise;
using Move = domain::PromiseMove;
using State = domain::PromiseState;

constexpr Time kNow = FromMicros(1'000);
constexpr Time kLater = FromMicros(2'000);

constexpr State kStates[] = {State::kOpen, State::kOverdue, State::kKept, State::kCancelled};
constexpr Move kMoves[] = {Move::kKeep, Move::kCancel};

Promise In(State state) {
  Promise promise;
  promise.id = 1;
  promise.text = "a visit";
  promise.state = state == State::kOverdue ? State::kOpen : state;
  promise.due_time = state == State::kOverdue ? kNow : kLater;
  return promise;
}

// Written by hand, to be compared with the table.
const std::map<std::pair<State, Move>, State> kLegal = {
    {{State::kOpen, Move::kKeep}, State::kKept},
    {{State::kOpen, Move::kCancel}, State::kCancelled},
    {{State::kOverdue, Move::kKeep}, State::kKept},
    {{State::kOverdue, Move::kCancel}, State::kCancelled},
};

TEST(PromiseTest, EveryMoveFromEveryStateIsLegalOrRefusedAsTheListSays) {
  for (const State state : kStates) {
    for (const Move move : kMoves) {
      Promise promise = In(state);
      ASSERT_EQ(StateOf(promise, kNow), state);
      const absl::Status made = Make(move, kNow, promise);
      const std::string what = std::string(NameOf(state)) + " " + std::string(NameOf(move));
      const auto expected = kLegal.find({state, move});
      if (expected != kLegal.end()) {
        EXPECT_THAT(made, IsOk()) << what;
        EXPECT_EQ(StateOf(promise, kLater), expected->second) << what;
        EXPECT_EQ(promise.end_time, kNow) << what;
        continue;
      }
      ASSERT_THAT(made, HasReason(Reason::kIllegalMove)) << what;
      EXPECT_EQ(MetadataOf(made).at("state"), NameOf(state)) << what;
      EXPECT_EQ(MetadataOf(made).at("open_moves"), "") << what;
      EXPECT_EQ(StateOf(promise, kNow), state) << what;
      EXPECT_FALSE(promise.end_time.has_value()) << what;
    }
  }
  EXPECT_EQ(domain::PromiseMoves().size(), kLegal.size());
}

TEST(PromiseTest, TimeAloneMakesAPromiseOverdue) {
  const Promise promise = In(State::kOpen);
  EXPECT_EQ(StateOf(promise, kLater - Duration(1)), State::kOpen);
  EXPECT_EQ(StateOf(promise, kLater), State::kOverdue);
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
