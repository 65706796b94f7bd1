#include "server/jobs/board/shared_boards.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
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
#include "server/adapters/board/redis_encoding.h"
#include "server/core/status_macros.h"
#include "server/jobs/board/period_closer.h"
#include "server/ports/journal/journal_reader.h"
#include "tests/jobs/programme.h"
#include "tests/matchers/status.h"
#include "tests/support/need.h"
#include "tests/support/redis_server.h"

namespace perigee::tests {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

// A programme that shares its boards through a real Redis.
class SharedBoardsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string reason;
    redis = RedisServer::Start(reason);
    if (redis == nullptr) {
      PERIGEE_SKIP_OR_FAIL(reason);
    }
    adapters::RedisConfig config;
    config.socket_path = redis->socket_path();
    config.command_timeout = milliseconds(100);
    config.backoff_min = milliseconds(1);
    config.backoff_max = milliseconds(2);
    boards = std::make_unique<adapters::RedisBoards>(config, SealKey{});
    Begin(*boards);
  }

  void Begin(ports::BoardCopies& shared) {
    programme = std::make_unique<Programme>(&shared);
    for (const std::string member : {"ada", "bob", "cyd", "dee"}) {
      programme->AddMember(member);
    }
    programme->PutBoard(MakeBoard("daily", domain::Cadence::kDay));
    key = {"demo", "daily", programme->head, "2026-11-21", domain::Scheme::kCompetition};
  }

  testing::AssertionResult CaughtUp() {
    return programme->Eventually([&] {
      const auto there = boards->Marked(key);
      return there.ok() && *there == *programme->memory().Marked(key) &&
             programme->telemetry.redis_up;
    });
  }
  Time now() { return programme->clock.Now(); }
  ports::Mark MarkAt(domain::Revision revision) {
    ports::Mark mark{revision, {}};
    programme->Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(const auto hash, reader.journal().HashAt("demo", revision));
      mark.hash = *hash;
      return absl::OkStatus();
    });
    return mark;
  }
  std::vector<domain::Place> PlacesAt(domain::Revision revision) {
    std::vector<domain::Place> places;
    for (const domain::RankedPlace& ranked : programme->Truth("daily", "current", revision)) {
      places.push_back(ranked.place);
    }
    return places;
  }

  std::unique_ptr<RedisServer> redis;
  std::unique_ptr<adapters::RedisBoards> boards;
  std::unique_ptr<Programme> programme;
  ports::PeriodKey key;
};

TEST_F(SharedBoardsTest, APeriodIsTakenFromTheSharedCacheAndCaughtUp) {
  programme->Earn("ada", 5, now());
  const domain::Revision then = programme->head;
  // The copy in Redis differs from the store, so that the answer shows its source.
  ASSERT_THAT(boards->Replace(key, MarkAt(then), {{"ada", {50, now()}}, {"bob", {7, now()}}}),
              IsOk());
  programme->Earn("ada", 2, now());
  ASSERT_TRUE(programme->Eventually([&] { return programme->telemetry.redis_up.load(); }));
  std::vector<std::pair<std::string, std::int64_t>> served;
  for (const domain::RankedPlace& ranked : programme->Served("daily")) {
    served.emplace_back(ranked.place.member_id, ranked.place.score.score);
  }
  EXPECT_THAT(served, testing::ElementsAre(testing::Pair("ada", 52), testing::Pair("bob", 7)));
}

TEST_F(SharedBoardsTest, MergesAreInTheCopyToo) {
  programme->Earn("ada", 5, now());
  programme->Earn("bob", 4, now());
  programme->Served("daily");
  ASSERT_TRUE(CaughtUp());
  for (const std::string head : {"ada", "", "cyd", "dee", ""}) {
    programme->SetHead("bob", head);
    programme->Earn("bob", 1, now());
    programme->Served("daily");
    ASSERT_TRUE(CaughtUp());
    EXPECT_THAT(boards->ReadAll(key)->places,
                testing::UnorderedElementsAreArray(PlacesAt(programme->head)));
  }
}

// The copy is of a time when other members were one person.
TEST_F(SharedBoardsTest, ACopyFromBeforeAMergeIsCaughtUp) {
  programme->Earn("ada", 5, now());
  programme->Earn("bob", 4, now());
  programme->SetHead("bob", "ada");
  const domain::Revision then = programme->head;
  ASSERT_THAT(boards->Replace(key, MarkAt(then), PlacesAt(then)), IsOk());
  programme->Earn("bob", 1, now());
  programme->SetHead("bob", "");
  programme->SetHead("bob", "cyd");
  ASSERT_TRUE(programme->Eventually([&] { return programme->telemetry.redis_up.load(); }));
  EXPECT_EQ(programme->Served("daily"), programme->Truth("daily"));
  EXPECT_EQ(programme->telemetry.rebuilt("redis"), 0);
}

