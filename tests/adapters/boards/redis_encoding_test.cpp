#include "server/adapters/boards/redis_encoding.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perigee::adapters {
namespace {

using domain::Place;

std::vector<Place> TellingPlaces() {
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  std::vector<Place> places;
  for (const std::int64_t score :
       {INT64_MIN, INT64_MIN + 1, -kExact - 1, -kExact, std::int64_t{-256}, std::int64_t{-1},
        std::int64_t{0}, std::int64_t{1}, std::int64_t{255}, kExact, kExact + 1, kExact + 2,
        INT64_MAX - 1, INT64_MAX}) {
    for (const Time reached : {kBeginningOfTime, FromMicros(-1), FromMicros(0), kEndOfTime}) {
      for (const char* id : {"-", "a", "a-", "a0", "ab", "b"}) {
        places.push_back({id, {score, reached}});
      }
    }
  }
  return places;
}

// As a Redis sorted set has it: by the double, then by bytes as unsigned numbers.
bool RedisHasBefore(const Place& a, const Place& b) {
  const double score_a = std::stod(FormatRedisScore(a.score.score));
  const double score_b = std::stod(FormatRedisScore(b.score.score));
  return score_a != score_b ? score_a < score_b : EncodeMember(a) < EncodeMember(b);
}

TEST(RedisEncodingTest, RedisOrdersPlacesAsTheBoardDoes) {
  const std::vector<Place> places = TellingPlaces();
  for (const Place& a : places) {
    for (const Place& b : places) {
      ASSERT_EQ(RedisHasBefore(a, b), domain::StandsBefore(a, b))
          << a.member_id << " " << a.score.score << ", " << b.member_id << " " << b.score.score;
    }
  }
}

TEST(RedisEncodingTest, APlaceComesBackAsItWas) {
  for (const Place& place : TellingPlaces()) {
    const std::string member = EncodeMember(place);
    EXPECT_EQ(DecodeMember(member), place);
    EXPECT_EQ(member.substr(0, kStateBytes), EncodeState(place.score));
    EXPECT_EQ(member.substr(0, kScoreBytes), EncodeScore(place.score.score));
    EXPECT_TRUE(IsRedisScoreOf(place.score.score, FormatRedisScore(place.score.score)));
  }
  EXPECT_EQ(DecodeMember("too short"), std::nullopt);
  EXPECT_FALSE(IsRedisScoreOf(1, "1"));
  EXPECT_FALSE(IsRedisScoreOf(1, "-1x"));
  EXPECT_FALSE(IsRedisScoreOf(1, ""));
  EXPECT_EQ(FormatRedisScore(0), "0");
}

TEST(RedisEncodingTest, AMarkComesBackAsItWas) {
  const ports::Mark mark{1042, Sha256("entry")};
  EXPECT_EQ(DecodeMark(EncodeMark(mark)), mark);
  EXPECT_EQ(DecodeMark(""), std::nullopt);
  EXPECT_EQ(DecodeMark(EncodeMark(mark) + "x"), std::nullopt);
}

}  // namespace
}  // namespace perigee::adapters
