#include "server/adapters/boards/redis_encoding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perigee::adapters {
namespace {

TEST(RedisEncodingTest, AScoreComesBackAsItWas) {
  for (const std::int64_t score :
       {INT64_MIN, INT64_MIN + 1, std::int64_t{-256}, std::int64_t{-1}, std::int64_t{0},
        std::int64_t{1}, std::int64_t{255}, INT64_MAX}) {
    for (const Time reached : {kBeginningOfTime, FromMicros(-1), FromMicros(0), kEndOfTime}) {
      const domain::Score whole = {score, reached};
      EXPECT_EQ(DecodeScore(EncodeScore(whole)), whole);
    }
  }
  EXPECT_EQ(DecodeScore(""), std::nullopt);
  EXPECT_EQ(DecodeScore("fifteen bytes.."), std::nullopt);
  EXPECT_EQ(DecodeScore("seventeen bytes.."), std::nullopt);
}

TEST(RedisEncodingTest, AMarkComesBackAsItWas) {
  const ports::Mark mark{1042, Sha256("entry")};
  EXPECT_EQ(DecodeMark(EncodeMark(mark)), mark);
  EXPECT_EQ(DecodeMark(""), std::nullopt);
  EXPECT_EQ(DecodeMark(EncodeMark(mark) + "x"), std::nullopt);
}

TEST(RedisEncodingTest, AMarkThatIsLaterHasGreaterBytes) {
  domain::Revision before = 0;
  for (const domain::Revision revision : {1, 255, 256, 65'535, 65'536, 1'000'000'000}) {
    EXPECT_LT(EncodeMark({before, {}}), EncodeMark({revision, {}}));
    before = revision;
  }
}

}  // namespace
}  // namespace perigee::adapters
