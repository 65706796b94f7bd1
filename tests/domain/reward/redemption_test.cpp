#include "server/domain/reward/redemption.h"

#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Redemption;
using Move = domain::RedemptionMove;
using State = domain::RedemptionState;

constexpr Time kNow = FromMicros(1'000);
constexpr Time kLater = FromMicros(2'000);

constexpr State kStates[] = {State::kRequested, State::kHeld,     State::kApproved,
                             State::kFulfilled, State::kRejected, State::kCancelled,
                             State::kReturned,  State::kExpired};
constexpr Move kMoves[] = {Move::kHold,   Move::kApprove, Move::kFulfil,
                           Move::kReject, Move::kCancel,  Move::kReturn};

// One that time has ended is stored as it was.
Redemption In(State state) {
  Redemption redemption;
  redemption.id = "7";
  redemption.state = state == State::kExpired ? State::kApproved : state;
  redemption.expire_time = state == State::kExpired ? kNow : kLater;
  return redemption;
}

// requested → held → approved → fulfilled / rejected / cancelled; fulfilled → returned. Only what
// nobody has approved is cancelled. Written by hand, to be compared with the table.
const std::map<std::pair<State, Move>, State> kLegal = {
    {{State::kRequested, Move::kHold}, State::kHeld},
    {{State::kHeld, Move::kApprove}, State::kApproved},
    {{State::kHeld, Move::kReject}, State::kRejected},
    {{State::kHeld, Move::kCancel}, State::kCancelled},
    {{State::kApproved, Move::kFulfil}, State::kFulfilled},
    {{State::kApproved, Move::kReject}, State::kRejected},
    {{State::kFulfilled, Move::kReturn}, State::kReturned},
};

TEST(RedemptionTest, EveryMoveFromEveryStateIsLegalOrRefusedAsTheListSays) {
  int legal = 0;
  for (const State state : kStates) {
    std::set<std::string> open;
    for (const auto& [step, to] : kLegal) {
      if (step.first == state) {
        open.emplace(NameOf(step.second));
      }
    }
    for (const Move move : kMoves) {
      Redemption redemption = In(state);
      ASSERT_EQ(StateOf(redemption, kNow), state);
      const absl::Status made = Make(move, kNow, redemption);
      const std::string what = std::string(NameOf(state)) + " " + std::string(NameOf(move));
      const auto expected = kLegal.find({state, move});
      if (expected != kLegal.end()) {
        ++legal;
        EXPECT_THAT(made, IsOk()) << what;
        EXPECT_EQ(StateOf(redemption, kNow), expected->second) << what;
        continue;
      }
      ASSERT_THAT(made, HasReason(Reason::kIllegalMove)) << what;
      EXPECT_EQ(StateOf(redemption, kNow), state) << what;
      const ErrorMetadata metadata = MetadataOf(made);
      EXPECT_EQ(metadata.at("state"), NameOf(state));
      EXPECT_EQ(metadata.at("move"), NameOf(move));
      std::istringstream moves(metadata.at("open_moves"));
      std::set<std::string> named;
      for (std::string one; std::getline(moves, one, ',');) {
        named.insert(one);
      }
      EXPECT_EQ(named, open) << what;
    }
  }
  EXPECT_EQ(legal, static_cast<int>(kLegal.size()));
  EXPECT_EQ(domain::RedemptionMoves().size(), kLegal.size());
}

TEST(RedemptionTest, TimeAloneExpiresWhatIsOpenAndFreesItsStock) {
  for (const State state : kStates) {
    const Redemption redemption = In(state);
    const bool is_open = state == State::kHeld || state == State::kApproved;
    EXPECT_EQ(domain::IsOpen(state), is_open);
    EXPECT_EQ(domain::TakesStock(state), is_open || state == State::kFulfilled);
    EXPECT_EQ(StateOf(redemption, kLater), is_open ? State::kExpired : state);
  }
}

TEST(RedemptionTest, AMoveNotesItsTimeAndAnOpenOneFallsDue) {
  Redemption redemption = In(State::kRequested);
  ASSERT_THAT(Make(Move::kHold, kNow, redemption), IsOk());
  EXPECT_EQ(redemption.due_time, kLater);
  EXPECT_EQ(redemption.end_time, std::nullopt);
  ASSERT_THAT(Make(Move::kApprove, kNow, redemption), IsOk());
  EXPECT_EQ(redemption.approve_time, kNow);
  EXPECT_EQ(redemption.due_time, kLater);
  ASSERT_THAT(Make(Move::kFulfil, kNow, redemption), IsOk());
  EXPECT_EQ(redemption.end_time, kNow);
  EXPECT_EQ(redemption.due_time, std::nullopt);
  ASSERT_THAT(Make(Move::kReturn, kLater, redemption), IsOk());
  EXPECT_EQ(redemption.return_time, kLater);
  EXPECT_EQ(redemption.end_time, kNow);
}

TEST(RedemptionTest, TimeAndErasureEndItWithoutAMove) {
  Redemption redemption = In(State::kHeld);
  redemption.due_time = kLater;
  Redemption erased = redemption;
  domain::Expire(redemption);
  EXPECT_EQ(redemption.state, State::kExpired);
  EXPECT_EQ(redemption.end_time, kLater);
  EXPECT_EQ(redemption.due_time, std::nullopt);
  domain::EndForErased(kNow, erased);
  EXPECT_EQ(erased.state, State::kCancelled);
  EXPECT_EQ(erased.end_time, kNow);
  EXPECT_EQ(erased.due_time, std::nullopt);
}

}  // namespace
}  // namespace perigee::tests
