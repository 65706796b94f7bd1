#include "server/adapters/boards/redis_boards.h"

#include <chrono>
#include <string>
#include <vector>

#include "tests/conformance/boards/boards_conformance.h"
#include "tests/support/redis_server.h"

namespace perigee::tests {
namespace {

using adapters::RedisBoards;
using adapters::RedisConfig;
using domain::Scheme;
using ports::PeriodKey;
using std::chrono::hours;
using std::chrono::milliseconds;

RedisConfig ConfigOf(const RedisServer& server) {
  RedisConfig config;
  config.socket_path = server.socket_path();
  config.port = server.port();
  // Long enough for a machine that has much else to do; failures show by themselves.
  config.command_timeout = milliseconds(20'000);
  config.backoff_min = milliseconds(0);
  config.backoff_max = milliseconds(0);
  return config;
}

std::unique_ptr<ports::Boards> MakeOnSharedServer(std::string& reason) {
  static std::string why_not;
  static const std::unique_ptr<RedisServer> server = RedisServer::Start(why_not);
  reason = why_not;
  if (server == nullptr || server->Send("FLUSHALL") != "+OK") {
    return nullptr;
  }
  return std::make_unique<RedisBoards>(ConfigOf(*server));
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Redis, BoardsConformance,
                         ::testing::Values(BoardsSubject{"Redis", MakeOnSharedServer}),
                         SubjectName);

namespace {

class RedisBoardsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string reason;
    server_ = RedisServer::Start(reason);
    if (server_ == nullptr) {
      PERIGEE_SKIP_OR_FAIL(reason);
    }
    boards_ = std::make_unique<RedisBoards>(ConfigOf(*server_));
    Fill(1);
  }

  void Fill(domain::Revision revision) {
    ASSERT_THAT(boards_->Replace(key_, MarkAt(revision),
                                 {MakePlace("a", 3), MakePlace("b", 3), MakePlace("c", 1)}),
                IsOk());
  }

  void ExpectNothingIsHeld() {
    ports::Mark mark;
    EXPECT_THAT(boards_->Marked(key_), IsNotHeld());
    EXPECT_THAT(boards_->Top(key_, std::nullopt, 2), IsNotHeld());
    EXPECT_THAT(boards_->Around(key_, "a", 2), IsNotHeld());
    EXPECT_THAT(boards_->Find(key_, std::vector<std::string>{"a", "x"}), IsNotHeld());
    EXPECT_THAT(boards_->Digest(key_, &mark), IsNotHeld());
    EXPECT_THAT(boards_->Apply(key_, MarkAt(1), MarkAt(2), std::vector{Change("a", 9)}),
                IsNotHeld());
  }

  void ExpectAllIsHeldAt(domain::Revision revision) {
    const absl::StatusOr<ports::Slice> slice = boards_->Top(key_, std::nullopt, 10);
    ASSERT_THAT(slice, IsOk());
    EXPECT_EQ(slice->places.size(), 3U);
    EXPECT_EQ(slice->mark, MarkAt(revision));
  }

  void ExpectRebuilds() {
    Fill(5);
    ExpectAllIsHeldAt(5);
  }

  std::unique_ptr<RedisServer> server_;
  std::unique_ptr<RedisBoards> boards_;
  const PeriodKey key_ = KeyOf(Scheme::kDense);
  const std::string prefix_ = "perigee:{acme/top}:7:2026-11-16:2:";
  const std::vector<std::string> parts_ = {"meta", "places", "states", "distinct"};
};

TEST_F(RedisBoardsTest, AFlushedServerHoldsNothing) {
  ASSERT_EQ(server_->Send("FLUSHALL"), "+OK");
  ExpectNothingIsHeld();
  ExpectRebuilds();
}

TEST_F(RedisBoardsTest, AServerThatCameBackEmptyHoldsNothing) {
  ASSERT_TRUE(server_->Restart());
  ExpectNothingIsHeld();
  ExpectRebuilds();
}

TEST_F(RedisBoardsTest, APeriodThatLostOneOfItsKeysIsNotHeld) {
  for (const std::string& part : parts_) {
    SCOPED_TRACE(part);
    ASSERT_EQ(server_->Send("DEL " + prefix_ + part), ":1");
    ExpectNothingIsHeld();
    Fill(1);
  }
  ExpectRebuilds();
}

TEST_F(RedisBoardsTest, APeriodThatLostAnEntryOfAKeyIsNotHeld) {
  ASSERT_EQ(server_->Send("HDEL " + prefix_ + "states a"), ":1");
  ExpectNothingIsHeld();
  Fill(1);
  ASSERT_EQ(server_->Send("ZREMRANGEBYRANK " + prefix_ + "places 1 1"), ":1");
  ExpectNothingIsHeld();
  Fill(1);
  ASSERT_EQ(server_->Send("ZREMRANGEBYRANK " + prefix_ + "distinct 0 0"), ":1");
  ExpectNothingIsHeld();
}

TEST_F(RedisBoardsTest, SomethingElseUnderAKeyIsNotTakenForAPeriod) {
  for (const std::string& part : parts_) {
    SCOPED_TRACE(part);
    ASSERT_EQ(server_->Send("SET " + prefix_ + part + " something"), "+OK");
    ExpectNothingIsHeld();
    Fill(1);
    ASSERT_EQ(server_->Send("DEL " + prefix_ + part), ":1");
    ASSERT_EQ(server_->Send("SADD " + prefix_ + part + " something else"), ":2");
    ExpectNothingIsHeld();
    Fill(1);
  }
  ExpectRebuilds();
}

TEST_F(RedisBoardsTest, AMarkThatIsNoneIsNotTakenForOne) {
  ASSERT_EQ(server_->Send("HSET " + prefix_ + "meta mark 12"), ":0");
  ExpectNothingIsHeld();
  Fill(1);
  ASSERT_EQ(server_->Send("HSET " + prefix_ + "meta count many"), ":0");
  ExpectNothingIsHeld();
}

TEST_F(RedisBoardsTest, TheDigestSeesScoresThatWereMovedBehindItsBack) {
  // The scores of a, b and c are -3, -3 and -1; the member's bytes still say so.
  ASSERT_THAT(server_->Send("ZUNIONSTORE " + prefix_ + "places 1 " + prefix_ + "places WEIGHTS 2"),
              ":3");
  ports::Mark mark;
  EXPECT_THAT(boards_->Digest(key_, &mark), IsNotHeld());
}

TEST_F(RedisBoardsTest, AFullServerIsAwayForWritesAndChangesNothing) {
  ASSERT_EQ(server_->Send("CONFIG SET maxmemory 1"), "+OK");
  // Leaving the board alone would fit: the batch is still refused as a whole.
  EXPECT_THAT(boards_->Apply(key_, MarkAt(1), MarkAt(2), std::vector{Leave("c"), Change("a", 9)}),
              IsAway());
  EXPECT_THAT(boards_->Replace(key_, MarkAt(2), {MakePlace("z", 3)}), IsAway());
  ExpectAllIsHeldAt(1);
  ASSERT_EQ(server_->Send("CONFIG SET maxmemory 0"), "+OK");
  ExpectRebuilds();
}

TEST_F(RedisBoardsTest, AReadOnlyReplicaIsAwayForWrites) {
  ASSERT_EQ(server_->Send("REPLICAOF 127.0.0.1 1"), "+OK");
  EXPECT_THAT(boards_->Apply(key_, MarkAt(1), MarkAt(2), std::vector{Change("a", 9)}), IsAway());
  EXPECT_THAT(boards_->Replace(key_, MarkAt(2), {}), IsAway());
  EXPECT_THAT(boards_->Drop(key_), IsAway());
  ASSERT_EQ(server_->Send("REPLICAOF NO ONE"), "+OK");
  ExpectRebuilds();
}

TEST_F(RedisBoardsTest, AServerThatIsGoneIsAwayAndWorksWhenItIsBack) {
  server_->Stop();
  ports::Mark mark;
  EXPECT_THAT(boards_->Marked(key_), IsAway());
  EXPECT_THAT(boards_->Top(key_, std::nullopt, 2), IsAway());
  EXPECT_THAT(boards_->Around(key_, "a", 2), IsAway());
  EXPECT_THAT(boards_->Find(key_, std::vector<std::string>{"a"}), IsAway());
  EXPECT_THAT(boards_->Digest(key_, &mark), IsAway());
  EXPECT_THAT(boards_->Apply(key_, MarkAt(1), MarkAt(2), {}), IsAway());
  EXPECT_THAT(boards_->Replace(key_, MarkAt(1), {}), IsAway());
  EXPECT_THAT(boards_->Drop(key_), IsAway());
  ASSERT_TRUE(server_->Restart());
  ExpectNothingIsHeld();
  ExpectRebuilds();
}

TEST_F(RedisBoardsTest, AServerThatHangsIsAwayAndWorksWhenItGoesOn) {
  RedisConfig config = ConfigOf(*server_);
  config.command_timeout = milliseconds(30);
  RedisBoards impatient(config);
  server_->Pause();
  EXPECT_THAT(impatient.Top(key_, std::nullopt, 2), IsAway());
  server_->Resume();
  ExpectAllIsHeldAt(1);
}

TEST_F(RedisBoardsTest, AfterAFailureNobodyWaitsForTheServerUntilItIsTimeToTryAgain) {
  RedisConfig config = ConfigOf(*server_);
  config.backoff_min = hours(1);
  config.backoff_max = hours(1);
  RedisBoards patient(config);
  ASSERT_THAT(patient.Marked(key_), IsOk());
  server_->Stop();
  EXPECT_THAT(patient.Marked(key_), IsAway());
  ASSERT_TRUE(server_->Restart());
  EXPECT_THAT(patient.Marked(key_), IsAway());
  EXPECT_THAT(boards_->Marked(key_), IsNotHeld());
}

TEST_F(RedisBoardsTest, AReplaceThatDiesLeavesThePeriodAndItsLeftoversExpire) {
  // All of it but the script that puts it in place.
  ASSERT_EQ(server_->Send("ACL SETUSER default -eval -evalsha"), "+OK");
  EXPECT_THAT(boards_->Replace(key_, MarkAt(2), {MakePlace("z", 1)}), IsAway());
  ASSERT_EQ(server_->Send("ACL SETUSER default +eval +evalsha"), "+OK");
  ExpectAllIsHeldAt(1);
  EXPECT_EQ(server_->Send("DBSIZE"), ":8");
  // Counts the keys that have no time to live.
  EXPECT_EQ(server_->Send("EVAL \"local n = 0 for _, key in ipairs(redis.call('KEYS', '*')) do if "
                          "redis.call('TTL', key) < 0 then n = n + 1 end end return n\" 0"),
            ":4");
}

TEST_F(RedisBoardsTest, AReplaceLeavesNothingBesideThePeriodAndADropNothingAtAll) {
  Fill(2);
  EXPECT_EQ(server_->Send("DBSIZE"), ":4");
  EXPECT_EQ(server_->Send("TTL " + prefix_ + "places"), ":-1");
  EXPECT_EQ(server_->Send("TTL " + prefix_ + "meta"), ":-1");
  EXPECT_THAT(boards_->Drop(key_), IsOk());
  EXPECT_EQ(server_->Send("DBSIZE"), ":0");
}

TEST_F(RedisBoardsTest, AServerThatForgotTheScriptsIsToldThemAgain) {
  ExpectAllIsHeldAt(1);
  ASSERT_EQ(server_->Send("SCRIPT FLUSH"), "+OK");
  ExpectAllIsHeldAt(1);
}

TEST(RedisBoardsOverTcpTest, ServesAsThroughASocket) {
  std::string reason;
  const std::unique_ptr<RedisServer> server = RedisServer::Start(reason, RedisServer::Door::kPort);
  if (server == nullptr) {
    PERIGEE_SKIP_OR_FAIL(reason);
  }
  RedisBoards boards(ConfigOf(*server));
  const PeriodKey key = KeyOf(Scheme::kOrdinal);
  ASSERT_THAT(boards.Replace(key, MarkAt(1), {MakePlace("a", 3)}), IsOk());
  const absl::StatusOr<ports::Slice> slice = boards.Top(key, std::nullopt, 5);
  ASSERT_THAT(slice, IsOk());
  EXPECT_EQ(slice->places.size(), 1U);
}

}  // namespace
}  // namespace perigee::tests
