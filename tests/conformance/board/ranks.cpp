#include <string>
#include <vector>

#include "tests/conformance/board/boards_conformance.h"
#include "tests/support/leaderboard_cases.h"

namespace perigee::tests {
namespace {

using domain::Place;
using domain::RankedPlace;
using domain::Scheme;
using ports::PeriodKey;
using ports::Slice;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_P(BoardsConformance, APeriodThatIsNotHeldIsNotFound) {
  const PeriodKey key = KeyOf(Scheme::kCompetition);
  ports::Mark mark;
  for (const bool dropped : {false, true}) {
    EXPECT_THAT(boards_->Top(key, std::nullopt, 10), IsNotHeld());
    EXPECT_THAT(boards_->Around(key, "ada", 10), IsNotHeld());
    EXPECT_THAT(boards_->PlacesOf(key, std::vector<std::string>{"ada"}), IsNotHeld());
    EXPECT_THAT(boards_->Digest(key, &mark), IsNotHeld());
    if (!dropped) {
      Put(key, 1, {MakePlace("ada", 1)});
      EXPECT_THAT(boards_->Drop(key), IsOk());
    }
  }
}

TEST_P(BoardsConformance, AnEmptyBoardIsHeldAndHasNoPlaces) {
  for (const Scheme scheme : kSchemes) {
    const PeriodKey key = KeyOf(scheme);
    Put(key, 1, {});
    ExpectAgrees(key, 1, BoardModel());
    const absl::StatusOr<Slice> around = boards_->Around(key, "ada", 5);
    ASSERT_THAT(around, IsOk());
    EXPECT_THAT(around->places, IsEmpty());
    EXPECT_EQ(around->total, 0);
    EXPECT_EQ(around->mark, MarkAt(1));
  }
}

TEST_P(BoardsConformance, ASingleMemberIsFirst) {
  for (const Scheme scheme : kSchemes) {
    const BoardModel model({MakePlace("ada", 5, 3)});
    Put(KeyOf(scheme), 1, model.Places());
    ExpectAgrees(KeyOf(scheme), 1, model);
  }
}

TEST_P(BoardsConformance, EqualScoresShareARankAndFirstComersStandFirst) {
  const BoardModel model({MakePlace("d", 10), MakePlace("b", 20, 1), MakePlace("c", 20, 2),
                          MakePlace("a", 20, 2), MakePlace("e", 50)});
  for (const Scheme scheme : kSchemes) {
    Put(KeyOf(scheme), 1, model.Places());
    ExpectAgrees(KeyOf(scheme), 1, model);
  }
}

TEST_P(BoardsConformance, TheDataSetsTiesRankAsItSays) {
  const auto cases = LeaderboardCases();
  if (!cases) {
    PERIGEE_SKIP_OR_FAIL("no data set leaderboard-cases-a");
  }
  for (const char* id : {"ties-rank", "ties-dense", "ties-row-number"}) {
    const nlohmann::json& ties = cases->at(id);
    const PeriodKey key = KeyOf(SchemeOfStrategy(ties.at("strategy").get<std::string>()));
    std::vector<Place> places;
    for (const nlohmann::json& score : ties.at("scores")) {
      places.push_back(MakePlace(score.at(0).get<std::string>(), score.at(1).get<std::int64_t>()));
    }
    Put(key, 1, places);
    nlohmann::json ranks;
    for (const RankedPlace& place : ReadByPages(key, 2)) {
      ranks[place.place.member_id] = place.rank;
    }
    EXPECT_EQ(ranks, ties.at("expected")) << id;
  }
}

TEST_P(BoardsConformance, EqualPlacesAreTiedAndOrderedById) {
  std::vector<Place> places;
  for (int i = 0; i < 60; ++i) {
    places.push_back(MakePlace("m" + std::to_string(i), 5, 9));
  }
  const BoardModel model(places);
  for (const Scheme scheme : kSchemes) {
    Put(KeyOf(scheme), 1, places);
    ExpectAgrees(KeyOf(scheme), 1, model);
  }
}

TEST_P(BoardsConformance, TenThousandJointLeadersAreAllFirst) {
  std::vector<Place> places = {MakePlace("last", 1)};
  for (int i = 0; i < 10'000; ++i) {
    places.push_back(MakePlace("m" + std::to_string(i), 5, i % 10));
  }
  const BoardModel model(places);
  for (const Scheme scheme : kSchemes) {
    const PeriodKey key = KeyOf(scheme);
    Put(key, 1, places);
    const std::vector<RankedPlace> ranked = model.Ranked(scheme);
    EXPECT_EQ(ReadByPages(key, 1000), ranked);
    for (const std::string& id : {std::string("m0"), std::string("m5555"), std::string("last")}) {
      const absl::StatusOr<Slice> around = boards_->Around(key, id, 20);
      ASSERT_THAT(around, IsOk());
      EXPECT_EQ(around->places, AroundIn(ranked, id, 20));
    }
  }
}

TEST_P(BoardsConformance, AroundIsFullAtBothEnds) {
  std::vector<Place> places;
  for (int i = 0; i < 10; ++i) {
    places.push_back(MakePlace(std::string(1, static_cast<char>('a' + i)), 100 - i));
  }
  const PeriodKey key = KeyOf(Scheme::kCompetition);
  Put(key, 1, places);
  const auto ids = [&](const std::string& id, int limit) {
    std::string text;
    const absl::StatusOr<Slice> around = boards_->Around(key, id, limit);
    EXPECT_THAT(around, IsOk());
    for (const RankedPlace& place : around->places) {
      text += place.place.member_id;
    }
    return text;
  };
  EXPECT_EQ(ids("e", 5), "cdefg");
  EXPECT_EQ(ids("e", 4), "defg");
  EXPECT_EQ(ids("a", 5), "abcde");
  EXPECT_EQ(ids("b", 5), "abcde");
  EXPECT_EQ(ids("j", 5), "fghij");
  EXPECT_EQ(ids("i", 5), "fghij");
  EXPECT_EQ(ids("e", 100), "abcdefghij");
  EXPECT_EQ(ids("e", 1), "e");
  EXPECT_EQ(ids("e", 0), "");
  EXPECT_EQ(ids("x", 5), "");
}

TEST_P(BoardsConformance, FindKeepsTheOrderAndSkipsMissingMembers) {
  const PeriodKey key = KeyOf(Scheme::kCompetition);
  Put(key, 1, {MakePlace("a", 3), MakePlace("b", 2), MakePlace("c", 2)});
  const absl::StatusOr<Slice> found =
      boards_->PlacesOf(key, std::vector<std::string>{"c", "x", "a", "c"});
  ASSERT_THAT(found, IsOk());
  const RankedPlace c = {2, MakePlace("c", 2), true};
  EXPECT_THAT(found->places, ElementsAre(c, RankedPlace{1, MakePlace("a", 3), false}, c));
  const absl::StatusOr<Slice> nobody = boards_->PlacesOf(key, {});
  ASSERT_THAT(nobody, IsOk());
  EXPECT_THAT(nobody->places, IsEmpty());
  EXPECT_EQ(nobody->total, 3);
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

TEST_P(BoardsConformance, APageShowsOneStateOfAMovingPeriod) {
  const PeriodKey key = KeyOf(Scheme::kCompetition);
  MoveWhileRead(key, 40, [&] {
    ExpectOneState(boards_->Top(key, std::nullopt, 20), 20);
    ExpectOneState(boards_->Around(key, "m250", 20), 20);
    ExpectOneState(boards_->PlacesOf(key, std::vector<std::string>{"m1", "m2"}), 2);
  });
}

}  // namespace
}  // namespace perigee::tests