TEST_F(SharedBoardsTest, APeriodInRedisIsReadOnceTheStoreIsBack) {
  programme->Earn("ada", 5, now());
  ASSERT_THAT(boards->Replace(key, MarkAt(programme->head), PlacesAt(programme->head)), IsOk());
  const ports::BoardView::Query query = programme->Ask("daily");
  ASSERT_TRUE(programme->Eventually([&] { return programme->telemetry.redis_up.load(); }));
  programme->boards_store().SetDown(true);
  EXPECT_THAT(programme->view().Top(query, std::nullopt, 1), HasReason(Reason::kStoreUnavailable));
  programme->boards_store().SetDown(false);
  EXPECT_EQ(programme->Served("daily"), programme->Truth("daily"));
}

TEST_F(SharedBoardsTest, AReadOfAPeriodThatCannotCatchUpSaysWhy) {
  // The next read finds the period in place.
  programme->Earn("ada", 5, now());
  ASSERT_THAT(boards->Replace(key, MarkAt(programme->head), PlacesAt(programme->head)), IsOk());
  // The boards are not told of the change, so that only the pass that the test waits for comes in
  // between.
  programme->feed().SetDeaf(true);
  programme->Earn("ada", 2, now());
  const ports::BoardView::Query query = programme->Ask("daily");
  ASSERT_TRUE(programme->Eventually([&] { return programme->telemetry.redis_up.load(); }));
  // The first two reads ask whether the copy is worth it, and for the definition.
  programme->boards_store().FailRead(3);
  EXPECT_THAT(programme->view().Top(query, std::nullopt, 1), HasReason(Reason::kStoreUnavailable));
  const auto slice = programme->view().Top(query, std::nullopt, 1);
  ASSERT_THAT(slice, IsOk());
  EXPECT_EQ(slice->places.front().place.score.score, 7);
}

TEST_F(SharedBoardsTest, AMemberWithoutARowLeavesRedis) {
  const domain::TransferId earned = programme->Earn("ada", 5, now());
  programme->Earn("bob", 7, now());
  EXPECT_EQ(programme->Served("daily").size(), 2U);
  ASSERT_TRUE(CaughtUp());
  programme->EraseRow("ada");
  programme->Reverse(earned, 2);
  EXPECT_EQ(programme->Served("daily").size(), 1U);
  ASSERT_TRUE(CaughtUp());
  const absl::StatusOr<ports::PeriodCopy> copy = boards->ReadAll(key);
  ASSERT_THAT(copy, IsOk());
  ASSERT_EQ(copy->places.size(), 1U);
  EXPECT_EQ(copy->places[0].member_id, "bob");
}

TEST_F(SharedBoardsTest, ADeletedProgrammeLeavesRedis) {
  programme->Earn("ada", 5, now());
  EXPECT_EQ(programme->Served("daily").size(), 1U);
  ASSERT_TRUE(CaughtUp());
  const domain::Revision before = programme->head;
  std::promise<void> forgotten;
  std::atomic<bool> heard{false};
  const auto listening = programme->view().Subscribe("demo", "daily", [&] {
    if (!programme->memory().Marked(key).ok() && !heard.exchange(true)) {
      forgotten.set_value();
    }
  });
  programme->Earn("bob", 4, now());  // Its move waits for others.
  programme->Ask("daily");
  programme->Delete();
  forgotten.get_future().wait();
  EXPECT_TRUE(
      programme->Eventually([&] { return absl::IsNotFound(boards->Marked(key).status()); }));
  EXPECT_LE(programme->telemetry.projected("redis"), before) << "figures of a deleted programme";
}

