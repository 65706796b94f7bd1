#include "server/adapters/sql/journal/commit_feed.h"

#include <algorithm>
#include <atomic>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perigee::sql {
namespace {

using domain::Revision;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

WrittenEntries Written(const std::string& program, std::initializer_list<Revision> revisions,
                       std::size_t bytes = 1) {
  WrittenEntries written;
  for (const Revision revision : revisions) {
    auto entry = std::make_shared<domain::JournalEntry>();
    entry->revision = revision;
    written[program].push_back({std::move(entry), bytes});
  }
  return written;
}

// The revisions that the feed has after `after`.
std::optional<std::vector<Revision>> After(const CommitFeed& feed, const std::string& program,
                                           Revision after) {
  const auto entries = feed.After(program, after);
  if (!entries) {
    return std::nullopt;
  }
  std::vector<Revision> revisions;
  for (const auto& entry : *entries) {
    revisions.push_back(entry->revision);
  }
  return revisions;
}

TEST(CommitFeedTest, ForgetsADeletedProgrammeAndTellsOfTheNextOne) {
  CommitFeed feed;
  std::vector<Revision> told;
  const auto hold = feed.Listen([&](const std::string&, Revision head) { told.push_back(head); });
  feed.Keep(Written("demo", {1, 2}));
  feed.Keep(Written("other", {1}));
  for (const Revision head : {2, 0, 0, 1, 1, 0}) {
    feed.Tell("demo", head);
    if (head == 0) {
      EXPECT_EQ(After(feed, "demo", 0), std::nullopt);
    } else if (head == 1) {
      feed.Keep(Written("demo", {1}));
      EXPECT_THAT(After(feed, "demo", 0), Optional(ElementsAre(1)));
    }
  }
  EXPECT_THAT(told, ElementsAre(2, 0, 1, 0));
  EXPECT_THAT(After(feed, "other", 0), Optional(ElementsAre(1)));
}

// Otherwise a follower would take another server's news for none.
TEST(CommitFeedTest, GivesNothingWhereAnotherServerWroteTheNewest) {
  CommitFeed feed;
  const auto hold = feed.Listen([](const std::string&, Revision) {});
  feed.Keep(Written("demo", {1, 2}));
  feed.Tell("demo", 2);
  EXPECT_THAT(After(feed, "demo", 2), Optional(IsEmpty()));
  feed.Tell("demo", 3);
  EXPECT_EQ(After(feed, "demo", 2), std::nullopt);
  EXPECT_EQ(After(feed, "demo", 1), std::nullopt);
  EXPECT_THAT(After(feed, "demo", 3), Optional(IsEmpty()));
  feed.Keep(Written("demo", {4}));
  EXPECT_THAT(After(feed, "demo", 3), Optional(ElementsAre(4)));
  EXPECT_EQ(After(feed, "demo", 2), std::nullopt);
}

TEST(CommitFeedTest, GivesNewerEntriesAndNothingAcrossAGap) {
  CommitFeed feed;
  const auto hold = feed.Listen([](const std::string&, Revision) {});
  EXPECT_EQ(After(feed, "demo", 0), std::nullopt);
  feed.Keep(Written("demo", {1, 2}));
  feed.Keep(Written("demo", {3}));
  EXPECT_THAT(After(feed, "demo", 0), Optional(ElementsAre(1, 2, 3)));
  EXPECT_THAT(After(feed, "demo", 2), Optional(ElementsAre(3)));
  EXPECT_THAT(After(feed, "demo", 3), Optional(IsEmpty()));
  EXPECT_THAT(After(feed, "demo", 7), Optional(IsEmpty())) << "another server's";
  EXPECT_EQ(After(feed, "other", 0), std::nullopt);

  feed.Keep(Written("demo", {5}));  // Revision 4 is another server's.
  EXPECT_EQ(After(feed, "demo", 2), std::nullopt);
  EXPECT_EQ(After(feed, "demo", 3), std::nullopt);
  EXPECT_THAT(After(feed, "demo", 4), Optional(ElementsAre(5)));
}

TEST(CommitFeedTest, TheOldestOfAllProgrammesMakeRoom) {
  CommitFeed feed(nullptr, {.entries_max = 3, .bytes_max = 100});
  const auto hold = feed.Listen([](const std::string&, Revision) {});
  feed.Keep(Written("demo", {1, 2}));
  feed.Keep(Written("other", {1, 2}));
  EXPECT_EQ(After(feed, "demo", 0), std::nullopt);
  EXPECT_THAT(After(feed, "demo", 1), Optional(ElementsAre(2)));
  feed.Keep(Written("other", {3}, 99));
  EXPECT_EQ(After(feed, "demo", 1), std::nullopt);
  EXPECT_THAT(After(feed, "other", 1), Optional(ElementsAre(2, 3)));
  feed.Keep(Written("other", {4}, 200));  // This entry is larger than the whole room.
  EXPECT_EQ(After(feed, "other", 3), std::nullopt);
}

TEST(CommitFeedTest, ARewrittenRevisionReplacesTheEarlierOne) {
  // A restored store writes the same revisions again.
  CommitFeed feed;
  const auto hold = feed.Listen([](const std::string&, Revision) {});
  feed.Keep(Written("demo", {1, 2, 3}));
  feed.Keep(Written("demo", {2}));
  EXPECT_THAT(After(feed, "demo", 0), Optional(ElementsAre(1, 2)));
}

TEST(CommitFeedTest, AListenerThatLetGoIsNotCalled) {
  int calls = 0;
  auto feed = std::make_unique<CommitFeed>();
  std::shared_ptr<void> hold = feed->Listen([&](const std::string&, Revision) { ++calls; });
  const auto stays = feed->Listen([](const std::string&, Revision) {});
  feed->Tell("demo", 1);
  feed->Tell("demo", 1);
  EXPECT_EQ(calls, 1);
  hold.reset();
  feed->Tell("demo", 2);
  EXPECT_EQ(calls, 1);
  feed.reset();
}

// Two servers that tell each other of heads do this.
TEST(CommitFeedTest, AListenerMayTellTheHeadThatItIsToldOf) {
  CommitFeed feed;
  std::vector<Revision> told;
  const auto hold = feed.Listen([&](const std::string& program, Revision head) {
    told.push_back(head);
    feed.Tell(program, head);
  });
  feed.Tell("demo", 1);
  feed.Tell("demo", 2);
  EXPECT_THAT(told, ElementsAre(1, 2));
}

TEST(CommitFeedTest, HeadsFromManyThreadsAreToldInOrder) {
  CommitFeed feed;
  std::vector<Revision> told;
  const auto hold = feed.Listen([&](const std::string&, Revision head) { told.push_back(head); });
  std::atomic<Revision> next{0};
  const auto tell = [&] {
    for (Revision head = ++next; head <= 10'000; head = ++next) {
      feed.Tell("demo", head);
    }
  };
  {
    std::jthread other(tell);
    tell();
  }
  EXPECT_TRUE(std::ranges::is_sorted(told));
  EXPECT_EQ(told.back(), 10'000);
}

}  // namespace
}  // namespace perigee::sql
