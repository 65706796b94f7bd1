#include "server/domain/inbox/inbox_position.h"

#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/inbox/notification.h"

namespace perigee::tests {
namespace {

using domain::InboxPlace;
using domain::InboxPosition;

InboxPlace OfEntry(std::int64_t revision, std::int64_t number = 1) {
  return {Time{}, revision, number, 0, 0};
}
InboxPlace Standing(std::uint64_t key, std::int64_t stage) { return {Time{}, 0, 0, key, stage}; }

TEST(InboxPositionTest, EntriesAreToldUpToARevision) {
  InboxPosition position(5);
  EXPECT_TRUE(position.Has(OfEntry(5, 3)));
  EXPECT_FALSE(position.Has(OfEntry(6)));
  position.MoveTo(7);
  EXPECT_TRUE(position.Has(OfEntry(7)));
  position.MoveTo(2);
  EXPECT_EQ(position.revision(), 7);
}

TEST(InboxPositionTest, AThingIsToldUpToAStageHoweverLongAgoItCame) {
  InboxPosition position(5);
  EXPECT_FALSE(position.Has(Standing(9, 1)));
  position.Tell(Standing(9, 2));
  EXPECT_TRUE(position.Has(Standing(9, 1)));
  EXPECT_TRUE(position.Has(Standing(9, 2)));
  EXPECT_FALSE(position.Has(Standing(9, 3)));
  EXPECT_FALSE(position.Has(Standing(8, 1)));
  position.Tell(Standing(9, 1));
  EXPECT_TRUE(position.Has(Standing(9, 2)));
}

TEST(InboxPositionTest, WhatCannotComeAnyMoreIsForgotten) {
  InboxPosition position;
  for (const std::uint64_t key : {7U, 3U, 5U}) {
    position.Tell(Standing(key, 1));
  }
  const std::vector<std::uint64_t> may_come = {3, 4, 7};
  position.KeepOnly(may_come);
  EXPECT_TRUE(position.Has(Standing(3, 1)));
  EXPECT_FALSE(position.Has(Standing(5, 1)));
  EXPECT_TRUE(position.Has(Standing(7, 1)));
}

TEST(InboxPositionTest, AnyPositionSurvivesItsBytes) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 200; ++round) {
    InboxPosition position(static_cast<std::int64_t>(random() >> (1 + random() % 62)));
    for (std::uint64_t i = random() % 40; i > 0; --i) {
      position.Tell(Standing(random(), static_cast<std::int64_t>(random() >> (1 + random() % 62))));
    }
    EXPECT_EQ(InboxPosition::Decode(position.Encode()), position);
  }
}

TEST(InboxPositionTest, OtherBytesAreNoPosition) {
  InboxPosition position(300);
  position.Tell(Standing(1, 1));
  position.Tell(Standing(2, 1));
  const std::string bytes = position.Encode();
  for (std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{5}, bytes.size() - 1}) {
    EXPECT_EQ(InboxPosition::Decode(bytes.substr(0, size)), std::nullopt) << size;
  }
  // Not in order, or twice.
  const std::string told = bytes.substr(2, 9);
  EXPECT_EQ(InboxPosition::Decode(bytes + told), std::nullopt);
  EXPECT_EQ(InboxPosition::Decode(std::string(11, '\xff')), std::nullopt);
}

TEST(InboxPositionTest, TwoPositionsMakeOneThatHasAll) {
  InboxPosition position(5);
  position.Tell(Standing(3, 1));
  position.Tell(Standing(7, 2));
  InboxPosition other(4);
  other.Tell(Standing(3, 2));
  other.Tell(Standing(7, 1));
  other.Tell(Standing(9, 1));
  position.Add(other);
  EXPECT_EQ(position.revision(), 5);
  for (const InboxPlace& place : {Standing(3, 2), Standing(7, 2), Standing(9, 1)}) {
    EXPECT_TRUE(position.Has(place));
  }
  EXPECT_FALSE(position.Has(Standing(7, 3)));
}

}  // namespace
}  // namespace perigee::tests