TEST_F(SharedBoardsTest, AReadTakesOffAMemberWhomOnlyRedisKnew) {
  const domain::TransferId earned = programme->Earn("ada", 5, now());
  programme->Earn("bob", 7, now());
  // Another server wrote this copy, and is gone.
  ASSERT_THAT(boards->Replace(key, MarkAt(programme->head), PlacesAt(programme->head)), IsOk());
  const domain::MemberKey ada = programme->KeyOf("ada");
  programme->EraseRow("ada");
  programme->Reverse(earned, 2);
  ASSERT_THAT(programme->directory().Refresh("demo", {&ada, 1}), IsOk());
  EXPECT_EQ(programme->directory().FindId("demo", ada), std::nullopt);
  ASSERT_TRUE(programme->Eventually([&] { return programme->telemetry.redis_up.load(); }));
  const auto served = programme->Served("daily");
  ASSERT_EQ(served.size(), 1U);
  EXPECT_EQ(served[0].place.member_id, "bob");
  ASSERT_TRUE(CaughtUp());
  const absl::StatusOr<ports::PeriodCopy> copy = boards->ReadAll(key);
  ASSERT_THAT(copy, IsOk());
  ASSERT_EQ(copy->places.size(), 1U);
  EXPECT_EQ(copy->places[0].member_id, "bob");
}

TEST_F(SharedBoardsTest, ACopyOfAnotherJournalIsReplacedAndNeverShown) {
  programme->Earn("ada", 5, now());
  ports::Mark foreign{programme->head, {}};
  foreign.hash.fill(7);
  ASSERT_THAT(boards->Replace(key, foreign, {{"bob", {9, now()}}}), IsOk());
  EXPECT_EQ(programme->Served("daily"), programme->Truth("daily"));
  ASSERT_TRUE(CaughtUp());
  EXPECT_EQ(programme->Served("daily"), programme->Truth("daily"));
  EXPECT_TRUE(programme->Eventually([&] { return programme->telemetry.rebuilt("redis") == 1; }));
}

TEST_F(SharedBoardsTest, ACopyThatLagsIsCaughtUpNotBuiltAnew) {
  programme->Earn("ada", 5, now());
  const domain::TransferId lost = programme->Earn("bob", 4, now());
  const domain::Revision then = programme->head;
  ASSERT_THAT(boards->Replace(key, MarkAt(then), PlacesAt(then)), IsOk());
  programme->Reverse(lost);
  programme->Earn("cyd", 2, now());
  programme->ChangeMember("ada", [](domain::Member& member) { member.board_opt_out = true; });

  EXPECT_EQ(programme->Served("daily"), programme->Truth("daily"));
  ASSERT_TRUE(CaughtUp());
  EXPECT_EQ(programme->telemetry.rebuilt("redis"), 0);
  domain::Revision revision = 0;
  const auto compared = programme->view().Verify(programme->Ask("daily"), &revision);
  ASSERT_THAT(compared, IsOk());
  ASSERT_EQ(compared->size(), 3U);
  EXPECT_EQ((*compared)[2].cache, "redis");
  EXPECT_TRUE((*compared)[2].equal);
}

TEST_F(SharedBoardsTest, AVerificationMendsAChangedCopy) {
  programme->Earn("ada", 5, now());
  programme->Served("daily");
  ASSERT_TRUE(CaughtUp());
  ASSERT_THAT(boards->Replace(key, *boards->Marked(key), {{"bob", {9, now()}}}), IsOk());

  domain::Revision revision = 0;
  auto compared = programme->view().Verify(programme->Ask("daily"), &revision);
  ASSERT_EQ(compared->size(), 3U);
  EXPECT_TRUE((*compared)[1].equal);
  EXPECT_FALSE((*compared)[2].equal);
  compared = programme->view().Verify(programme->Ask("daily"), &revision);
  EXPECT_TRUE((*compared)[2].equal);
}

TEST_F(SharedBoardsTest, AVerificationMendsADamagedCopy) {
  programme->Earn("ada", 5, now());
  programme->Served("daily");
  ASSERT_TRUE(CaughtUp());
  const std::string places =
      "perigee:{demo/daily}:" + std::to_string(key.epoch) + ":2026-11-21:1:places";
  const std::string ada = RedisServer::Word(adapters::SealId(SealKey{}, key, "ada"));
  ASSERT_EQ(redis->Send("HSET " + places + " " + ada + " nonsense"), ":0");

  domain::Revision revision = 0;
  EXPECT_EQ(programme->view().Verify(programme->Ask("daily"), &revision)->size(), 2U);
  const auto compared = programme->view().Verify(programme->Ask("daily"), &revision);
  ASSERT_EQ(compared->size(), 3U);
  EXPECT_TRUE((*compared)[2].equal);
}

