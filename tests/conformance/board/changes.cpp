#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/conformance/board/boards_conformance.h"

namespace perigee::tests {
namespace {

using domain::Place;
using domain::Scheme;
using ports::PeriodKey;
using ports::ScoreChange;

TEST_P(BoardCopiesConformance, APeriodThatIsNotHeldIsNotFound) {
  const PeriodKey key = KeyOf(Scheme::kCompetition);
  EXPECT_THAT(copies_->Marked(key), IsNotHeld());
  EXPECT_THAT(copies_->ReadAll(key), IsNotHeld());
  EXPECT_THAT(copies_->Apply(key, MarkAt(0), MarkAt(1), {}), IsNotHeld());
  EXPECT_THAT(copies_->Drop(key), IsOk());
}

TEST_P(BoardCopiesConformance, ADroppedPeriodIsNotHeldAndMayComeBack) {
  const PeriodKey key = KeyOf(Scheme::kDense);
  Put(key, 1, {MakePlace("a", 1)});
  EXPECT_THAT(copies_->Drop(key), IsOk());
  EXPECT_THAT(copies_->ReadAll(key), IsNotHeld());
  EXPECT_THAT(copies_->Apply(key, MarkAt(1), MarkAt(2), {}), IsNotHeld());
  Put(key, 5, {MakePlace("b", 2)});
  ExpectAgrees(key, 5, BoardModel({MakePlace("b", 2)}));
}

TEST_P(BoardCopiesConformance, AnEmptyPeriodIsHeld) {
  for (const Scheme scheme : kSchemes) {
    const PeriodKey key = KeyOf(scheme);
    Put(key, 1, {});
    ExpectAgrees(key, 1, BoardModel());
    EXPECT_THAT(copies_->Apply(key, MarkAt(1), MarkAt(2), std::vector{Change("a", 1)}), IsOk());
    ExpectAgrees(key, 2, BoardModel({MakePlace("a", 1)}));
    EXPECT_THAT(copies_->Apply(key, MarkAt(2), MarkAt(3), std::vector{Leave("a")}), IsOk());
    ExpectAgrees(key, 3, BoardModel());
  }
}

TEST_P(BoardCopiesConformance, AWholePeriodNeverTakesTheNextOnesPlace) {
  for (const Scheme scheme : kSchemes) {
    const PeriodKey key = KeyOf(scheme);
    for (const domain::Revision revision : {1, 255, 256, 70000}) {
      Put(key, revision, {MakePlace("a", revision)});
      Put(key, revision, {MakePlace("b", revision)});
      const domain::Revision next = revision + 1;
      ASSERT_THAT(copies_->Apply(key, MarkAt(revision), MarkAt(next), {}), IsOk());
      EXPECT_TRUE(
          absl::IsAborted(copies_->Replace(key, MarkAt(revision), {MakePlace("c", revision)})));
      ExpectAgrees(key, next, BoardModel({MakePlace("b", revision)}));
    }
    EXPECT_THAT(copies_->Drop(key), IsOk());
    Put(key, 1, {MakePlace("a", 1)});
    ExpectAgrees(key, 1, BoardModel({MakePlace("a", 1)}));
  }
}

TEST_P(BoardCopiesConformance, DifferentKeysHoldDifferentPeriods) {
  const PeriodKey key = KeyOf(Scheme::kCompetition);
  std::vector<PeriodKey> others(5, key);
  others[0].epoch = 8;
  others[1].period = "2026-11-09";
  others[2].board = "topp";
  others[3].program = "acm";
  others[4].scheme = Scheme::kDense;
  Put(key, 1, {MakePlace("a", 1)});
  for (const PeriodKey& other : others) {
    EXPECT_THAT(copies_->ReadAll(other), IsNotHeld());
    Put(other, 2, {MakePlace("b", 2)});
    EXPECT_THAT(copies_->Apply(other, MarkAt(2), MarkAt(3), std::vector{Change("c", 3)}), IsOk());
    EXPECT_THAT(copies_->Drop(other), IsOk());
  }
  ExpectAgrees(key, 1, BoardModel({MakePlace("a", 1)}));
}

TEST_P(BoardCopiesConformance, ABatchMovesScoresAndTheMarkTogether) {
  for (const Scheme scheme : kSchemes) {
    const PeriodKey key = KeyOf(scheme);
    BoardModel model({MakePlace("a", 30, 1), MakePlace("b", 20, 2), MakePlace("c", 10, 3)});
    Put(key, 1, model.Places());
    // A member goes up, one goes down, one leaves, one is new, and one was never there.
    const std::vector<ScoreChange> changes = {Change("c", 40, 4), Change("a", 5, 4), Leave("b"),
                                              Change("d", 5, 4), Leave("nobody")};
    EXPECT_THAT(copies_->Apply(key, MarkAt(1), MarkAt(4), changes), IsOk());
    model.Apply(changes);
    ExpectAgrees(key, 4, model);
  }
}

TEST_P(BoardCopiesConformance, TheLastWordOfABatchOnAMemberCounts) {
  const PeriodKey key = KeyOf(Scheme::kDense);
  BoardModel model({MakePlace("a", 30)});
  Put(key, 1, model.Places());
  const std::vector<ScoreChange> changes = {Change("a", 1), Leave("a"), Change("a", 2),
                                            Change("b", 2), Leave("b")};
  EXPECT_THAT(copies_->Apply(key, MarkAt(1), MarkAt(2), changes), IsOk());
  model.Apply(changes);
  ExpectAgrees(key, 2, model);
}

TEST_P(BoardCopiesConformance, AnUnchangedWriteChangesNothingButTheMark) {
  for (const Scheme scheme : kSchemes) {
    const PeriodKey key = KeyOf(scheme);
    const BoardModel model({MakePlace("a", 30, 1), MakePlace("b", 30, 2)});
    Put(key, 1, model.Places());
    EXPECT_THAT(copies_->Apply(key, MarkAt(1), MarkAt(2), std::vector{Change("a", 30, 1)}), IsOk());
    ExpectAgrees(key, 2, model);
    EXPECT_THAT(copies_->Apply(key, MarkAt(2), MarkAt(3), {}), IsOk());
    ExpectAgrees(key, 3, model);
  }
}

TEST_P(BoardCopiesConformance, AReversalGivesTheOlderReachTimeBack) {
  const PeriodKey key = KeyOf(Scheme::kOrdinal);
  BoardModel model({MakePlace("a", 10, 1), MakePlace("b", 10, 2)});
  Put(key, 1, model.Places());
  EXPECT_THAT(copies_->Apply(key, MarkAt(1), MarkAt(2), std::vector{Change("a", 15, 9)}), IsOk());
  EXPECT_THAT(copies_->Apply(key, MarkAt(2), MarkAt(3), std::vector{Change("a", 10, 1)}), IsOk());
  ExpectAgrees(key, 3, model);
}

TEST_P(BoardCopiesConformance, ABatchThatDoesNotFollowOnChangesNothing) {
  const PeriodKey key = KeyOf(Scheme::kCompetition);
  const BoardModel model({MakePlace("a", 30), MakePlace("b", 20)});
  Put(key, 5, model.Places());
  const std::vector<ScoreChange> changes = {Leave("a"), Change("b", 99)};
  ports::Mark other_journal = MarkAt(5);
  other_journal.hash[31] ^= 1;
  for (const ports::Mark& from : {MarkAt(4), MarkAt(6), MarkAt(0), other_journal}) {
    EXPECT_THAT(copies_->Apply(key, from, MarkAt(7), changes), IsAborted());
  }
  ExpectAgrees(key, 5, model);
}

TEST_P(BoardCopiesConformance, APeriodWithTheSameMemberTwiceIsNotTaken) {
  const PeriodKey key = KeyOf(Scheme::kCompetition);
  Put(key, 1, {MakePlace("a", 2)});
  EXPECT_FALSE(copies_->Replace(key, MarkAt(2), {MakePlace("b", 2), MakePlace("b", 1)}).ok());
  ExpectAgrees(key, 1, BoardModel({MakePlace("a", 2)}));
}

TEST_P(BoardCopiesConformance, AReaderSeesOneStateOfAMovingPeriod) {
  const PeriodKey key = KeyOf(Scheme::kCompetition);
  MoveWhileRead(key, 40, [&] {
    const absl::StatusOr<ports::PeriodCopy> copy = copies_->ReadAll(key);
    ASSERT_THAT(copy, IsOk());
    const domain::Revision revision = copy->mark.revision;
    ASSERT_EQ(copy->mark, MarkAt(revision));
    ASSERT_EQ(domain::DigestOf(copy->places), domain::DigestOf(StateAt(revision)));
  });
}

TEST_P(BoardCopiesConformance, ALargePeriodThatMovesIsReadAtOneInstant) {
  const PeriodKey key = KeyOf(Scheme::kOrdinal);
  BoardModel model;
  std::vector<ScoreChange> all;
  for (int i = 0; i < 25'000; ++i) {
    all.push_back(Change("m" + std::to_string(i), 0));
  }
  model.Apply(all);
  Put(key, 0, model.Places());
  ExpectAgrees(key, 0, model);
  std::atomic<bool> done = false;
  std::thread projector([&] {
    for (domain::Revision revision = 1; !done; ++revision) {
      std::vector<ScoreChange> changes;
      for (int i = 0; i < 25'000; i += 2'500) {
        changes.push_back(Change("m" + std::to_string(i), revision));
      }
      EXPECT_THAT(copies_->Apply(key, MarkAt(revision - 1), MarkAt(revision), changes), IsOk());
    }
  });
  for (int i = 0; i < 5; ++i) {
    const absl::StatusOr<ports::PeriodCopy> copy = copies_->ReadAll(key);
    EXPECT_THAT(copy, IsOk());
    if (copy.ok()) {
      const domain::Revision revision = copy->mark.revision;
      EXPECT_EQ(copy->places.size(), 25'000U);
      EXPECT_EQ(domain::DigestOf(copy->places).score_sum,
                static_cast<std::uint64_t>(10 * revision));
    }
  }
  done = true;
  projector.join();
}

TEST_P(BoardCopiesConformance, OneOfManyProjectorsAppliesABatch) {
  const PeriodKey key = KeyOf(Scheme::kDense);
  constexpr int kRounds = 50;
  Put(key, 0, {MakePlace("a", 0)});
  std::atomic<int> applied = 0;
  std::vector<std::thread> projectors;
  for (int projector = 0; projector < 3; ++projector) {
    projectors.emplace_back([&] {
      for (domain::Revision revision = 0; revision < kRounds;) {
        const absl::Status status = copies_->Apply(key, MarkAt(revision), MarkAt(revision + 1),
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
