#include "server/domain/board/board.h"

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/domain/member/member.h"
#include "tests/matchers/status.h"

namespace perigee::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using tests::IsInvalidField;
using tests::IsOk;

Board MakeBoard(Cadence cadence = Cadence::kWeek) {
  Board board;
  board.id = "top";
  board.display_name = "Top";
  board.asset = "reputation";
  board.cadence = cadence;
  board.rolling_days = cadence == Cadence::kRolling ? 7 : 0;
  board.time_zone = "UTC";
  return board;
}

Place MakePlace(std::string id, std::int64_t score, std::int64_t reached_us = 0) {
  return {std::move(id), {score, FromMicros(reached_us)}};
}

struct Flaw {
  std::string name;
  std::string field;
  std::function<void(Board&)> make;
};

class BoardFlawTest : public ::testing::TestWithParam<Flaw> {};

TEST_P(BoardFlawTest, IsRefusedByTheNameOfItsField) {
  Board board = MakeBoard();
  ASSERT_THAT(ValidateBoard(board), IsOk());
  GetParam().make(board);
  EXPECT_THAT(ValidateBoard(board), IsInvalidField(GetParam().field));
}

INSTANTIATE_TEST_SUITE_P(
    Flaws, BoardFlawTest,
    ::testing::Values(
        Flaw{"NoId", "board_id", [](Board& b) { b.id.clear(); }},
        Flaw{"EmptyName", "board.display_name", [](Board& b) { b.display_name.clear(); }},
        Flaw{"LongName", "board.display_name", [](Board& b) { b.display_name.assign(201, 'x'); }},
        Flaw{"NameOfBrokenBytes", "board.display_name", [](Board& b) { b.display_name = "\xff"; }},
        Flaw{"NoAsset", "board.asset", [](Board& b) { b.asset.clear(); }},
        Flaw{"NoCadence", "board.cadence", [](Board& b) { b.cadence = Cadence{}; }},
        Flaw{"UnknownCadence", "board.cadence", [](Board& b) { b.cadence = Cadence{8}; }},
        Flaw{"RollingDaysOfAWeek", "board.rolling_days", [](Board& b) { b.rolling_days = 7; }},
        Flaw{"NoRollingDays", "board.rolling_days",
             [](Board& b) { b.cadence = Cadence::kRolling; }},
        Flaw{"TooManyRollingDays", "board.rolling_days",
             [](Board& b) {
               b.cadence = Cadence::kRolling;
               b.rolling_days = 367;
             }},
        Flaw{"UnknownWeekStart", "board.week_start", [](Board& b) { b.week_start = WeekStart{3}; }},
        Flaw{"WeekStartOfAMonth", "board.week_start",
             [](Board& b) {
               b.cadence = Cadence::kMonth;
               b.week_start = WeekStart::kSunday;
             }},
        Flaw{"NoZone", "board.time_zone", [](Board& b) { b.time_zone.clear(); }},
        Flaw{"UnknownZone", "board.time_zone", [](Board& b) { b.time_zone = "Moon/Tycho"; }},
        Flaw{"NoScheme", "board.scheme", [](Board& b) { b.scheme = Scheme{}; }},
        Flaw{"FacetThatIsNoId", "board.facet", [](Board& b) { b.facet = "Cyclist"; }},
        Flaw{"UnknownKind", "board.kind", [](Board& b) { b.kind = StakeholderKind{}; }},
        Flaw{"NoGrace", "board.grace_hours", [](Board& b) { b.grace_hours = 0; }},
        Flaw{"TooMuchGrace", "board.grace_hours", [](Board& b) { b.grace_hours = 721; }}),
    [](const auto& flaw) { return flaw.param.name; });

