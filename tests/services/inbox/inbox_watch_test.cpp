#include "server/services/inbox/inbox_watch.h"

#include <chrono>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/domain/member/member.h"
#include "server/ports/member/member_reader.h"
#include "tests/matchers/status.h"
#include "tests/services/inbox/inbox_server.h"
#include "tests/support/process.h"

namespace perigee::tests {
namespace {

using Kind = v1::Notification;
using std::chrono::hours;
using std::chrono::milliseconds;

class InboxWatchTest : public testing::Test {
 protected:
  std::vector<v1::Notification> List(const std::string& member, std::string* cursor = nullptr) {
    v1::ListNotificationsRequest request;
    request.set_parent(NameOfMember(member));
    request.set_page_size(1000);
    const auto answer =
        Invoke(*server.stubs[0], &v1::InboxService::Stub::ListNotifications, request);
    EXPECT_THAT(answer, IsOk());
    if (cursor != nullptr) {
      *cursor = answer->cursor();
    }
    return {answer->notifications().begin(), answer->notifications().end()};
  }

  InboxServer server;
};

TEST_F(InboxWatchTest, TheFirstMessageSaysWhereTheStreamStarts) {
  server.Thank("ada");
  InboxStream stream(*server.stubs[0], "ada");
  const v1::WatchInboxResponse first = stream.Next();
  EXPECT_TRUE(first.heartbeat());
  EXPECT_NE(first.cursor(), "");
  server.Thank("bob");
  server.Thank("ada");
  const v1::WatchInboxResponse news = stream.NextNews();
  ASSERT_EQ(news.notifications_size(), 1);
  EXPECT_EQ(news.notifications(0).kind(), Kind::KIND_THANKS_RECEIVED);
  EXPECT_EQ(news.notifications(0).topic(), Kind::TOPIC_THANKS);
  EXPECT_EQ(server.telemetry.inboxes.delivered, 1);
}

TEST_F(InboxWatchTest, AnInstantReachesItsWatchersWithoutAWrite) {
  const Time opens = server.clock.Now() + milliseconds(50);
  server.PutItem("roadmap", opens);
  InboxStream ada(*server.stubs[0], "ada");
  InboxStream bob(*server.stubs[1], "bob");
  EXPECT_TRUE(ada.Next().heartbeat());
  EXPECT_TRUE(bob.Next().heartbeat());
  // Whatever wakes them before tells nothing of it.
  server.clock.Set(opens - Duration(1));
  server.Thank("ada");
  const v1::WatchInboxResponse before = ada.NextNews();
  ASSERT_EQ(before.notifications_size(), 1);
  EXPECT_EQ(before.notifications(0).kind(), Kind::KIND_THANKS_RECEIVED);
  EXPECT_TRUE(List("bob").empty());
  server.clock.Set(opens);
  for (InboxStream* stream : {&ada, &bob}) {
    const v1::WatchInboxResponse opened = stream->NextNews();
    ASSERT_EQ(opened.notifications_size(), 1);
    EXPECT_EQ(opened.notifications(0).kind(), Kind::KIND_ITEM_OPENED);
    EXPECT_EQ(opened.notifications(0).resource(), "programs/acme/items/roadmap");
    EXPECT_EQ(opened.notifications(0).display_name(), "Secret of roadmap");
  }
}

TEST_F(InboxWatchTest, AStreamFromTheCursorOfAListMissesNothing) {
  server.Thank("ada");
  std::string cursor;
  EXPECT_EQ(List("ada", &cursor).size(), 1U);
  server.Thank("ada");
  server.PutItem("roadmap", server.clock.Now());
  InboxStream stream(*server.stubs[1], "ada", cursor);
  EXPECT_EQ(stream.NextNews().notifications_size(), 2);
}

TEST_F(InboxWatchTest, AWithdrawnItemIsToldToNobodyWhoWasAway) {
  InboxStream stream(*server.stubs[0], "ada");
  EXPECT_TRUE(stream.Next().heartbeat());
  stream.Cancel();
  server.PutItem("roadmap", server.clock.Now());
  server.PutItem("roadmap", server.clock.Now(), true);
  server.Thank("ada");
  InboxStream again(*server.stubs[1], "ada", stream.cursor());
  const v1::WatchInboxResponse news = again.NextNews();
  ASSERT_EQ(news.notifications_size(), 1);
  EXPECT_EQ(news.notifications(0).kind(), Kind::KIND_THANKS_RECEIVED);
}

TEST_F(InboxWatchTest, WhatIsNoCursorOfTheInboxIsRefused) {
  InboxStream ada(*server.stubs[0], "ada");
  ada.Next();
  EXPECT_THAT(InboxStream(*server.stubs[0], "bob", ada.cursor()).End(),
              IsInvalidField("from_cursor"));
  EXPECT_THAT(InboxStream(*server.stubs[0], "ada", "nonsense").End(),
              IsInvalidField("from_cursor"));
  EXPECT_THAT(InboxStream(*server.stubs[0], "nobody").End(), HasReason(Reason::kNotFound));
}

TEST_F(InboxWatchTest, StreamsEndWithTheServer) {
  InboxStream stream(*server.stubs[0], "ada");
  EXPECT_TRUE(stream.Next().heartbeat());
  server.Restart(0);
  EXPECT_THAT(stream.End(), HasReason(Reason::kShuttingDown));
}

TEST_F(InboxWatchTest, MembersThatAreMergedAreToldOfBoth) {
  InboxStream stream(*server.stubs[0], "ada");
  EXPECT_TRUE(stream.Next().heartbeat());
  const domain::MemberKey ada = server.KeyOf("ada");
  server.Write([&](domain::Revision revision, Time now, domain::Changes& changes) {
    EXPECT_THAT(server.store().Read([&](ports::StoreReader& reader) {
      domain::Member bob = reader.members().Find("acme", "bob").value().value();
      bob.merged_into = ada;
      bob.update_time = now;
      bob.revision = revision;
      changes.records.Put(bob);
      return absl::OkStatus();
    }),
                IsOk());
  });
  server.Thank("bob");
  EXPECT_EQ(stream.NextNews().notifications_size(), 1);
}

// Streams of three members break at random, on either server and with it, and go on from the last
// cursor that came. Writes and time go on meanwhile.
TEST_F(InboxWatchTest, RandomDropsLeaveNoGapAndNoDouble) {
  const std::vector<std::string> members = {"ada", "bob", "cyd"};
  std::mt19937 random(7);
  struct Watcher {
    std::unique_ptr<InboxStream> stream;
    std::string cursor;
    std::set<std::string> told;
  };
  std::vector<Watcher> watchers(members.size());
  const auto take = [](Watcher& watcher, const v1::WatchInboxResponse& message) {
    for (const v1::Notification& one : message.notifications()) {
      EXPECT_TRUE(watcher.told.insert(one.name()).second) << "told twice: " << one.name();
    }
    if (!message.cursor().empty()) {
      watcher.cursor = message.cursor();
    }
  };
  // Opens the stream anew, mostly on the other server, and reads its first message or not.
  const auto reopen = [&](std::size_t i) {
    Watcher& watcher = watchers[i];
    watcher.stream =
        std::make_unique<InboxStream>(*server.stubs[random() % 2], members[i], watcher.cursor);
    if (watcher.cursor.empty() || random() % 2 == 0) {
      take(watcher, watcher.stream->Next());
    }
  };
  for (std::size_t i = 0; i < members.size(); ++i) {
    reopen(i);
  }
  for (int step = 0; step < 150; ++step) {
    server.clock.Advance(milliseconds(1 + random() % 20));
    const std::string& member = members[random() % members.size()];
    switch (random() % 5) {
      case 0:
      case 1:
        server.Thank(member);
        break;
      case 2:
        server.PutItem("item-" + std::to_string(step),
                       server.clock.Now() + milliseconds(random() % 200));
        break;
      case 3: {
        const std::size_t i = random() % members.size();
        // What is on its way and was not taken is lost with the stream.
        watchers[i].stream->Cancel();
        reopen(i);
        break;
      }
      default:
        if (random() % 8 == 0) {
          server.Restart(random() % 2);
          for (std::size_t i = 0; i < members.size(); ++i) {
            watchers[i].stream->Cancel();
            reopen(i);
          }
        }
        break;
    }
  }
  server.clock.Advance(hours(1));
  for (std::size_t i = 0; i < members.size(); ++i) {
    std::set<std::string> listed;
    for (const v1::Notification& one : List(members[i])) {
      listed.insert(one.name());
    }
    watchers[i].stream->Cancel();
    watchers[i].stream =
        std::make_unique<InboxStream>(*server.stubs[i % 2], members[i], watchers[i].cursor);
    while (watchers[i].told.size() < listed.size()) {
      const v1::WatchInboxResponse message = watchers[i].stream->Next();
      ASSERT_NE(message.cursor(), "") << "the stream ended";
      take(watchers[i], message);
    }
    EXPECT_EQ(watchers[i].told, listed) << members[i];
    EXPECT_FALSE(listed.empty());
  }
}

// One commit that concerns everybody does not start a look for each stream at once: the looks go in
// rounds, and all come through.
TEST_F(InboxWatchTest, ManyWatchersAreToldInRounds) {
  constexpr int kStreams = 300;
  std::vector<std::unique_ptr<InboxStream>> streams;
  for (int i = 0; i < kStreams; ++i) {
    streams.push_back(std::make_unique<InboxStream>(*server.stubs[i % 2], "ada"));
  }
  for (const auto& stream : streams) {
    EXPECT_TRUE(stream->Next().heartbeat());
  }
  server.PutItem("roadmap", server.clock.Now());
  for (const auto& stream : streams) {
    EXPECT_EQ(stream->NextNews().notifications_size(), 1);
  }
  EXPECT_TRUE(Await([&] { return server.telemetry.inboxes.waiting == 0; }));
}

}  // namespace
}  // namespace perigee::tests
