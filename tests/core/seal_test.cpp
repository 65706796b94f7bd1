#include "server/core/seal.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace perigee {
namespace {

const SealKey kKey = [] {
  SealKey key{};
  key.fill(7);
  return key;
}();

TEST(SealTest, ATextComesBackUnderItsKeyAndContextAlone) {
  for (const std::string& text : {std::string(), std::string("Ada"), std::string(10'000, 'x')}) {
    const std::string box = Seal(kKey, "demo/1", text);
    EXPECT_EQ(OpenSealed(kKey, "demo/1", box), text);
    EXPECT_EQ(OpenSealed(kKey, "demo/2", box), std::nullopt);
    EXPECT_EQ(OpenSealed(RandomSealKey(), "demo/1", box), std::nullopt);
    EXPECT_TRUE(text.empty() || box.find(text) == std::string::npos);
  }
}

TEST(SealTest, AChangedBoxIsRefusedAtEveryByte) {
  const std::string box = Seal(kKey, "demo/1", "Ada");
  for (std::size_t i = 0; i < box.size(); ++i) {
    std::string changed = box;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(OpenSealed(kKey, "demo/1", changed), std::nullopt);
    EXPECT_EQ(OpenSealed(kKey, "demo/1", box.substr(0, i)), std::nullopt);
  }
}

TEST(SealTest, OnlyTheSameTextInTheSamePlaceMakesTheSameBox) {
  EXPECT_EQ(Seal(kKey, "demo/1", "Ada"), Seal(kKey, "demo/1", "Ada"));
  const std::string one = Seal(kKey, "demo/1", "Ada");
  for (const std::string& other : {Seal(kKey, "demo/2", "Ada"), Seal(kKey, "demo/1", "Bob"),
                                   Seal(RandomSealKey(), "demo/1", "Ada")}) {
    EXPECT_NE(one.substr(0, 12), other.substr(0, 12));
  }
}

TEST(SealTest, AJoinedKeyNeedsAllOfItsKeys) {
  const SealKey other = RandomSealKey();
  EXPECT_EQ(JoinedKey(std::vector{kKey}), kKey);
  const SealKey joined = JoinedKey(std::vector{kKey, other});
  EXPECT_NE(joined, kKey);
  EXPECT_NE(joined, other);
  EXPECT_NE(joined, JoinedKey(std::vector{other, kKey}));
}

}  // namespace
}  // namespace perigee