TEST(BoardTest, TheLimitsThemselvesAreAllowed) {
  Board board = MakeBoard(Cadence::kRolling);
  board.display_name.assign(200, 'x');
  board.rolling_days = 366;
  board.grace_hours = 720;
  board.facet = "cyclist";
  board.kind = StakeholderKind::kInvestor;
  EXPECT_THAT(ValidateBoard(board), IsOk());
}

Member MakeMember() {
  Member member;
  member.kinds = {StakeholderKind::kCustomer, StakeholderKind::kDonor};
  member.facets = {"cyclist", "parent"};
  return member;
}

TEST(EligibilityTest, APersonInGoodStandingStandsOnABoardForEverybody) {
  EXPECT_TRUE(IsEligible(MakeBoard(), MakeMember()));
}

TEST(EligibilityTest, StaffBotsSuspendedMergedAndOptedOutStandOnNoBoard) {
  Member staff = MakeMember();
  staff.type = MemberType::kStaff;
  Member bot = MakeMember();
  bot.type = MemberType::kBot;
  Member suspended = MakeMember();
  suspended.standing = Standing::kSuspended;
  Member hidden = MakeMember();
  hidden.board_opt_out = true;
  Member merged = MakeMember();
  merged.merged_into = MemberKey{{7}};
  for (const Member& member : {staff, bot, suspended, hidden, merged}) {
    EXPECT_FALSE(IsEligible(MakeBoard(), member));
  }
}

TEST(EligibilityTest, AFacetAndAKindNarrowTheBoard) {
  Board board = MakeBoard();
  board.facet = "parent";
  board.kind = StakeholderKind::kDonor;
  EXPECT_TRUE(IsEligible(board, MakeMember()));
  board.facet = "par";
  EXPECT_FALSE(IsEligible(board, MakeMember()));
  board.facet = "parent";
  board.kind = StakeholderKind::kPartner;
  EXPECT_FALSE(IsEligible(board, MakeMember()));
}

TEST(StandsBeforeTest, ComparesTheScoreThenTheTimeThenTheId) {
  EXPECT_TRUE(StandsBefore(MakePlace("b", 2, 9), MakePlace("a", 1, 1)));
  EXPECT_TRUE(StandsBefore(MakePlace("b", 1, 1), MakePlace("a", 1, 2)));
  EXPECT_TRUE(StandsBefore(MakePlace("a", 1, 1), MakePlace("ab", 1, 1)));
  EXPECT_TRUE(StandsBefore(MakePlace("a-b", 1, 1), MakePlace("a0", 1, 1)));
  EXPECT_FALSE(StandsBefore(MakePlace("a", 1, 1), MakePlace("a", 1, 1)));
  EXPECT_TRUE(StandsBefore(MakePlace("a", INT64_MAX), MakePlace("b", INT64_MIN)));
}

std::vector<std::int64_t> RanksOf(std::vector<Place> places, Scheme scheme) {
  std::vector<std::int64_t> ranks;
  for (const RankedPlace& place : RankAll(std::move(places), scheme)) {
    ranks.push_back(place.rank);
  }
  return ranks;
}

TEST(RankAllTest, EachSchemeNumbersEqualScoresItsWay) {
  const std::vector<Place> places = {MakePlace("d", 10), MakePlace("b", 20, 1), MakePlace("c", 20),
                                     MakePlace("a", 50)};
  EXPECT_THAT(RanksOf(places, Scheme::kCompetition), ElementsAre(1, 2, 2, 4));
  EXPECT_THAT(RanksOf(places, Scheme::kDense), ElementsAre(1, 2, 2, 3));
  EXPECT_THAT(RanksOf(places, Scheme::kOrdinal), ElementsAre(1, 2, 3, 4));
}

TEST(RankAllTest, JointLeadersShareTheFirstRank) {
  const std::vector<Place> places = {MakePlace("a", 5), MakePlace("b", 5), MakePlace("c", 1)};
  EXPECT_THAT(RanksOf(places, Scheme::kCompetition), ElementsAre(1, 1, 3));
  EXPECT_THAT(RanksOf(places, Scheme::kDense), ElementsAre(1, 1, 2));
}

