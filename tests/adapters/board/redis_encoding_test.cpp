#include "server/adapters/board/redis_encoding.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perigee::adapters {
namespace {

// Packs a place as the script does.
std::string Packed(const domain::Place& place) {
  std::string bytes;
  bytes.push_back(static_cast<char>(place.member_id.size() >> 8));
  bytes.push_back(static_cast<char>(place.member_id.size() & 0xff));
  return bytes + place.member_id + EncodeScore(place.score);
}

TEST(RedisEncodingTest, PlacesComeBackAsTheyWere) {
  std::vector<domain::Place> places;
  std::string packed;
  for (const std::int64_t score :
       {INT64_MIN, INT64_MIN + 1, std::int64_t{-256}, std::int64_t{-1}, std::int64_t{0},
        std::int64_t{1}, std::int64_t{255}, INT64_MAX}) {
    for (const Time reached : {kBeginningOfTime, FromMicros(-1), FromMicros(0), kEndOfTime}) {
      for (const std::size_t length : {0U, 1U, 63U, 255U, 256U, 1000U}) {
        places.push_back({std::string(length, 'm'), {score, reached}});
        packed += Packed(places.back());
      }
    }
  }
  std::vector<domain::Place> read;
  EXPECT_TRUE(UnpackPlaces(packed, read));
  EXPECT_EQ(read, places);
}

TEST(RedisEncodingTest, CutPlacesAreNotRead) {
  const std::string packed = Packed({"ada", {7, FromMicros(9)}});
  for (std::size_t size = 1; size < packed.size(); ++size) {
    std::vector<domain::Place> read;
    EXPECT_FALSE(UnpackPlaces(packed + packed.substr(0, size), read)) << size;
  }
}

TEST(RedisEncodingTest, AMarkComesBackAsItWas) {
  const ports::Mark mark{1042, Sha256("entry")};
  EXPECT_EQ(DecodeMark(EncodeMark(mark)), mark);
  EXPECT_EQ(DecodeMark(""), std::nullopt);
  EXPECT_EQ(DecodeMark(EncodeMark(mark) + "x"), std::nullopt);
}

TEST(RedisEncodingTest, ALaterMarkHasGreaterBytes) {
  domain::Revision before = 0;
  for (const domain::Revision revision : {1, 255, 256, 65'535, 65'536, 1'000'000'000}) {
    EXPECT_LT(EncodeMark({before, {}}), EncodeMark({revision, {}}));
    before = revision;
  }
}

}  // namespace
}  // namespace perigee::adapters
