#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <future>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

#include "clients/load/community.h"
#include "clients/load/engine.h"
#include "perigee/v1/activity.grpc.pb.h"
#include "perigee/v1/board.grpc.pb.h"
#include "server/domain/member/member.h"
#include "tests/e2e/board_model.h"
#include "tests/matchers/status.h"
#include "tests/support/need.h"
#include "tests/support/paced_reads.h"
#include "tests/support/perigeed.h"
#include "tests/support/redis_server.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

using google::protobuf::util::TimeUtil;
using std::chrono::milliseconds;

constexpr int kMembers = 300;
constexpr int kPage = 20;
constexpr int kChannels = 4;
constexpr milliseconds kPace{1};
constexpr std::size_t kReadsOfAPhase = 4000;
constexpr std::chrono::seconds kPatience{30};

const load::Community& OurCommunity() {
  static const load::Community kCommunity{"programs/fire", kMembers};
  return kCommunity;
}

std::string AnyMember(std::size_t n) { return OurCommunity().Member(n * 104729); }

// Reads in turn the top, the neighbours of a member, and a few members by name.
ReadRequest RequestNumber(std::size_t n) {
  if (n % 3 == 0) {
    v1::ListEntriesRequest top;
    top.set_parent(OurCommunity().Period());
    top.set_page_size(kPage);
    return top;
  }
  if (n % 3 == 1) {
    v1::ListEntriesAroundRequest around;
    around.set_parent(OurCommunity().Period());
    around.set_member(AnyMember(n));
    around.set_page_size(kPage);
    return around;
  }
  v1::BatchGetEntriesRequest batch;
  batch.set_parent(OurCommunity().Period());
  for (std::size_t i = 0; i < 5; ++i) {
    batch.add_members(AnyMember(n + i));
  }
  return batch;
}

// One earned amount, and the revision that holds it.
struct Earned {
  std::string member;
  std::int64_t amount = 0;
  Time time{};
  std::int64_t revision = 0;
};

struct Tally {
  std::size_t reads = 0;
  std::size_t errors = 0;
  std::size_t wrong = 0;
  std::size_t older_than_seen = 0;
  std::vector<std::chrono::nanoseconds> latencies;
  std::string example;  // One of the wrong answers.

  double Milliseconds(double quantile) {
    std::ranges::sort(latencies);
    const auto place = static_cast<std::size_t>(quantile * static_cast<double>(reads - 1));
    return std::chrono::duration<double, std::milli>(latencies[place]).count();
  }
};

// Compares every answer with the board at the revision that it names.
void Judge(const std::deque<BoardRead>& reads, BoardModel& model, const std::vector<Earned>& earned,
           Tally& tally) {
  std::vector<const BoardRead*> by_revision;
  for (const BoardRead& read : reads) {
    ++tally.reads;
    tally.latencies.push_back(read.latency);
    if (!read.status.ok()) {
      ++tally.errors;
      tally.example = read.status.error_message();
      continue;
    }
    tally.older_than_seen += read.response.revision() < read.seen_before ? 1 : 0;
    by_revision.push_back(&read);
  }
  std::ranges::stable_sort(by_revision, {},
                           [](const BoardRead* read) { return read->response.revision(); });
  auto next = earned.begin();
  for (const BoardRead* read : by_revision) {
    for (; next != earned.end() && next->revision <= read->response.revision(); ++next) {
      model.Earn(next->member, next->amount, next->time);
      model.StandAt(next->revision);
    }
    v1::ListEntriesResponse page = read->response;
    page.clear_next_page_token();
    const v1::ListEntriesResponse expected =
        std::visit([&](const auto& request) { return model.Expected(request); }, read->request);
    if (page.SerializeAsString() != expected.SerializeAsString()) {
      ++tally.wrong;
      tally.example =
          "expected " + expected.ShortDebugString() + " but got " + page.ShortDebugString();
    }
  }
}

class BoardFireTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string reason;
    redis_ = RedisServer::Start(reason);
    if (redis_ == nullptr) {
      PERIGEE_SKIP_OR_FAIL(reason);
    }
    ASSERT_EQ(Perigeed::Run("migrate", store_).exit_code, 0);
    server_.emplace(Perigeed::Options{.store = store_, .redis = "unix:" + redis_->socket_path()});
    ASSERT_THAT(server_->Start(), IsOk());
    ASSERT_THAT(load::FillCommunity(server_->Address("public"), server_->Address("internal"),
                                    OurCommunity()),
                IsOk());
    channels_ = load::Connect(server_->Address("public"), kChannels);
    internal_ = server_->Channel("internal");
    ASSERT_TRUE(EventuallyInRedis());
  }

  v1::ListEntriesResponse WholeBoard() {
    v1::ListEntriesRequest request;
    request.set_parent(OurCommunity().Period());
    request.set_page_size(1000);
    grpc::ClientContext context;
    v1::ListEntriesResponse whole;
    const grpc::Status status =
        v1::BoardService::NewStub(channels_[0])->ListEntries(&context, request, &whole);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return whole;
  }

  v1::VerifyBoardResponse Verify() {
    v1::VerifyBoardRequest request;
    request.set_name(OurCommunity().Period());
    grpc::ClientContext context;
    v1::VerifyBoardResponse response;
    const grpc::Status status =
        v1::BoardAdminService::NewStub(internal_)->VerifyBoard(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  // Waits until reads alone have brought the board into Redis, without a verification.
  bool EventuallyInRedis() {
    const SteadyTime end = std::chrono::steady_clock::now() + kPatience;
    PacedReads reads(channels_, milliseconds(10),
                     [](std::size_t n) { return RequestNumber(3 * n + 1); });
    while (redis_->Send("DBSIZE") == ":0" && std::chrono::steady_clock::now() < end) {
      reads.Run(1);
    }
    return redis_->Send("DBSIZE") != ":0";
  }

  // Empties Redis several times, kills it, and starts it again empty, all within a phase.
  void SetOnFire(SteadyTime begin) {
    for (const int at : {400, 800, 1200, 1600}) {
      Await(begin + milliseconds(at));
      EXPECT_EQ(redis_->Send("FLUSHALL"), "+OK");
    }
    Await(begin + milliseconds(2000));
    redis_->Stop();
    Await(begin + milliseconds(2800));
    EXPECT_TRUE(redis_->Restart());
    EXPECT_EQ(redis_->Send("PING"), "+PONG");
    Await(begin + milliseconds(3600));
    EXPECT_EQ(redis_->Send("FLUSHALL"), "+OK");
  }

  // Members overtake others or draw level with them until `going_on` is false.
  std::vector<Earned> EarnWhile(const std::atomic<bool>& going_on, BoardModel model) {
    const Time begin = model.Ranked().front().place.score.reach_time;
    const auto stub = v1::ActivityAdminService::NewStub(internal_);
    std::vector<Earned> earned;
    for (std::size_t n = 0; going_on; ++n) {
      const std::size_t position = n * 7919 % kMembers;
      const domain::Place& own = model.Ranked()[position].place;
      const domain::Place& other = model.Ranked()[position / 2].place;
      // Two members earn at the same time, so that some are equal in all but their ids.
      earned.push_back({own.member_id,
                        std::max<std::int64_t>(1, other.score.score - own.score.score),
                        begin + std::chrono::seconds(1) + milliseconds(n / 2)});
      v1::RecordActivityRequest request;
      request.set_parent(OurCommunity().program);
      request.mutable_activity()->set_type("work");
      request.mutable_activity()->set_actor(earned.back().member);
      request.mutable_activity()->set_quantity(earned.back().amount);
      request.mutable_activity()->set_source("fire");
      request.mutable_activity()->set_source_event_id(std::to_string(n));
      *request.mutable_activity()->mutable_occur_time() =
          TimeUtil::MicrosecondsToTimestamp(ToMicros(earned.back().time));
      grpc::ClientContext context;
      v1::RecordActivityResponse response;
      const grpc::Status status = stub->RecordActivity(&context, request, &response);
      EXPECT_TRUE(status.ok()) << status.error_message();
      earned.back().revision = response.activity().revision();
      model.Earn(earned.back().member, earned.back().amount, earned.back().time);
    }
    return earned;
  }

  TemporaryFolder folder_;
  std::unique_ptr<RedisServer> redis_;
  const std::string store_ = "sqlite:" + folder_.File("store.db");
  std::optional<Perigeed> server_;
  std::vector<std::shared_ptr<grpc::Channel>> channels_;
  std::shared_ptr<grpc::Channel> internal_;
};

TEST_F(BoardFireTest, NoReadFailsOrShowsAWrongPageWhileRedisBurns) {
  BoardModel model(WholeBoard());
  ASSERT_EQ(model.Ranked().size(), kMembers);
  Tally tally;

  PacedReads still(channels_, kPace, RequestNumber);
  auto reading = std::async(std::launch::async, [&] { still.Run(kReadsOfAPhase); });
  SetOnFire(std::chrono::steady_clock::now());
  reading.get();
  Judge(still.reads(), model, {}, tally);

  std::atomic<bool> going_on{true};
  auto writing = std::async(std::launch::async, [&] { return EarnWhile(going_on, model); });
  PacedReads moving(channels_, kPace, RequestNumber);
  reading = std::async(std::launch::async, [&] { moving.Run(kReadsOfAPhase); });
  SetOnFire(std::chrono::steady_clock::now());
  reading.get();
  going_on = false;
  const std::vector<Earned> earned = writing.get();
  Judge(moving.reads(), model, earned, tally);

  ASSERT_TRUE(EventuallyInRedis());
  const v1::VerifyBoardResponse verified = Verify();
  ASSERT_EQ(verified.caches_size(), 2);
  for (const auto& cache : verified.caches()) {
    EXPECT_TRUE(cache.equal()) << cache.cache();
  }
  EXPECT_EQ(verified.store().count(), kMembers);
  EXPECT_EQ(verified.revision(), earned.back().revision);

  std::cout << "reads " << tally.reads << ", errors " << tally.errors << ", wrong " << tally.wrong
            << ", older than seen " << tally.older_than_seen << ", writes " << earned.size()
            << ", rebuilds of Redis "
            << server_->Metric("perigee_board_rebuild_seconds_count{cache=\"redis\"}") << ", p50 "
            << tally.Milliseconds(0.5) << " ms, p99 " << tally.Milliseconds(0.99) << " ms\n";
  EXPECT_EQ(tally.reads, 2 * kReadsOfAPhase);
  EXPECT_EQ(tally.errors, 0U) << tally.example;
  EXPECT_EQ(tally.wrong, 0U) << tally.example;
  EXPECT_EQ(tally.older_than_seen, 0U);
  server_->Stop();
  EXPECT_EQ(Perigeed::Run("check", store_).exit_code, 0);
}

}  // namespace
}  // namespace perigee::tests
