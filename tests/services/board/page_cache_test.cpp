#include "server/services/board/page_cache.h"

#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perigee::services {
namespace {

constexpr std::size_t kPagesMax = 4;
constexpr std::uint64_t kVersion = 1;

class PageCacheTest : public testing::Test {
 protected:
  void Keep(int size, std::uint64_t version = kVersion) {
    cache_.Keep(KeyOf(size), version, std::make_shared<RenderedPage>());
  }
  bool Has(int size, std::uint64_t version = kVersion) {
    return cache_.Find(KeyOf(size), version) != nullptr;
  }

  static PageCache::Key KeyOf(int size) { return {"acme", "all", "current", size}; }

  PageCache cache_{kPagesMax};
};

TEST_F(PageCacheTest, OnlyTheNewestVersionIsKept) {
  Keep(1);
  Keep(1, 2);
  EXPECT_FALSE(Has(1));
  EXPECT_TRUE(Has(1, 2));
  EXPECT_FALSE(Has(2));
}

TEST_F(PageCacheTest, OneMorePageCostsOnePage) {
  for (int size = 1; size <= 5; ++size) {
    Keep(size);
  }
  EXPECT_FALSE(Has(1));
  for (int size = 2; size <= 5; ++size) {
    EXPECT_TRUE(Has(size));
  }
}

TEST_F(PageCacheTest, APageThatIsReadOutlivesPagesThatAreNot) {
  for (int size = 1; size <= 100; ++size) {
    Keep(size);
    EXPECT_TRUE(Has(1)) << size;
  }
}

TEST_F(PageCacheTest, PagesThatAreAllReadGoInTurn) {
  for (int size = 1; size <= 4; ++size) {
    Keep(size);
    EXPECT_TRUE(Has(size));
  }
  Keep(5);
  EXPECT_FALSE(Has(1));
  EXPECT_TRUE(Has(4));
}

TEST_F(PageCacheTest, AnotherVersionTakesNoFurtherRoom) {
  Keep(1);
  for (std::uint64_t version = 1; version <= 10; ++version) {
    Keep(2, version);
  }
  EXPECT_TRUE(Has(1));
}

}  // namespace
}  // namespace perigee::services
