#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/conformance/boards/boards_conformance.h"

namespace perigee::tests {
namespace {

using domain::Place;
using domain::RankedPlace;
using domain::Scheme;
using ports::PeriodKey;
using ports::ScoreChange;
using ports::Slice;

TEST_P(BoardsConformance, APeriodThatIsNotHeldIsNotFoundRatherThanEmpty) {
  const PeriodKey key = KeyOf(Scheme::kCompetition);
  ports::Mark mark;
  EXPECT_THAT(boards_->Marked(key), IsNotHeld());
  EXPECT_THAT(boards_->Top(key, std::nullopt, 10), IsNotHeld());
  EXPECT_THAT(boards_->Around(key, "ada", 10), IsNotHeld());
  EXPECT_THAT(boards_->Find(key, std::vector<std::string>{"ada"}), IsNotHeld());
  EXPECT_THAT(boards_->Digest(key, &mark), IsNotHeld());
  EXPECT_THAT(boards_->Apply(key, MarkAt(0), MarkAt(1), {}), IsNotHeld());
  EXPECT_THAT(boards_->Drop(key), IsOk());
}

TEST_P(BoardsConformance, ADroppedPeriodIsNotHeldAndMayComeBack) {
  const PeriodKey key = KeyOf(Scheme::kDense);
  Put(key, 1, {MakePlace("a", 1)});
  EXPECT_THAT(boards_->Drop(key), IsOk());
  EXPECT_THAT(boards_->Top(key, std::nullopt, 10), IsNotHeld());
  EXPECT_THAT(boards_->Apply(key, MarkAt(1), MarkAt(2), {}), IsNotHeld());
  Put(key, 5, {MakePlace("b", 2)});
  ExpectAgrees(key, 5, BoardModel({MakePlace("b", 2)}));
}

TEST_P(BoardsConformance, AWholePeriodNeverTakesTheNextOnesPlace) {
  for (const Scheme scheme : kSchemes) {
    const PeriodKey key = KeyOf(scheme);
    for (const domain::Revision revision : {1, 255, 256, 70000}) {
      Put(key, revision, {MakePlace("a", revision)});
      Put(key, revision, {MakePlace("b", revision)});
      const domain::Revision next = revision + 1;
      ASSERT_THAT(boards_->Apply(key, MarkAt(revision), MarkAt(next), {}), IsOk());
      EXPECT_TRUE(
          absl::IsAborted(boards_->Replace(key, MarkAt(revision), {MakePlace("c", revision)})));
      ExpectAgrees(key, next, BoardModel({MakePlace("b", revision)}));
    }
    EXPECT_THAT(boards_->Drop(key), IsOk());
    Put(key, 1, {MakePlace("a", 1)});
    ExpectAgrees(key, 1, BoardModel({MakePlace("a", 1)}));
  }
}

TEST_P(BoardsConformance, OtherEpochsPeriodsBoardsAndProgrammesAreOthers) {
  const PeriodKey key = KeyOf(Scheme::kCompetition);
  std::vector<PeriodKey> others(5, key);
  others[0].epoch = 8;
  others[1].period = "2026-11-09";
  others[2].board = "topp";
  others[3].program = "acm";
  others[4].scheme = Scheme::kDense;
  Put(key, 1, {MakePlace("a", 1)});
  for (const PeriodKey& other : others) {
    EXPECT_THAT(boards_->Top(other, std::nullopt, 10), IsNotHeld());
    Put(other, 2, {MakePlace("b", 2)});
    EXPECT_THAT(boards_->Apply(other, MarkAt(2), MarkAt(3), std::vector{Change("c", 3)}), IsOk());
    EXPECT_THAT(boards_->Drop(other), IsOk());
  }
  ExpectAgrees(key, 1, BoardModel({MakePlace("a", 1)}));
}

TEST_P(BoardsConformance, ABatchMovesScoresAndTheMarkTogether) {
  for (const Scheme scheme : kSchemes) {
    const PeriodKey key = KeyOf(scheme);
    BoardModel model({MakePlace("a", 30, 1), MakePlace("b", 20, 2), MakePlace("c", 10, 3)});
    Put(key, 1, model.Places());
    // Up, down, off, new, and one that was never there.
    const std::vector<ScoreChange> changes = {Change("c", 40, 4), Change("a", 5, 4), Leave("b"),
                                              Change("d", 5, 4), Leave("nobody")};
    EXPECT_THAT(boards_->Apply(key, MarkAt(1), MarkAt(4), changes), IsOk());
    model.Apply(changes);
    ExpectAgrees(key, 4, model);
  }
}

TEST_P(BoardsConformance, TheLastWordOfABatchOnAMemberCounts) {
  const PeriodKey key = KeyOf(Scheme::kDense);
  BoardModel model({MakePlace("a", 30)});
  Put(key, 1, model.Places());
  const std::vector<ScoreChange> changes = {Change("a", 1), Leave("a"), Change("a", 2),
                                            Change("b", 2), Leave("b")};
  EXPECT_THAT(boards_->Apply(key, MarkAt(1), MarkAt(2), changes), IsOk());
  model.Apply(changes);
  ExpectAgrees(key, 2, model);
}

TEST_P(BoardsConformance, AnUnchangedWriteChangesNothingButTheMark) {
  for (const Scheme scheme : kSchemes) {
    const PeriodKey key = KeyOf(scheme);
    const BoardModel model({MakePlace("a", 30, 1), MakePlace("b", 30, 2)});
    Put(key, 1, model.Places());
    EXPECT_THAT(boards_->Apply(key, MarkAt(1), MarkAt(2), std::vector{Change("a", 30, 1)}), IsOk());
    ExpectAgrees(key, 2, model);
    EXPECT_THAT(boards_->Apply(key, MarkAt(2), MarkAt(3), {}), IsOk());
    ExpectAgrees(key, 3, model);
  }
}

TEST_P(BoardsConformance, AReversalGivesTheOlderReachTimeBack) {
  const PeriodKey key = KeyOf(Scheme::kOrdinal);
  BoardModel model({MakePlace("a", 10, 1), MakePlace("b", 10, 2)});
  Put(key, 1, model.Places());
  EXPECT_THAT(boards_->Apply(key, MarkAt(1), MarkAt(2), std::vector{Change("a", 15, 9)}), IsOk());
  EXPECT_THAT(boards_->Apply(key, MarkAt(2), MarkAt(3), std::vector{Change("a", 10, 1)}), IsOk());
  ExpectAgrees(key, 3, model);
}

TEST_P(BoardsConformance, ABatchThatDoesNotFollowOnIsAbortedAndChangesNothing) {
  const PeriodKey key = KeyOf(Scheme::kCompetition);
  const BoardModel model({MakePlace("a", 30), MakePlace("b", 20)});
  Put(key, 5, model.Places());
  const std::vector<ScoreChange> changes = {Leave("a"), Change("b", 99)};
  ports::Mark other_journal = MarkAt(5);
  other_journal.hash[31] ^= 1;
  for (const ports::Mark& from : {MarkAt(4), MarkAt(6), MarkAt(0), other_journal}) {
    EXPECT_THAT(boards_->Apply(key, from, MarkAt(7), changes), IsAborted());
  }
  ExpectAgrees(key, 5, model);
}

TEST_P(BoardsConformance, ThePlaceAPageEndedWithMayHaveLeft) {
  for (const Scheme scheme : kSchemes) {
    const PeriodKey key = KeyOf(scheme);
    std::vector<Place> places;
    for (int i = 0; i < 9; ++i) {
      places.push_back(MakePlace(std::string(1, static_cast<char>('a' + i)), 10 - i / 3));
    }
    Put(key, 1, places);
    const absl::StatusOr<Slice> first = boards_->Top(key, std::nullopt, 5);
    ASSERT_THAT(first, IsOk());
    const Place last_seen = first->places.back().place;
    ASSERT_EQ(last_seen.member_id, "e");
    ASSERT_THAT(boards_->Apply(key, MarkAt(1), MarkAt(2), std::vector{Leave("e"), Leave("a")}),
                IsOk());
    const absl::StatusOr<Slice> second = boards_->Top(key, last_seen, 5);
    ASSERT_THAT(second, IsOk());
    std::string ids;
    for (const RankedPlace& place : second->places) {
      ids += place.place.member_id;
    }
    EXPECT_EQ(ids, "fghi");
    BoardModel model(places);
    model.Apply({Leave("e"), Leave("a")});
    EXPECT_EQ(second->places.front(), model.Ranked(scheme)[3]);
  }
}

TEST_P(BoardsConformance, AfterTheLastPlaceThereIsNothing) {
  const PeriodKey key = KeyOf(Scheme::kDense);
  Put(key, 1, {MakePlace("a", 2), MakePlace("b", 1)});
  const absl::StatusOr<Slice> page = boards_->Top(key, MakePlace("zz", -5), 5);
  ASSERT_THAT(page, IsOk());
  EXPECT_TRUE(page->places.empty());
  EXPECT_EQ(page->total, 2);
  const absl::StatusOr<Slice> none = boards_->Top(key, std::nullopt, 0);
  ASSERT_THAT(none, IsOk());
  EXPECT_TRUE(none->places.empty());
}

TEST_P(BoardsConformance, APeriodWithTheSameMemberTwiceIsNotTaken) {
  const PeriodKey key = KeyOf(Scheme::kCompetition);
  Put(key, 1, {MakePlace("a", 2)});
  EXPECT_FALSE(boards_->Replace(key, MarkAt(2), {MakePlace("b", 2), MakePlace("b", 1)}).ok());
  ExpectAgrees(key, 1, BoardModel({MakePlace("a", 2)}));
}

// Every state of this board can be told by its mark: all members have the revision as their score,
// and there are as many of them as it says.
std::vector<Place> StateAt(domain::Revision revision) {
  std::vector<Place> places;
  for (int i = 0; i < 500 + revision % 7; ++i) {
    places.push_back(MakePlace("m" + std::to_string(i), revision));
  }
  return places;
}

void ExpectOneState(const absl::StatusOr<Slice>& slice, std::size_t size) {
  ASSERT_THAT(slice, IsOk());
  ASSERT_EQ(slice->mark, MarkAt(slice->mark.revision));
  ASSERT_EQ(slice->total, 500 + slice->mark.revision % 7);
  ASSERT_EQ(slice->places.size(), size);
  for (const RankedPlace& place : slice->places) {
    ASSERT_EQ(place.place.score.score, slice->mark.revision);
    ASSERT_EQ(place.rank, 1);
  }
}

TEST_P(BoardsConformance, ReadersSeeOneStateOrTheNextWhileAPeriodIsReplacedAndMoved) {
  const PeriodKey key = KeyOf(Scheme::kCompetition);
  Put(key, 0, StateAt(0));
  std::atomic<bool> done = false;
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 2; ++reader) {
    readers.emplace_back([&] {
      while (!done && !HasFailure()) {
        ExpectOneState(boards_->Top(key, std::nullopt, 20), 20);
        ExpectOneState(boards_->Around(key, "m250", 20), 20);
        ExpectOneState(boards_->Find(key, std::vector<std::string>{"m1", "m2"}), 2);
      }
    });
  }
  for (domain::Revision revision = 1; revision < 40 && !HasFailure(); ++revision) {
    if (revision % 2 == 1) {
      EXPECT_THAT(boards_->Replace(key, MarkAt(revision), StateAt(revision)), IsOk());
      continue;
    }
    std::vector<ScoreChange> changes;
    for (const Place& place : StateAt(revision - 1)) {
      changes.push_back(Leave(place.member_id));
    }
    for (const Place& place : StateAt(revision)) {
      changes.push_back({place.member_id, place.score});
    }
    EXPECT_THAT(boards_->Apply(key, MarkAt(revision - 1), MarkAt(revision), changes), IsOk());
  }
  done = true;
  for (std::thread& reader : readers) {
    reader.join();
  }
}

TEST_P(BoardsConformance, OfProjectorsThatApplyTheSameBatchOneWins) {
  const PeriodKey key = KeyOf(Scheme::kDense);
  constexpr int kRounds = 50;
  Put(key, 0, {MakePlace("a", 0)});
  std::atomic<int> applied = 0;
  std::vector<std::thread> projectors;
  for (int projector = 0; projector < 3; ++projector) {
    projectors.emplace_back([&] {
      for (domain::Revision revision = 0; revision < kRounds;) {
        const absl::Status status = boards_->Apply(key, MarkAt(revision), MarkAt(revision + 1),
                                                   std::vector{Change("a", revision + 1)});
        if (status.ok()) {
          ++applied;
        } else if (!absl::IsAborted(status)) {
          ADD_FAILURE() << status;
          return;
        }
        ++revision;
      }
    });
  }
  for (std::thread& projector : projectors) {
    projector.join();
  }
  EXPECT_EQ(applied, kRounds);
  ExpectAgrees(key, kRounds, BoardModel({MakePlace("a", kRounds)}));
}

}  // namespace
}  // namespace perigee::tests
