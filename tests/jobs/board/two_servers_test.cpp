#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/adapters/board/redis_boards.h"
#include "tests/jobs/programme.h"
#include "tests/matchers/status.h"
#include "tests/support/need.h"
#include "tests/support/redis_server.h"

namespace perigee::tests {
namespace {

using std::chrono::hours;

// Redis boards that count the moves, the moves that came too late, and the whole periods put in
// place.
class CountingBoards final : public adapters::RedisBoards {
 public:
  using RedisBoards::RedisBoards;
  absl::Status Apply(const ports::PeriodKey& key, const ports::Mark& from, const ports::Mark& to,
                     std::span<const ports::ScoreChange> changes) override {
    absl::Status applied = RedisBoards::Apply(key, from, to, changes);
    ++(applied.ok() ? applies : refused);
    return applied;
  }
  absl::Status Replace(const ports::PeriodKey& of, const ports::Mark& mark,
                       std::vector<domain::Place> places) override {
    ++replaces;
    return RedisBoards::Replace(of, mark, std::move(places));
  }
  std::atomic<int> applies{0};
  std::atomic<int> refused{0};
  std::atomic<int> replaces{0};
};

// Calls a function again and again on a thread of its own.
class Repeated {
 public:
  explicit Repeated(std::function<void()> what)
      : thread_([this, what = std::move(what)] {
          while (!done_) {
            what();
          }
        }) {}
  void Stop() {
    done_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> done_{false};
  std::thread thread_;
};

// The boards of one programme on two servers that share its store and one Redis.
class TwoServersTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string reason;
    redis = RedisServer::Start(reason);
    if (redis == nullptr) {
      PERIGEE_SKIP_OR_FAIL(reason);
    }
    adapters::RedisConfig config;
    config.socket_path = redis->socket_path();
    first_boards = std::make_unique<CountingBoards>(config, SealKey{});
    second_boards = std::make_unique<CountingBoards>(config, SealKey{});
    programme = std::make_unique<Programme>(first_boards.get());
    second_feed = std::make_unique<DeafFeed>(programme->store().feed());
    directory = std::make_unique<adapters::StoreMemberDirectory>(programme->store());
    second = std::make_unique<jobs::BoardProjection>(jobs::BoardProjection::Parts{
        programme->store(), *second_feed, second_memory, second_boards.get(), *directory,
        programme->terms(), programme->clock, executor, telemetry});
    for (const std::string member : {"ada", "bob", "cyd", "dee"}) {
      programme->AddMember(member);
    }
    programme->PutBoard(MakeBoard("daily", domain::Cadence::kDay));
    key = {"demo", "daily", programme->head, "2026-11-21", domain::Scheme::kCompetition};
  }
  void TearDown() override {
    if (second != nullptr) {
      second->Stop();
    }
    programme.reset();
  }

  testing::AssertionResult Eventually(const std::function<bool()>& so) {
    return programme->Eventually([&] {
      executor.RunUpTo(hours(1));
      return so();
    });
  }
  void Earn() {
    ++earned;
    programme->Earn(earned % 2 == 0 ? "bob" : "cyd", 1 + earned % 3,
                    programme->clock.Now() - hours(earned % 12));
  }
  // Asks a server for the whole board, and keeps an answer that is new.
  static void Look(ports::BoardView& view, const ports::BoardView::Query& query,
                   std::vector<ports::ViewSlice>& seen) {
    absl::StatusOr<ports::ViewSlice> slice = view.Top(query, std::nullopt, 100);
    ASSERT_THAT(slice, IsOk());
    if (seen.empty() || seen.back().revision != slice->revision ||
        seen.back().places != slice->places) {
      seen.push_back(*std::move(slice));
    }
  }
  void ExpectRight(const std::vector<ports::ViewSlice>& seen) {
    std::map<domain::Revision, std::vector<domain::RankedPlace>> truths;
    for (const ports::ViewSlice& slice : seen) {
      if (!truths.contains(slice.revision)) {
        truths[slice.revision] = programme->Truth("daily", "current", slice.revision);
      }
      ASSERT_EQ(slice.places, truths[slice.revision]) << "at revision " << slice.revision;
    }
  }

