#include "server/use_cases/inbox/inbox_news.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/use_cases/inbox/inboxes.h"

namespace perigee::tests {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::IsEmpty;

class InboxNewsTest : public InboxesTest {
 protected:
  use_cases::DigestView Digest(const std::string& member, bool complete) {
    use_cases::DigestView view;
    Look(member, [&](auto& inbox) { view = use_cases::ReadDigest(inbox, complete).value(); });
    return view;
  }
  use_cases::PushNews Push(const std::string& member, domain::InboxPosition& position) {
    use_cases::PushNews push;
    Look(member, [&](auto& inbox) { push = use_cases::NewsToPush(inbox, position).value(); });
    position = push.position;
    return push;
  }
};

TEST_F(InboxNewsTest, PagesTellAllOnceTheNewestFirst) {
  for (int i = 0; i < 7; ++i) {
    Thank("ada");
    Wait(hours(1));
    WriteItem(MakeItem("item-" + std::to_string(i)));
    Wait(hours(1));
  }
  const use_cases::InboxPage whole = List("ada");
  ASSERT_EQ(whole.notices.size(), 14U);
  EXPECT_FALSE(whole.next.has_value());
  for (const int size : {1, 2, 3, 13, 14}) {
    std::vector<domain::InboxPlace> places;
    use_cases::InboxQuery query;
    query.size = size;
    do {
      const use_cases::InboxPage page = List("ada", query);
      EXPECT_LE(page.notices.size(), static_cast<std::size_t>(size));
      for (const auto& one : page.notices) {
        places.push_back(one.notice.place);
      }
      query.before = page.next;
    } while (query.before.has_value());
    ASSERT_EQ(places.size(), whole.notices.size()) << size;
    for (std::size_t i = 0; i < places.size(); ++i) {
      EXPECT_EQ(places[i], whole.notices[i].notice.place);
    }
  }
  EXPECT_TRUE(std::ranges::is_sorted(whole.notices, std::ranges::greater(),
                                     [](const auto& one) { return one.notice.place; }));
  use_cases::InboxQuery thanks;
  thanks.topic = domain::InboxTopic::kThanks;
  EXPECT_EQ(Listed("ada", thanks), Kinds(7, Kind::kThanksReceived));
}

TEST_F(InboxNewsTest, AWatcherThatLaggedGetsAllInOrder) {
  domain::InboxPosition position = Position("ada");
  for (int i = 0; i < 120; ++i) {
    Thank("ada");
    Wait(minutes(1));
  }
  int told = 0;
  domain::InboxPlace last;
  bool more = true;
  while (more) {
    Look("ada", [&](auto& inbox) {
      use_cases::InboxNews news = use_cases::NewsAfter(inbox, position).value();
      for (const domain::Notification& notice : news.notices) {
        EXPECT_LT(last, notice.place);
        last = notice.place;
        ++told;
      }
      position = std::move(news.position);
      more = news.more;
    });
  }
  EXPECT_EQ(told, 120);
  EXPECT_THAT(News("ada", position), IsEmpty());
}

TEST_F(InboxNewsTest, ACursorFromTheFutureIsRefused) {
  Look("ada", [&](auto& inbox) {
    EXPECT_THAT(use_cases::NewsAfter(inbox, domain::InboxPosition(programme.head + 1)),
                HasReason(Reason::kCursorOutOfRange));
  });
}

TEST_F(InboxNewsTest, MutedTopicsAreListedAndNotTold) {
  ASSERT_THAT(Set("ada", [](auto& settings) { settings.muted = {domain::InboxTopic::kThanks}; }),
              IsOk());
  domain::InboxPosition position = Position("ada");
  Thank("ada");
  WriteItem(MakeItem("roadmap"));
  EXPECT_THAT(News("ada", position), ElementsAre(Kind::kItemOpened));
  EXPECT_THAT(Listed("ada"), ElementsAre(Kind::kThanksReceived, Kind::kItemOpened));
  ASSERT_THAT(Set("ada", [](auto& settings) { settings.muted.clear(); }), IsOk());
  EXPECT_THAT(News("ada", position), IsEmpty());  // What was muted then stays so.
}

TEST_F(InboxNewsTest, ADigestCountsByTopic) {
  // 12:00 in UTC, the zone of the programme.
  Thank("ada");
  Wait(days(1));
  for (int i = 0; i < 5; ++i) {
    Thank("ada");
  }
  WriteItem(MakeItem("roadmap"));
  const use_cases::DigestView since = Digest("ada", false);
  EXPECT_EQ(since.interval.start, *ParseTime("2026-11-22T00:00:00Z"));
  ASSERT_EQ(since.topics.size(), 2U);
  EXPECT_EQ(since.topics[0].topic, domain::InboxTopic::kInsider);
  EXPECT_EQ(since.topics[0].count, 1);
  EXPECT_EQ(since.topics[1].topic, domain::InboxTopic::kThanks);
  EXPECT_EQ(since.topics[1].count, 5);
  EXPECT_EQ(since.topics[1].newest.size(), use_cases::kDigestShown);
  EXPECT_FALSE(since.more);

  const use_cases::DigestView day = Digest("ada", true);
  EXPECT_EQ(day.interval,
            (Interval{*ParseTime("2026-11-21T00:00:00Z"), *ParseTime("2026-11-22T00:00:00Z")}));
  ASSERT_EQ(day.topics.size(), 1U);
  EXPECT_EQ(day.topics[0].count, 1);

  ASSERT_THAT(Set("ada",
                  [](auto& settings) {
                    settings.digest = domain::InboxDigest::kWeekly;
                    settings.muted = {domain::InboxTopic::kInsider};
                  }),
              IsOk());
  // Both days are of the week that ends on Sunday, 22 November.
  const use_cases::DigestView week = Digest("ada", false);
  ASSERT_EQ(week.topics.size(), 1U);
  EXPECT_EQ(week.topics[0].count, 6);
}

TEST_F(InboxNewsTest, QuietHoursHoldBackAndLoseNothing) {
  ASSERT_THAT(Set("ada",
                  [](auto& settings) {
                    settings.quiet_begin = 22 * 60;
                    settings.quiet_end = 7 * 60;
                    settings.time_zone = "Europe/Vienna";
                  }),
              IsOk());
  domain::InboxPosition position = Position("ada");
  Thank("ada");
  EXPECT_EQ(Push("ada", position).notices.size(), 1U);
  EXPECT_THAT(Push("ada", position).notices, IsEmpty());

  programme.clock.Set(*ParseTime("2026-11-21T21:00:00Z"));
  Thank("ada");
  const use_cases::PushNews held = Push("ada", position);
  EXPECT_THAT(held.notices, IsEmpty());
  EXPECT_EQ(held.again, *ParseTime("2026-11-22T06:00:00Z"));
  programme.clock.Set(held.again - Duration(1));
  EXPECT_THAT(Push("ada", position).notices, IsEmpty());
  programme.clock.Set(held.again);
  EXPECT_EQ(Push("ada", position).notices.size(), 1U);
}

TEST_F(InboxNewsTest, ADigestHoldsBackUntilItsDayIsOver) {
  ASSERT_THAT(Set("ada", [](auto& settings) { settings.digest = domain::InboxDigest::kDaily; }),
              IsOk());
  domain::InboxPosition position = Position("ada");
  Thank("ada");
  WriteItem(MakeItem("roadmap"));
  const use_cases::PushNews held = Push("ada", position);
  EXPECT_THAT(held.notices, IsEmpty());
  EXPECT_EQ(held.again, *ParseTime("2026-11-22T00:00:00Z"));
  programme.clock.Set(held.again);
  Thank("ada");  // Of the next day.
  EXPECT_EQ(Push("ada", position).notices.size(), 2U);
  programme.clock.Set(held.again + days(1));
  EXPECT_EQ(Push("ada", position).notices.size(), 1U);
}

TEST_F(InboxNewsTest, APushCarriesNothingOfAnItem) {
  WriteItem(MakeItem("roadmap"));
  domain::InboxPosition position;
  const use_cases::PushNews push = Push("ada", position);
  ASSERT_EQ(push.notices.size(), 1U);
  const std::string_view sentence = domain::SentenceOf(domain::TopicOf(push.notices[0].kind));
  EXPECT_EQ(sentence.find("roadmap"), std::string_view::npos);
  domain::InboxPosition quiet;
  programme.clock.Advance(-days(1));  // Before it opened.
  EXPECT_THAT(Push("ada", quiet).notices, IsEmpty());
}

// Facts of all sorts change at random, the clock moves on, and two watchers come and go: one looks
// after each step, and the other only now and then, by a cursor that went through its bytes. What
// each is told, it is told once, and all that is in the list at the end was told.
TEST_F(InboxNewsTest, NothingIsToldTwiceAndNothingIsLeftOut) {
  for (unsigned seed = 1; seed <= 15; ++seed) {
    std::mt19937 random(seed);
    struct Watcher {
      domain::InboxPosition position;
      std::set<std::string> told;
    };
    Watcher often{Position("ada"), {}};
    Watcher seldom{often.position, {}};
    std::set<std::string> before;
    for (const auto& one : List("ada").notices) {
      before.insert(domain::FormatInboxId(one.notice.place));
    }
    const auto look = [&](Watcher& watcher) {
      bool more = true;
      while (more) {
        Look("ada", [&](auto& inbox) {
          const auto from = domain::InboxPosition::Decode(watcher.position.Encode());
          ASSERT_TRUE(from.has_value());
          use_cases::InboxNews news = use_cases::NewsAfter(inbox, *from).value();
          for (const domain::Notification& notice : news.notices) {
            EXPECT_TRUE(watcher.told.insert(domain::FormatInboxId(notice.place)).second)
                << "told twice with seed " << seed;
          }
          watcher.position = std::move(news.position);
          more = news.more;
        });
      }
    };
    std::map<std::string, domain::InsiderItem> items;
    bool suspended = false;
    for (int step = 0; step < 60; ++step) {
      Wait(minutes(1 + random() % 300));
      const std::string id = std::to_string(seed) + "-" + std::to_string(random() % 6);
      switch (random() % 6) {
        case 0:
          Thank(random() % 2 == 0 ? "ada" : "bob");
          break;
        case 1:
          if (!items.contains(id)) {
            domain::InsiderItem item = MakeItem(id, hours(10 + random() % 200));
            item.open_time = Now() + hours(random() % 10);
            item.audience = random() % 2 == 0 ? "" : "title:mvp";
            items[id] = WriteItem(item);
          }
          break;
        case 2:
          if (items.contains(id) && items[id].open_time <= Now()) {
            WriteVersion(items[id]);
          }
          break;
        case 3:
          static_cast<void>(Appoint("ada"));
          break;
        case 4:
          suspended = !suspended;
          programme.ChangeMember("ada", [&](domain::Member& member) {
            member.standing = suspended ? domain::Standing::kSuspended : domain::Standing::kGood;
          });
          break;
        default:
          break;
      }
      look(often);
      if (random() % 7 == 0) {
        look(seldom);
      }
    }
    look(often);
    look(seldom);
    for (const auto& one : List("ada").notices) {
      const std::string id = domain::FormatInboxId(one.notice.place);
      if (!before.contains(id)) {
        EXPECT_TRUE(often.told.contains(id)) << "never told with seed " << seed;
        EXPECT_TRUE(seldom.told.contains(id)) << "never told with seed " << seed;
      }
    }
    EXPECT_FALSE(often.told.empty());
    if (suspended) {
      programme.ChangeMember(
          "ada", [](domain::Member& member) { member.standing = domain::Standing::kGood; });
    }
  }
}

}  // namespace
}  // namespace perigee::tests
