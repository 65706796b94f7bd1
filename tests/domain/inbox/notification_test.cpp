#include "server/domain/inbox/notification.h"

#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perigee::tests {
namespace {

using domain::InboxPlace;

InboxPlace OfEntry(std::int64_t second, std::int64_t revision, std::int64_t number) {
  return {FromMicros(second * 1'000'000), revision, number, 0, 0};
}
InboxPlace Standing(std::int64_t second, std::uint64_t key, std::int64_t stage) {
  return {FromMicros(second * 1'000'000), 0, 0, key, stage};
}

TEST(NotificationTest, AnIdNamesOnePlaceAndHasOneSpelling) {
  for (const InboxPlace& place : {OfEntry(0, 12, 1), Standing(0, 0x0123456789abcdef, 2),
                                  Standing(0, ~std::uint64_t{0}, 7), Standing(0, 1, 1)}) {
    EXPECT_EQ(domain::ParseInboxId(domain::FormatInboxId(place)), place);
  }
  EXPECT_EQ(domain::FormatInboxId(OfEntry(9, 12, 1)), "r12-1");
  EXPECT_EQ(domain::FormatInboxId(Standing(9, 0xab, 2)), "s00000000000000ab-2");
  for (const char* text : {"", "r", "r12", "r12-", "r012-1", "r0-1", "r-1-1", "r12-1 ", "x12-1",
                           "sab-2", "s00000000000000AB-2", "s00000000000000ab",
                           "r99999999999999999999-1", "s00000000000000ab-2-3"}) {
    EXPECT_EQ(domain::ParseInboxId(text), std::nullopt) << text;
  }
}

TEST(NotificationTest, LaterPlacesStandHigher) {
  EXPECT_LT(OfEntry(1, 12, 1), OfEntry(2, 3, 1));
  EXPECT_LT(OfEntry(1, 12, 1), OfEntry(1, 13, 1));
  EXPECT_LT(OfEntry(1, 12, 1), OfEntry(1, 12, 2));
  // At one instant what an entry made stands above what the time made.
  EXPECT_LT(Standing(1, 5, 1), OfEntry(1, 1, 1));
  EXPECT_LT(OfEntry(1, 12, 1), Standing(2, 0, 0));
}

TEST(NotificationTest, EveryTopicHasAnOwnNameAndASentence) {
  std::set<std::string_view> names;
  for (const domain::InboxTopic topic : domain::AllTopics()) {
    EXPECT_TRUE(names.insert(domain::NameOf(topic)).second);
    EXPECT_TRUE(domain::SentenceOf(topic).ends_with(".")) << domain::NameOf(topic);
  }
  EXPECT_EQ(domain::TopicOf(domain::InboxKind::kItemVersion), domain::InboxTopic::kInsider);
  EXPECT_EQ(domain::TopicOf(domain::InboxKind::kRedemptionExpired), domain::InboxTopic::kRewards);
  EXPECT_EQ(domain::TopicOf(domain::InboxKind::kIdeaMoved), domain::InboxTopic::kIdeas);
}

TEST(NotificationTest, DifferentThingsHaveDifferentKeys) {
  EXPECT_EQ(domain::StandingKey("items/a"), domain::StandingKey("items/a"));
  EXPECT_NE(domain::StandingKey("items/a"), domain::StandingKey("items/b"));
  EXPECT_NE(domain::StandingKey("items/a"), domain::StandingKey("items/a/version"));
}

}  // namespace
}  // namespace perigee::tests
