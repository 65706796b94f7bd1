#include "server/domain/inbox/inbox_mark.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::InboxMark;
using domain::InboxPlace;
using domain::InboxPosition;
using testing::ElementsAre;
using testing::IsEmpty;

InboxPlace OfEntry(std::int64_t revision, std::int64_t number = 1) {
  return {FromMicros(revision), revision, number, 0, 0};
}
InboxPlace Standing(std::uint64_t key, std::int64_t stage) { return {Time{}, 0, 0, key, stage}; }

TEST(InboxMarkTest, WhatWasReadBesidesJoinsWhatWasReadWithoutAGap) {
  InboxMark mark;
  ASSERT_THAT(domain::Note(InboxPosition(3), {OfEntry(9, 2), OfEntry(5), OfEntry(2)}, mark),
              IsOk());
  EXPECT_THAT(mark.read_besides, ElementsAre("r5-1", "r9-2"));
  InboxPosition position = domain::PositionOf(mark);
  EXPECT_EQ(position.revision(), 3);
  EXPECT_TRUE(domain::IsRead(mark, position, OfEntry(2)));
  EXPECT_FALSE(domain::IsRead(mark, position, OfEntry(4)));
  EXPECT_TRUE(domain::IsRead(mark, position, OfEntry(5)));
  EXPECT_FALSE(domain::IsRead(mark, position, OfEntry(9)));
  EXPECT_TRUE(domain::IsRead(mark, position, OfEntry(9, 2)));

  position.MoveTo(9);
  ASSERT_THAT(domain::Note(position, {}, mark), IsOk());
  EXPECT_THAT(mark.read_besides, IsEmpty());
  EXPECT_TRUE(domain::IsRead(mark, domain::PositionOf(mark), OfEntry(9)));
}

TEST(InboxMarkTest, WhatStandsByItselfIsReadByItsStage) {
  InboxPosition position;
  position.Tell(Standing(7, 2));
  InboxMark mark;
  ASSERT_THAT(domain::Note(position, {}, mark), IsOk());
  EXPECT_EQ(domain::PositionOf(mark), position);
  EXPECT_TRUE(domain::IsRead(mark, domain::PositionOf(mark), Standing(7, 1)));
  EXPECT_FALSE(domain::IsRead(mark, domain::PositionOf(mark), Standing(7, 3)));
}

TEST(InboxMarkTest, SoManyMayBeReadOneByOne) {
  std::vector<InboxPlace> besides;
  for (std::size_t i = 0; i < domain::kReadBesidesMax; ++i) {
    besides.push_back(OfEntry(static_cast<std::int64_t>(i) + 10));
  }
  InboxMark mark;
  ASSERT_THAT(domain::Note(InboxPosition(1), besides, mark), IsOk());
  EXPECT_THAT(domain::Note(InboxPosition(1), {OfEntry(2)}, mark),
              HasReason(Reason::kTooManyReadMarks));
  // The same again is no other.
  EXPECT_THAT(domain::Note(InboxPosition(1), {OfEntry(10)}, mark), IsOk());
}

TEST(InboxMarkTest, AMarkOfPushesKeepsThePosition) {
  InboxPosition position(9);
  position.Tell(Standing(3, 2));
  domain::PushMark mark;
  domain::Note(position, mark);
  EXPECT_EQ(domain::PositionOf(mark), position);
}

}  // namespace
}  // namespace perigee::tests
