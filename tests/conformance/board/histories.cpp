#include <random>
#include <string>
#include <vector>

#include "tests/conformance/board/boards_conformance.h"

namespace perigee::tests {
namespace {

using domain::Scheme;
using ports::PeriodKey;
using ports::ScoreChange;

// The range of drawn scores. Few values make ties; wide ranges go beyond what a double holds.
struct Spread {
  std::int64_t base;
  std::int64_t width;
};

std::vector<ScoreChange> DrawChanges(std::mt19937& random, const Spread& spread) {
  const auto draw = [&](std::int64_t below) {
    return std::uniform_int_distribution<std::int64_t>(0, below - 1)(random);
  };
  std::vector<ScoreChange> changes;
  for (std::int64_t i = draw(12); i >= 0; --i) {
    // Some ids are prefixes of others.
    const std::string id =
        std::string(static_cast<std::size_t>(draw(3) + 1), 'a') + std::to_string(draw(40));
    if (draw(4) == 0) {
      changes.push_back(Leave(id));
    } else {
      changes.push_back(Change(id, spread.base + draw(spread.width), draw(4)));
    }
  }
  return changes;
}

TEST_P(BoardCopiesConformance, AnyHistoryEndsWhereThePlainRankingDoes) {
  std::mt19937 random(20261116);
  const Spread spreads[] = {{-3, 6},
                            {(std::int64_t{1} << 53) - 20, 60},
                            {INT64_MAX - 9, 9},
                            {INT64_MIN, 9},
                            {-100'000, 200'000}};
  for (const Scheme scheme : kSchemes) {
    const PeriodKey key = KeyOf(scheme);
    for (const Spread& spread : spreads) {
      BoardModel model;
      domain::Revision revision = 1;
      ASSERT_THAT(copies_->Drop(key), IsOk());
      Put(key, revision, {});
      for (int batch = 0; batch < 60; ++batch) {
        const std::vector<ScoreChange> changes = DrawChanges(random, spread);
        ASSERT_THAT(copies_->Apply(key, MarkAt(revision), MarkAt(revision + 1), changes), IsOk());
        ++revision;
        model.Apply(changes);
        if (batch % 20 == 19) {
          ExpectAgrees(key, revision, model);
        }
        if (batch == 40) {
          Put(key, ++revision, model.Places());
        }
        if (HasFailure()) {
          return;
        }
      }
    }
  }
}

TEST_P(BoardCopiesConformance, ALongBoardAgreesToo) {
  std::mt19937 random(1);
  std::vector<domain::Place> places;
  for (int i = 0; i < 3000; ++i) {
    places.push_back(MakePlace("member-" + std::to_string(i),
                               std::uniform_int_distribution<std::int64_t>(-200, 200)(random),
                               std::uniform_int_distribution<std::int64_t>(0, 3)(random)));
  }
  BoardModel model(places);
  for (const Scheme scheme : kSchemes) {
    const PeriodKey key = KeyOf(scheme);
    Put(key, 1, model.Places());
    std::vector<ScoreChange> changes;
    for (int i = 0; i < 3000; i += 3) {
      changes.push_back(Leave("member-" + std::to_string(i)));
      changes.push_back(Change("member-" + std::to_string(i + 1), i, i));
    }
    BoardModel changed = model;
    changed.Apply(changes);
    ASSERT_THAT(copies_->Apply(key, MarkAt(1), MarkAt(2), changes), IsOk());
    ExpectAgrees(key, 2, changed);
  }
}

TEST_P(BoardCopiesConformance, ScoresBeyondADoubleKeepTheirRanks) {
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  std::vector<domain::Place> places;
  int number = 0;
  for (const std::int64_t base :
       {kExact, -kExact, INT64_MAX - 3, INT64_MIN + 3, std::int64_t{0}, kExact * 512}) {
    for (std::int64_t offset = -3; offset <= 3; ++offset) {
      // Two members share each score, so that ranks skip.
      for (const std::int64_t reached_us : {5, 4}) {
        places.push_back(
            MakePlace("m" + std::to_string(number * 37 % 100), base + offset, reached_us));
        ++number;
      }
    }
  }
  const BoardModel model(places);
  ASSERT_EQ(model.Places().size(), places.size());
  for (const Scheme scheme : kSchemes) {
    Put(KeyOf(scheme), 1, places);
    ExpectAgrees(KeyOf(scheme), 1, model);
  }
}

TEST_P(BoardCopiesConformance, AScoreMayBeReachedAtAnyInstant) {
  std::vector<domain::Place> places;
  for (const std::int64_t reached_us :
       {ToMicros(kBeginningOfTime), ToMicros(kEndOfTime), std::int64_t{-1}, std::int64_t{0},
        std::int64_t{1}, std::int64_t{255}, std::int64_t{256}, INT64_MIN, INT64_MAX}) {
    places.push_back(MakePlace("m" + std::to_string(places.size()), 1, reached_us));
  }
  const BoardModel model(places);
  for (const Scheme scheme : kSchemes) {
    Put(KeyOf(scheme), 1, places);
    ExpectAgrees(KeyOf(scheme), 1, model);
  }
}

TEST_P(BoardCopiesConformance, IdsThatBeginOthersStandInTheOrderOfTheirBytes) {
  const BoardModel model({MakePlace("a", 1), MakePlace("ab", 1), MakePlace("a-b", 1),
                          MakePlace("a0", 1), MakePlace("abc", 1), MakePlace("b", 1),
                          MakePlace("a-", 1), MakePlace(std::string(62, 'a'), 1),
                          MakePlace(std::string(63, 'a'), 1), MakePlace("0", 1), MakePlace("-", 1),
                          MakePlace("z", 1)});
  for (const Scheme scheme : kSchemes) {
    Put(KeyOf(scheme), 1, model.Places());
    ExpectAgrees(KeyOf(scheme), 1, model);
  }
}

}  // namespace
}  // namespace perigee::tests
