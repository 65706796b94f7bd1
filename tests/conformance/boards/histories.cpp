#include <random>
#include <string>
#include <vector>

#include "tests/conformance/boards/boards_conformance.h"

namespace perigee::tests {
namespace {

using domain::Scheme;
using ports::PeriodKey;
using ports::ScoreChange;

// How scores are drawn: few values make ties, wide ones leave what a double holds.
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
    // Some ids are the beginnings of others.
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

TEST_P(BoardsConformance, AnyHistoryEndsWhereThePlainRankingDoes) {
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
      ASSERT_THAT(boards_->Drop(key), IsOk());
      Put(key, revision, {});
      for (int batch = 0; batch < 60; ++batch) {
        const std::vector<ScoreChange> changes = DrawChanges(random, spread);
        ASSERT_THAT(boards_->Apply(key, MarkAt(revision), MarkAt(revision + 1), changes), IsOk());
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

TEST_P(BoardsConformance, ALongBoardAgreesToo) {
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
    ASSERT_THAT(boards_->Apply(key, MarkAt(1), MarkAt(2), changes), IsOk());
    const std::vector<domain::RankedPlace> ranked = changed.Ranked(scheme);
    EXPECT_EQ(ReadByPages(key, 100), ranked);
    ports::Mark mark;
    const absl::StatusOr<domain::PlacesDigest> digest = boards_->Digest(key, &mark);
    ASSERT_THAT(digest, IsOk());
    EXPECT_EQ(*digest, changed.Digest());
    for (std::size_t i = 0; i < ranked.size(); i += 97) {
      const std::string& id = ranked[i].place.member_id;
      const absl::StatusOr<ports::Slice> around = boards_->Around(key, id, 9);
      ASSERT_THAT(around, IsOk());
      EXPECT_EQ(around->places, AroundIn(ranked, id, 9));
    }
  }
}

}  // namespace
}  // namespace perigee::tests