TEST_F(SharedBoardsTest, ACopyThatExpiredIsPutBackByTheNextMove) {
  programme->Earn("ada", 5, now());
  programme->Served("daily");
  ASSERT_TRUE(CaughtUp());
  for (const std::string part : {"meta", "places"}) {
    ASSERT_EQ(redis->Send("EXPIRE perigee:{demo/daily}:" + std::to_string(key.epoch) +
                          ":2026-11-21:1:" + part + " 0"),
              ":1");
  }
  EXPECT_TRUE(absl::IsNotFound(boards->Marked(key).status()));
  programme->Earn("bob", 4, now());
  EXPECT_TRUE(CaughtUp());
}

TEST_F(SharedBoardsTest, AFailedMendIsTriedAgainWithTheNextMove) {
  programme->Earn("ada", 5, now());
  const domain::Revision then = programme->head;
  programme->Earn("ada", 1, now());
  programme->Served("daily");
  ASSERT_TRUE(CaughtUp());
  ASSERT_THAT(boards->Drop(key), IsOk());
  ASSERT_THAT(boards->Replace(key, MarkAt(then), PlacesAt(then)), IsOk());

  programme->boards_store().FailRead(2);  // The first read is that of the pass.
  programme->Earn("bob", 1, now());
  ASSERT_TRUE(programme->Eventually([&] { return programme->boards_store().failed_calls() == 1; }));
  programme->Earn("bob", 2, now());
  EXPECT_TRUE(CaughtUp());
}

// Copies in Redis that count moves, with a hook before a mark is looked at and one before all
// places are read.
class WatchedBoards final : public ports::BoardCopies {
 public:
  WatchedBoards(
      ports::BoardCopies& boards, std::function<void()> before_a_look,
      std::function<void()> before_reading = [] {})
      : boards_(boards),
        before_a_look_(std::move(before_a_look)),
        before_reading_(std::move(before_reading)) {}

  absl::StatusOr<ports::Mark> Marked(const ports::PeriodKey& key) override {
    before_a_look_();
    return boards_.Marked(key);
  }
  absl::Status Replace(const ports::PeriodKey& key, const ports::Mark& mark,
                       std::vector<domain::Place> places) override {
    return boards_.Replace(key, mark, std::move(places));
  }
  absl::Status Apply(const ports::PeriodKey& key, const ports::Mark& from, const ports::Mark& to,
                     std::span<const ports::ScoreChange> changes) override {
    ++moves;
    return boards_.Apply(key, from, to, changes);
  }
  absl::Status Drop(const ports::PeriodKey& key) override { return boards_.Drop(key); }
  absl::StatusOr<ports::PeriodCopy> ReadAll(const ports::PeriodKey& key) override {
    before_reading_();
    return boards_.ReadAll(key);
  }

  std::atomic<int> moves{0};

 private:
  ports::BoardCopies& boards_;
  const std::function<void()> before_a_look_;
  const std::function<void()> before_reading_;
};

TEST_F(SharedBoardsTest, ACopyReplacedDuringAReadIsJudgedAnew) {
  // Another server replaces the copy after this one looked at its mark, before it reads the places.
  for (const bool ours : {true, false}) {
    std::atomic<bool> looked{false};
    WatchedBoards watched(
        *boards, [] {},
        [&] {
          if (!looked.exchange(true)) {
            ports::Mark mark = MarkAt(programme->head);
            mark.hash[0] ^= ours ? 0 : 1;
            EXPECT_THAT(boards->Replace(key, mark, {{"dee", {70, now()}}}), IsOk());
          }
        });
    programme.reset();
    Begin(watched);
    programme->Earn("ada", 5, now());
    ASSERT_THAT(boards->Replace(key, MarkAt(programme->head), {{"bob", {60, now()}}}), IsOk());
    programme->Earn("ada", 2, now());
    ASSERT_TRUE(programme->Eventually([&] { return programme->telemetry.redis_up.load(); }));
    // The copy in Redis differs from the store, so that the answer shows its source.
    const std::vector<domain::RankedPlace> served = programme->Served("daily");
    ASSERT_FALSE(served.empty());
    EXPECT_TRUE(looked);
    EXPECT_EQ(served.front().place.member_id, ours ? "dee" : "ada");
    programme.reset();
    ASSERT_EQ(redis->Send("FLUSHALL"), "+OK");
  }
}

