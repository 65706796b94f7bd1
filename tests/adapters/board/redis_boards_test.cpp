#include "server/adapters/board/redis_boards.h"

#include <chrono>
#include <string>
#include <vector>

#include "server/adapters/board/redis_encoding.h"
#include "tests/conformance/board/boards_conformance.h"
#include "tests/support/redis_server.h"

namespace perigee::tests {
namespace {

using adapters::RedisBoards;
using adapters::RedisConfig;
using domain::Scheme;
using ports::PeriodKey;
using std::chrono::hours;
using std::chrono::milliseconds;

constexpr SealKey kIdsKey = {7};

RedisConfig ConfigOf(const RedisServer& server) {
  RedisConfig config;
  config.socket_path = server.socket_path();
  config.port = server.port();
  // The timeout is long enough for a busy machine; failures do not wait for it.
  config.command_timeout = milliseconds(20'000);
  config.backoff_min = milliseconds(0);
  config.backoff_max = milliseconds(0);
  return config;
}

std::unique_ptr<ports::BoardCopies> MakeOnSharedServer(std::string& reason) {
  static std::string why_not;
  static const std::unique_ptr<RedisServer> server = RedisServer::Start(why_not);
  reason = why_not;
  if (server == nullptr || server->Send("FLUSHALL") != "+OK") {
    return nullptr;
  }
  return std::make_unique<RedisBoards>(ConfigOf(*server), kIdsKey);
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Redis, BoardCopiesConformance,
                         ::testing::Values(BoardCopiesSubject{"Redis", MakeOnSharedServer}),
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
    boards_ = std::make_unique<RedisBoards>(ConfigOf(*server_), kIdsKey);
    Fill(1);
  }

  void Fill(domain::Revision revision) {
    ASSERT_THAT(boards_->Replace(key_, MarkAt(revision),
                                 {MakePlace("a", 3), MakePlace("b", 3), MakePlace("c", 1)}),
                IsOk());
  }

  std::string SealedId(const std::string& id) const {
    return RedisServer::Word(adapters::SealId(kIdsKey, key_, id));
  }

  void ExpectNothingIsHeld() {
    EXPECT_THAT(boards_->Marked(key_), IsNotHeld());
    EXPECT_THAT(boards_->ReadAll(key_), IsNotHeld());
    EXPECT_THAT(boards_->Apply(key_, MarkAt(1), MarkAt(2), std::vector{Change("a", 9)}),
                IsNotHeld());
  }

  void ExpectAllIsHeldAt(domain::Revision revision) {
    const absl::StatusOr<ports::PeriodCopy> copy = boards_->ReadAll(key_);
    ASSERT_THAT(copy, IsOk());
    EXPECT_EQ(copy->places.size(), 3U);
    EXPECT_EQ(copy->mark, MarkAt(revision));
  }

  // Checks the time to live of both keys.
  void ExpectLivesFor(std::chrono::seconds life) {
    for (const std::string& part : parts_) {
      const std::string ttl = server_->Send("TTL " + prefix_ + part);
      ASSERT_TRUE(ttl.starts_with(":"));
      EXPECT_LE(std::stoll(ttl.substr(1)), life.count());
      EXPECT_GT(std::stoll(ttl.substr(1)), life.count() - 3600);
    }
  }

  void ExpectRebuilds() {
    Fill(5);
    ExpectAllIsHeldAt(5);
  }

  std::unique_ptr<RedisServer> server_;
  std::unique_ptr<RedisBoards> boards_;
  const PeriodKey key_ = KeyOf(Scheme::kDense);
  const std::string prefix_ = "perigee:{acme/top}:7:2026-11-16:2:";
  const std::vector<std::string> parts_ = {"meta", "places"};
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
  ASSERT_EQ(server_->Send("HDEL " + prefix_ + "places " + SealedId("a")), ":1");
  ExpectNothingIsHeld();
  Fill(1);
  ASSERT_EQ(server_->Send("HDEL " + prefix_ + "meta mark"), ":1");
  ExpectNothingIsHeld();
  Fill(1);
  ASSERT_EQ(server_->Send("HDEL " + prefix_ + "meta count"), ":1");
  ExpectNothingIsHeld();
}

TEST_F(RedisBoardsTest, RedisDoesNotKnowWhoStandsOnABoard) {
  ASSERT_THAT(boards_->Apply(key_, MarkAt(1), MarkAt(2), std::vector{Change("d", 9)}), IsOk());
  for (const std::string id : {"a", "d"}) {
    EXPECT_EQ(server_->Send("HEXISTS " + prefix_ + "places " + id), ":0");
    EXPECT_EQ(server_->Send("HEXISTS " + prefix_ + "places " + SealedId(id)), ":1");
  }
  // Another key opens nothing, and nothing is taken for a period.
  RedisBoards others(ConfigOf(*server_), SealKey{8});
  EXPECT_THAT(others.ReadAll(key_), IsNotHeld());
  EXPECT_EQ(boards_->ReadAll(key_)->places.size(), 4U);
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

TEST_F(RedisBoardsTest, AMalformedMarkIsNotTakenForAMark) {
  ASSERT_EQ(server_->Send("HSET " + prefix_ + "meta mark 12"), ":0");
  ExpectNothingIsHeld();
  Fill(1);
  ASSERT_EQ(server_->Send("HSET " + prefix_ + "meta count many"), ":0");
  ExpectNothingIsHeld();
}

TEST_F(RedisBoardsTest, AReadComesFromThePlacesThemselves) {
  ASSERT_EQ(server_->Send("HSET " + prefix_ + "places " + SealedId("a") + " 0123456789abcdef"),
            ":0");
  absl::StatusOr<ports::PeriodCopy> copy = boards_->ReadAll(key_);
  ASSERT_THAT(copy, IsOk());
  ASSERT_EQ(copy->places.size(), 3U);
  EXPECT_NE(domain::DigestOf(copy->places),
            domain::DigestOf({{MakePlace("a", 3), MakePlace("b", 3), MakePlace("c", 1)}}));
  ASSERT_EQ(server_->Send("HSET " + prefix_ + "places " + SealedId("a") + " 3"), ":0");
  EXPECT_THAT(boards_->ReadAll(key_), IsNotHeld());
}

TEST_F(RedisBoardsTest, AFullServerIsAwayForWritesAndChangesNothing) {
  ASSERT_EQ(server_->Send("CONFIG SET maxmemory 1"), "+OK");
  // The leave alone would fit, but the batch is refused as a whole.
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

TEST_F(RedisBoardsTest, AStoppedServerIsAwayUntilItIsBack) {
  server_->Stop();
  EXPECT_THAT(boards_->Marked(key_), IsAway());
  EXPECT_THAT(boards_->ReadAll(key_), IsAway());
  EXPECT_THAT(boards_->Apply(key_, MarkAt(1), MarkAt(2), {}), IsAway());
  EXPECT_THAT(boards_->Replace(key_, MarkAt(1), {}), IsAway());
  EXPECT_THAT(boards_->Drop(key_), IsAway());
  ASSERT_TRUE(server_->Restart());
  ExpectNothingIsHeld();
  ExpectRebuilds();
}

TEST_F(RedisBoardsTest, AHangingServerIsAwayUntilItGoesOn) {
  RedisConfig config = ConfigOf(*server_);
  config.command_timeout = milliseconds(30);
  RedisBoards impatient(config, kIdsKey);
  server_->Pause();
  EXPECT_THAT(impatient.ReadAll(key_), IsAway());
  server_->Resume();
  ExpectAllIsHeldAt(1);
}

TEST_F(RedisBoardsTest, AFailedServerIsLeftAloneUntilItsPauseEnds) {
  RedisConfig config = ConfigOf(*server_);
  config.backoff_min = hours(1);
  config.backoff_max = hours(1);
  RedisBoards patient(config, kIdsKey);
  ASSERT_THAT(patient.Marked(key_), IsOk());
  server_->Stop();
  EXPECT_THAT(patient.Marked(key_), IsAway());
  ASSERT_TRUE(server_->Restart());
  EXPECT_THAT(patient.Marked(key_), IsAway());
  EXPECT_THAT(boards_->Marked(key_), IsNotHeld());
}

TEST_F(RedisBoardsTest, AFailedReplaceLeavesThePeriodAlone) {
  // Everything works but the script that puts the period in place. The keys left behind expire.
  ASSERT_EQ(server_->Send("ACL SETUSER default -eval -evalsha"), "+OK");
  EXPECT_THAT(boards_->Replace(key_, MarkAt(2), {MakePlace("z", 1)}), IsAway());
  ASSERT_EQ(server_->Send("ACL SETUSER default +eval +evalsha"), "+OK");
  ExpectAllIsHeldAt(1);
  EXPECT_EQ(server_->Send("DBSIZE"), ":4");
  // Counts the keys that expire within a minute.
  EXPECT_EQ(server_->Send("EVAL \"local n = 0 for _, key in ipairs(redis.call('KEYS', '*')) do "
                          "local ttl = redis.call('TTL', key) if ttl >= 0 and ttl <= 60 then "
                          "n = n + 1 end end return n\" 0"),
            ":2");
}

TEST_F(RedisBoardsTest, ReplaceAndDropLeaveNothingBehind) {
  Fill(2);
  EXPECT_EQ(server_->Send("DBSIZE"), ":2");
  EXPECT_THAT(boards_->Drop(key_), IsOk());
  EXPECT_EQ(server_->Send("DBSIZE"), ":0");
}

TEST_F(RedisBoardsTest, AnUntouchedPeriodExpires) {
  const auto grow_old = [&] {
    for (const std::string& part : parts_) {
      ASSERT_EQ(server_->Send("EXPIRE " + prefix_ + part + " 4000"), ":1");
    }
    ExpectLivesFor(std::chrono::seconds(4000));
  };
  ExpectLivesFor(RedisBoards::kLife);
  grow_old();
  Fill(2);
  ExpectLivesFor(RedisBoards::kLife);
  grow_old();
  EXPECT_THAT(boards_->Apply(key_, MarkAt(2), MarkAt(3), std::vector{Change("a", 9)}), IsOk());
  ExpectLivesFor(RedisBoards::kLife);
  grow_old();
  EXPECT_THAT(boards_->Apply(key_, MarkAt(3), MarkAt(4), {}), IsOk());
  ExpectLivesFor(RedisBoards::kLife);

  // The move makes one of the keys.
  EXPECT_THAT(boards_->Replace(key_, MarkAt(5), {}), IsOk());
  EXPECT_THAT(boards_->Apply(key_, MarkAt(5), MarkAt(6), std::vector{Change("a", 9)}), IsOk());
  ExpectLivesFor(RedisBoards::kLife);
  for (const std::string& part : parts_) {
    ASSERT_EQ(server_->Send("EXPIRE " + prefix_ + part + " 0"), ":1");
  }
  ExpectNothingIsHeld();
}

TEST_F(RedisBoardsTest, AHalfFinishedScriptLeavesNoWholePeriod) {
  for (const std::string command : {"hdel", "expire"}) {
    ASSERT_EQ(server_->Send("ACL SETUSER default -" + command), "+OK");
    EXPECT_FALSE(
        boards_->Apply(key_, MarkAt(1), MarkAt(2), std::vector{Change("a", 9), Leave("c")}).ok());
    ASSERT_EQ(server_->Send("ACL SETUSER default +" + command), "+OK");
    ExpectNothingIsHeld();
    Fill(1);
  }
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
  RedisBoards boards(ConfigOf(*server), kIdsKey);
  const PeriodKey key = KeyOf(Scheme::kOrdinal);
  ASSERT_THAT(boards.Replace(key, MarkAt(1), {MakePlace("a", 3)}), IsOk());
  const absl::StatusOr<ports::PeriodCopy> copy = boards.ReadAll(key);
  ASSERT_THAT(copy, IsOk());
  EXPECT_EQ(copy->places.size(), 1U);
}

}  // namespace
}  // namespace perigee::tests
