#include "server/core/gzip.h"

#include <string>

#include <gtest/gtest.h>

namespace perigee {
namespace {

TEST(GzipTest, BytesComeBack) {
  for (const std::string& bytes :
       {std::string(), std::string("a"), std::string(16384, '\0'), std::string(100'000, 'x')}) {
    EXPECT_EQ(Gunzip(Gzip(bytes), 200'000), bytes);
  }
  EXPECT_EQ(Gzip("a").substr(0, 3), "\x1F\x8B\x08");
}

TEST(GzipTest, WhatIsNotOneWholeMemberIsRefused) {
  const std::string packed = Gzip(std::string(1000, 'x'));
  EXPECT_EQ(Gunzip("", 10), std::nullopt);
  EXPECT_EQ(Gunzip("no gzip", 10), std::nullopt);
  EXPECT_EQ(Gunzip(packed, 999), std::nullopt);
  EXPECT_TRUE(Gunzip(packed, 1000).has_value());
  EXPECT_EQ(Gunzip(packed + "x", 1000), std::nullopt);
  EXPECT_EQ(Gunzip(packed.substr(0, packed.size() - 1), 1000), std::nullopt);
}

}  // namespace
}  // namespace perigee