TEST_F(SharedBoardsTest, ManyWritesMoveACopyOnce) {
  WatchedBoards watched(*boards, [] {});
  programme.reset();
  Begin(watched);
  programme->Earn("ada", 5, now());
  programme->Served("daily");
  ASSERT_TRUE(CaughtUp());
  const int before = watched.moves;
  programme->Earn("ada", 1, now());
  programme->Earn("bob", 2, now());
  programme->Earn("ada", 3, now());
  programme->Ask("daily");  // Waits until the memory has all of them.
  EXPECT_TRUE(CaughtUp());
  EXPECT_EQ(watched.moves, before + 1);
  EXPECT_EQ(domain::DigestOf(boards->ReadAll(key)->places),
            domain::DigestOf(PlacesAt(programme->head)));
  programme.reset();
}

TEST_F(SharedBoardsTest, APeriodReadBeforeRedisIsFoundIsSharedToo) {
  std::promise<void> gate;
  const std::shared_future<void> opened = gate.get_future();
  WatchedBoards gated(*boards, [&] { opened.wait(); });
  programme.reset();
  Begin(gated);
  programme->Earn("ada", 5, now());
  EXPECT_EQ(programme->Served("daily"), programme->Truth("daily"));
  gate.set_value();
  EXPECT_TRUE(CaughtUp());
  programme.reset();
}

TEST_F(SharedBoardsTest, AMemberWhoCameAndWentInOnePassLeavesRedis) {
  std::promise<void> gate;
  const std::shared_future<void> opened = gate.get_future();
  WatchedBoards gated(*boards, [&] { opened.wait(); });
  programme.reset();
  Begin(gated);
  programme->Earn("bob", 1, now());
  EXPECT_EQ(programme->Served("daily").size(), 1U);
  programme->feed().SetDeaf(true);
  programme->Earn("ada", 5, now());
  // Another server wrote this copy, and follows the journal no further.
  ASSERT_THAT(boards->Replace(key, MarkAt(programme->head), PlacesAt(programme->head)), IsOk());
  gate.set_value();
  ASSERT_TRUE(programme->Eventually([&] { return programme->telemetry.redis_up.load(); }));
  programme->ChangeMember("ada", [](domain::Member& member) { member.board_opt_out = true; });
  EXPECT_EQ(programme->Served("daily").size(), 1U);
  ASSERT_TRUE(CaughtUp());
  const absl::StatusOr<ports::PeriodCopy> copy = boards->ReadAll(key);
  ASSERT_THAT(copy, IsOk());
  EXPECT_EQ(domain::DigestOf(copy->places), domain::DigestOf(PlacesAt(programme->head)));
  programme.reset();
}

TEST_F(SharedBoardsTest, ACopyMovedDuringAVerificationIsNotCalledWrong) {
  std::atomic<bool> verifying{false};
  WatchedBoards watched(*boards, [&] {
    if (verifying.exchange(false)) {
      programme->Earn("bob", 7, now());
      EXPECT_THAT(boards->Replace(key, MarkAt(programme->head), PlacesAt(programme->head)), IsOk());
    }
  });
  programme.reset();
  Begin(watched);
  programme->Earn("ada", 5, now());
  programme->Served("daily");
  ASSERT_TRUE(CaughtUp());

  verifying = true;
  domain::Revision revision = 0;
  auto compared = programme->view().Verify(programme->Ask("daily"), &revision);
  ASSERT_THAT(compared, IsOk());
  EXPECT_LT(revision, programme->head);
  EXPECT_EQ(compared->size(), 2U);
  compared = programme->view().Verify(programme->Ask("daily"), &revision);
  ASSERT_EQ(compared->size(), 3U);
  EXPECT_TRUE((*compared)[2].equal);
  programme.reset();
}

TEST_F(SharedBoardsTest, AnOlderPeriodStaysOutOfRedis) {
  // Only the present period and the one before it are shared.
  programme->Earn("ada", 5, now() - hours(24 * 5));
  programme->Served("daily", "2026-11-16");
  programme->Served("daily");
  ASSERT_TRUE(CaughtUp());
  ports::PeriodKey old = key;
  old.period = "2026-11-16";
  EXPECT_TRUE(absl::IsNotFound(boards->Marked(old).status()));
}

TEST_F(SharedBoardsTest, BoardsStayRightWhileRedisIsAway) {
  programme->Earn("ada", 5, now());
  programme->Served("daily");
  ASSERT_TRUE(CaughtUp());
  redis->Stop();
  programme->Earn("bob", 6, now());
  EXPECT_EQ(programme->Served("daily"), programme->Truth("daily"));
  EXPECT_EQ(programme->Served("daily"), programme->Truth("daily"));
  EXPECT_TRUE(programme->Eventually([&] { return !programme->telemetry.redis_up; }));

  ASSERT_TRUE(redis->Restart());
  EXPECT_TRUE(CaughtUp());
  EXPECT_EQ(programme->Served("daily"), programme->Truth("daily"));
}