TEST(RankAllTest, AnEmptyBoardHasNoRanks) { EXPECT_THAT(RankAll({}, Scheme::kDense), IsEmpty()); }

TEST(RankAllTest, OnlyPlacesEqualInAllButTheIdAreTied) {
  const std::vector<RankedPlace> ranked = RankAll(
      {MakePlace("a", 7, 1), MakePlace("b", 7, 1), MakePlace("c", 7, 2), MakePlace("d", 6, 2)},
      Scheme::kCompetition);
  std::vector<bool> tied;
  for (const RankedPlace& place : ranked) {
    tied.push_back(place.tied);
  }
  EXPECT_THAT(tied, ElementsAre(true, true, false, false));
}

TEST(RankAllTest, TheOrderInWhichPlacesComeDoesNotMatter) {
  std::vector<Place> places;
  for (int i = 0; i < 200; ++i) {
    places.push_back(MakePlace("m" + std::to_string(i), i % 7 - 3, i % 3));
  }
  const std::vector<RankedPlace> ranked = RankAll(places, Scheme::kCompetition);
  std::mt19937 random(1);
  std::ranges::shuffle(places, random);
  EXPECT_EQ(RankAll(places, Scheme::kCompetition), ranked);
}

TEST(PlacesDigestTest, DependsOnEveryPartOfAPlaceButNotOnTheirOrder) {
  PlacesDigest one;
  one.Add(MakePlace("a", 1, 2));
  one.Add(MakePlace("b", 3, 4));
  PlacesDigest other;
  other.Add(MakePlace("b", 3, 4));
  other.Add(MakePlace("a", 1, 2));
  EXPECT_EQ(one, other);
  EXPECT_EQ(one.count, 2);
  EXPECT_EQ(one.score_sum, 4U);
  for (const Place& changed : {MakePlace("c", 1, 2), MakePlace("a", 2, 2), MakePlace("a", 1, 3)}) {
    PlacesDigest different;
    different.Add(changed);
    different.Add(MakePlace("b", 3, 4));
    EXPECT_NE(different.mix, one.mix);
  }
}

TEST(PlacesDigestTest, RemoveUndoesAdd) {
  PlacesDigest digest;
  digest.Add(MakePlace("a", INT64_MIN, -1));
  const PlacesDigest before = digest;
  digest.Add(MakePlace("b", INT64_MIN, 5));
  digest.Remove(MakePlace("b", INT64_MIN, 5));
  EXPECT_EQ(digest, before);
  digest.Remove(MakePlace("a", INT64_MIN, -1));
  EXPECT_EQ(digest, PlacesDigest{});
}

TEST(PlacesDigestTest, IsTheBytesThatAreWrittenDown) {
  // printf 'ada\0\0\0\0\0\0\0\0\x19\0\0\0\0\0\x0f\x42\x40' | sha256sum | cut -c1-16
  PlacesDigest digest;
  digest.Add(MakePlace("ada", 25, 1'000'000));
  EXPECT_EQ(digest.Hex(), "66ad97ee0a1e4a27");
  EXPECT_EQ(PlacesDigest{}.Hex(), "0000000000000000");
}

TEST(ResultDigestTest, IsTheHashOfOneLineAnEntry) {
  MemberKey member;
  member.bytes.fill(0xab);
  const std::vector<ResultEntry> entries = {{1, member, {25, FromMicros(1'000'000)}},
                                            {2, member, {-3, FromMicros(-5)}}};
  // printf '1,25,1000000,%s\n2,-3,-5,%s\n' (ab × 16) | sha256sum
  EXPECT_EQ(ResultDigest(entries),
            "fe3112560dec48793e9cd07195490c4b00339e51735f9dcc1425387b624f9fb4");
  EXPECT_EQ(ResultDigest({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
}  // namespace perigee::domain