  void StartReading() {
    Earn();
    ports::BoardView::Query query = programme->Ask("daily");
    query.min_revision = 0;
    Look(programme->view(), query, by_first);
    Look(*second, query, by_second);
    ASSERT_TRUE(Eventually([&] { return first_boards->Marked(key).ok(); }));
    first_reads.emplace([this, query] { Look(programme->view(), query, by_first); });
    second_reads.emplace([this, query] { Look(*second, query, by_second); });
  }
  // Runs until much was earned, and both servers have moved a period in Redis since the start.
  void LiveOn() {
    const int enough = earned + 100;
    EXPECT_TRUE(Eventually([&] {
      Earn();
      return earned >= enough && first_boards->applies > 0 && second_boards->applies > 0;
    }));
  }
  testing::AssertionResult RedisIsCaughtUp() {
    return Eventually([&] {
      const absl::StatusOr<ports::Mark> mark = first_boards->Marked(key);
      return mark.ok() && mark->revision == programme->head;
    });
  }
  void StopReadingAndJudge() {
    first_reads->Stop();
    second_reads->Stop();
    ExpectRight(by_first);
    ExpectRight(by_second);
    const ports::BoardView::Query query = programme->Ask("daily");
    EXPECT_EQ(programme->view().Top(query, std::nullopt, 100)->places, programme->Truth("daily"));
    AwaitRevision(*second, query);
    EXPECT_EQ(second->Top(query, std::nullopt, 100)->places, programme->Truth("daily"));
  }

  std::unique_ptr<RedisServer> redis;
  std::unique_ptr<CountingBoards> first_boards;
  std::unique_ptr<CountingBoards> second_boards;
  std::unique_ptr<Programme> programme;
  std::unique_ptr<adapters::StoreMemberDirectory> directory;
  adapters::MemoryBoards second_memory;
  ManualExecutor executor;
  CountingTelemetry telemetry;
  std::unique_ptr<DeafFeed> second_feed;
  std::unique_ptr<jobs::BoardProjection> second;
  ports::PeriodKey key;
  int earned = 0;
  std::vector<ports::ViewSlice> by_first;
  std::vector<ports::ViewSlice> by_second;
  std::optional<Repeated> first_reads;
  std::optional<Repeated> second_reads;
};

TEST_F(TwoServersTest, BothServersKeepOneRedisRight) {
  // No page is wrong, and no mark goes back.
  StartReading();
  std::vector<domain::Revision> marks;
  Repeated watch([&] {
    const absl::StatusOr<ports::Mark> mark = first_boards->Marked(key);
    ASSERT_THAT(mark, IsOk());
    if (marks.empty() || marks.back() != mark->revision) {
      marks.push_back(mark->revision);
    }
  });
  LiveOn();
  second_feed->SetDeaf(true);  // Its own boards now lag behind Redis.
  LiveOn();
  second_feed->SetDeaf(false);
  LiveOn();
  EXPECT_TRUE(RedisIsCaughtUp());
  watch.Stop();
  EXPECT_TRUE(std::ranges::is_sorted(marks)) << testing::PrintToString(marks);
  // Each server puts the whole period there at most once, and does not repeat a move that came too
  // late.
  std::cout << earned << " changes; moves by the first " << first_boards->applies << ", refused "
            << first_boards->refused << "; by the second " << second_boards->applies << ", refused "
            << second_boards->refused << "\n";
  EXPECT_LE(first_boards->replaces + second_boards->replaces, 2);
  EXPECT_LE(first_boards->refused + second_boards->refused, 2 * earned);
  StopReadingAndJudge();
}

TEST_F(TwoServersTest, ALostPeriodComesBackThoughOneServerLags) {
  StartReading();
  for (const bool deaf : {false, true}) {
    second_feed->SetDeaf(deaf);
    LiveOn();
    EXPECT_EQ(redis->Send("FLUSHALL"), "+OK");
    LiveOn();
  }
  second_feed->SetDeaf(false);
  LiveOn();
  EXPECT_TRUE(RedisIsCaughtUp());
  StopReadingAndJudge();
}

}  // namespace
}  // namespace perigee::tests