// Reads all the time, and keeps its answers.
class Reader {
 public:
  Reader(Programme& programme, const ports::BoardView::Query& query)
      : thread_([this, &programme, query] {
          while (!done_) {
            absl::StatusOr<ports::ViewSlice> slice = programme.view().Top(query, std::nullopt, 100);
            ++reads_;
            if (!slice.ok()) {
              failures_.push_back(slice.status().ToString());
            } else if (seen_.empty() || seen_.back().revision != slice->revision ||
                       seen_.back().places != slice->places) {
              seen_.push_back(*std::move(slice));
            }
          }
        }) {}

  void Stop() {
    done_ = true;
    thread_.join();
  }
  int reads() const { return reads_; }
  const std::vector<ports::ViewSlice>& seen() const { return seen_; }
  const std::vector<std::string>& failures() const { return failures_; }

 private:
  std::atomic<bool> done_{false};
  std::atomic<int> reads_{0};
  std::vector<ports::ViewSlice> seen_;
  std::vector<std::string> failures_;
  std::thread thread_;
};

TEST_F(SharedBoardsTest, ReadsStayRightWhateverHappensToRedis) {
  programme->Earn("ada", 1, now());
  programme->Served("daily");
  ASSERT_TRUE(CaughtUp());
  ports::BoardView::Query query = programme->Ask("daily");
  query.min_revision = 0;
  Reader reader(*programme, query);
  const auto live_on = [&] {
    const int enough = reader.reads() + 50;
    int i = 0;
    EXPECT_TRUE(programme->Eventually([&] {
      programme->Earn(i % 2 == 0 ? "bob" : "cyd", 1 + i % 3, now() - hours(i % 20));
      return ++i >= 10 && reader.reads() >= enough;
    }));
  };
  for (int round = 0; round < 3; ++round) {
    live_on();
    EXPECT_EQ(redis->Send("FLUSHALL"), "+OK");
    live_on();
    EXPECT_TRUE(CaughtUp());
    redis->Pause();
    live_on();
    redis->Resume();
    live_on();
    EXPECT_TRUE(CaughtUp());
    redis->Stop();
    live_on();
    ASSERT_TRUE(redis->Restart());
    live_on();
    EXPECT_TRUE(CaughtUp());
  }
  reader.Stop();

  EXPECT_THAT(reader.failures(), testing::IsEmpty());
  std::map<domain::Revision, std::vector<domain::RankedPlace>> truths;
  for (const ports::ViewSlice& slice : reader.seen()) {
    if (!truths.contains(slice.revision)) {
      truths[slice.revision] = programme->Truth("daily", "current", slice.revision);
    }
    ASSERT_EQ(slice.places, truths[slice.revision]) << "at revision " << slice.revision;
  }
  domain::Revision revision = 0;
  const auto compared = programme->view().Verify(programme->Ask("daily"), &revision);
  ASSERT_THAT(compared, IsOk());
  ASSERT_EQ(compared->size(), 3U);
  EXPECT_TRUE((*compared)[1].equal);
  EXPECT_TRUE((*compared)[2].equal);
}

TEST_F(SharedBoardsTest, AFinalPeriodLeavesRedisWhileItIsRead) {
  programme->PutBoard(MakeBoard("weekly", domain::Cadence::kWeek));
  key = {"demo", "weekly", programme->head, "2026-11-16", domain::Scheme::kCompetition};
  programme->Earn("ada", 5, now());
  programme->Earn("bob", 3, now());
  programme->clock.Advance(hours(24 * 5));
  const auto truth = programme->Truth("weekly", key.period);
  EXPECT_EQ(programme->Served("weekly", key.period), truth);
  ASSERT_TRUE(CaughtUp());

  Reader reader(*programme, programme->Ask("weekly", key.period));
  programme->DoWhatIsDue();
  const int enough = reader.reads() + 50;
  EXPECT_TRUE(programme->Eventually([&] { return reader.reads() >= enough; }));
  reader.Stop();
  programme->Earn("cyd", 1, now());
  EXPECT_TRUE(
      programme->Eventually([&] { return absl::IsNotFound(boards->Marked(key).status()); }));

  EXPECT_THAT(reader.failures(), testing::IsEmpty());
  for (const ports::ViewSlice& slice : reader.seen()) {
    EXPECT_EQ(slice.places, truth);
  }
}

}  // namespace
}  // namespace perigee::tests
