#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <future>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "clients/load/community.h"
#include "perigee/v1/audit.grpc.pb.h"
#include "perigee/v1/board.grpc.pb.h"
#include "tests/faults/programme.h"
#include "tests/faults/writes.h"
#include "tests/matchers/status.h"
#include "tests/support/need.h"
#include "tests/support/paced_reads.h"
#include "tests/support/perigeed.h"
#include "tests/support/postgres_server.h"
#include "tests/support/process.h"
#include "tests/support/redis_server.h"

namespace perigee::tests {
namespace {

using google::protobuf::util::TimeUtil;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{60};
constexpr milliseconds kDeadline{20'000};
// A watcher receives at most one page in 20 ms.
constexpr milliseconds kWritePace{50};
// A server gives a sign of life each 1.5 s. It counts as gone after 6 s without one, and another
// server notices that at its own next sign.
constexpr std::chrono::seconds kTakeOverMax{10};
const std::string kBoard = absl::StrCat(kFaultProgram, "/boards/all/periods/current");

double Milliseconds(steady_clock::duration took) {
  return std::chrono::duration<double, std::milli>(took).count();
}

// The revisions of a watched board, and the times at which each was first seen or passed.
class Watcher {
 public:
  explicit Watcher(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(v1::BoardService::NewStub(channel)), thread_([this] { Run(); }) {}
  ~Watcher() {
    context_.TryCancel();
    thread_.join();
  }
  // The time at which the revision was seen; after kPatience, the present time.
  steady_clock::time_point Seen(std::int64_t revision) {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, kPatience,
                      [&] { return !seen_.empty() && seen_.rbegin()->first >= revision; });
    const auto it = seen_.lower_bound(revision);
    return it == seen_.end() ? steady_clock::now() : it->second;
  }

 private:
  void Run() {
    v1::WatchBoardRequest request;
    request.set_name(kBoard);
    request.set_page_size(100);
    const auto stream = stub_->WatchBoard(&context_, request);
    v1::WatchBoardResponse message;
    while (stream->Read(&message)) {
      const std::lock_guard lock(mutex_);
      seen_.try_emplace(message.page().revision(), steady_clock::now());
      arrived_.notify_all();
    }
  }

  std::unique_ptr<v1::BoardService::Stub> stub_;
  grpc::ClientContext context_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::map<std::int64_t, steady_clock::time_point> seen_;
  std::thread thread_;
};

v1::RecordActivityRequest Kudos(int n) {
  v1::RecordActivityRequest request;
  request.set_parent(kFaultProgram);
  v1::Activity& activity = *request.mutable_activity();
  activity.set_type("kudos");
  activity.set_actor(FaultMember(n % kFaultMembers));
  activity.set_recipient(FaultMember((n + 1) % kFaultMembers));
  activity.set_quantity(1);
  activity.set_source("test");
  activity.set_source_event_id(absl::StrCat("kudos-", n));
  return request;
}

v1::PostTransfersRequest Gift(int n) {
  v1::PostTransfersRequest request;
  request.set_parent(kFaultProgram);
  request.set_request_id(load::RequestId(1, static_cast<std::uint64_t>(n)));
  v1::Transfer& transfer = *request.add_transfers();
  transfer.set_debit_account(FaultOwnAccount("points", "issued"));
  transfer.set_credit_account(FaultAccount(n % kFaultMembers, "points"));
  transfer.set_amount(1 + n);
  return request;
}

// Two servers on one PostgreSQL and one Redis.
class SeveralServersTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string reason;
    postgres_ = PostgresServer::Start(reason);
    redis_ = postgres_ == nullptr ? nullptr : RedisServer::Start(reason);
    if (redis_ == nullptr) {
      PERIGEE_SKIP_OR_FAIL(reason);
    }
    uri_ = postgres_->MakeDatabase();
    ASSERT_EQ(Perigeed::Run("migrate", uri_).exit_code, 0);
    for (auto& server : servers_) {
      server = std::make_unique<Perigeed>(
          Perigeed::Options{.store = uri_, .redis = "unix:" + redis_->socket_path()});
      ASSERT_THAT(server->Start(), IsOk());
    }
    ASSERT_TRUE(MakeFaultProgramme(servers_[0]->Channel("internal")).ok());
  }
  void TearDown() override {
    watchers_ = {};
    if (!uri_.empty()) {
      const auto check = Perigeed::Run("check", uri_);
      EXPECT_EQ(check.exit_code, 0) << check.output;
    }
  }

  std::string Sql(const std::string& sql) const { return RunSql(uri_, sql); }
  double Held(std::size_t server) const {
    return servers_[server]->Metric("perigee_lease_held{job=\"due\"}");
  }
  // The time until the server holds the lease of what falls due.
  milliseconds TimeUntilHeld(std::size_t server) const {
    const auto start = steady_clock::now();
    EXPECT_TRUE(Await([&] { return Held(server) == 1; }));
    return std::chrono::floor<milliseconds>(steady_clock::now() - start);
  }
  // Writes through the first server at a steady pace, and prints how long after each answer the
  // watchers of both servers saw the write.
  void MeasureWatch(const std::string& what, int count) {
    const auto channel = servers_[0]->Channel("internal");
    std::vector<std::pair<std::int64_t, steady_clock::time_point>> answers;
    auto due = steady_clock::now();
    for (int i = 0; i < count; ++i) {
      const Answer answer = Send(channel, Kudos(++writes_), kDeadline);
      ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
      answers.emplace_back(answer.revision, steady_clock::now());
      Await(due += kWritePace);
    }
    for (std::size_t server = 0; server < servers_.size(); ++server) {
      std::vector<double> took;
      for (const auto& [revision, answered] : answers) {
        took.push_back(std::max(0.0, Milliseconds(watchers_[server]->Seen(revision) - answered)));
      }
      std::ranges::sort(took);
      const auto at = [&](std::size_t percent) { return took[took.size() * percent / 100]; };
      std::cout << what << ", seen after the answer on the " << (server == 0 ? "same" : "other")
                << " server: p50 " << at(50) << " ms, p99 " << at(99) << " ms, max " << took.back()
                << " ms\n";
      EXPECT_LT(at(50), 500);
      EXPECT_LT(took.back(), 10'000);
    }
  }

  std::unique_ptr<PostgresServer> postgres_;
  std::unique_ptr<RedisServer> redis_;
  std::string uri_;
  std::array<std::unique_ptr<Perigeed>, 2> servers_;
  std::array<std::unique_ptr<Watcher>, 2> watchers_;
  int writes_ = 0;
};

TEST_F(SeveralServersTest, AWatcherSeesWritesThroughTheOtherServer) {
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    watchers_[i] = std::make_unique<Watcher>(servers_[i]->Channel("public"));
  }
  MeasureWatch("as a rule", 200);
  EXPECT_EQ(Sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE application_name = 'perigeed heads'"),
            "2");
  MeasureWatch("after the listeners were cut off", 100);
  EXPECT_TRUE(Await([&] {
    return Sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'perigeed heads'") ==
           "2";
  }));
}

TEST_F(SeveralServersTest, TheOtherServerReadsAWriteByItsRevision) {
  const auto here = servers_[0]->Channel("internal");
  const auto boards = v1::BoardService::NewStub(servers_[1]->Channel("public"));
  for (int n = 1; n <= 50; ++n) {
    const Answer answer = Send(here, Kudos(n), kDeadline);
    ASSERT_TRUE(answer.status.ok());
    grpc::ClientContext context;
    v1::ListEntriesRequest request;
    request.set_parent(kBoard);
    request.set_min_revision(answer.revision);
    v1::ListEntriesResponse page;
    const grpc::Status read = boards->ListEntries(&context, request, &page);
    ASSERT_TRUE(read.ok()) << read.error_message();
    EXPECT_GE(page.revision(), answer.revision);
  }
}

// Each entry is told once, whichever server wrote it, and also after the server that told it was
// killed.
TEST_F(SeveralServersTest, AnAuditorHearsOfEachEntryOnce) {
  const std::array channels = {servers_[0]->Channel("internal"), servers_[1]->Channel("internal")};
  v1::WatchAuditEntriesRequest request;
  request.set_parent(kFaultProgram);
  request.set_after_revision(0);
  std::vector<std::int64_t> seen;
  const auto watch_to = [&](std::size_t server, std::int64_t revision) {
    const auto stub = v1::AuditAdminService::NewStub(channels[server]);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kPatience);
    const auto stream = stub->WatchAuditEntries(&context, request);
    v1::WatchAuditEntriesResponse message;
    while ((seen.empty() || seen.back() < revision) && stream->Read(&message)) {
      request.set_after_revision(message.revision());
      if (!message.heartbeat()) {
        seen.push_back(message.audit_entry().revision());
      }
    }
    context.TryCancel();
    stream->Finish();
  };
  std::int64_t head = std::stoll(Sql("SELECT head_revision FROM program"));
  watch_to(0, head);
  // The watch of the first server is open while both servers write.
  auto watching = std::async(std::launch::async, [&] { watch_to(0, head + 40); });
  for (int n = 1; n <= 20; ++n) {
    EXPECT_TRUE(Send(channels[0], Gift(n), kDeadline).status.ok());
    EXPECT_TRUE(Send(channels[1], Kudos(n), kDeadline).status.ok());
  }
  watching.get();
  servers_[0]->Kill();
  EXPECT_TRUE(Send(channels[1], Gift(21), kDeadline).status.ok());
  ASSERT_THAT(servers_[0]->Start(), IsOk());
  EXPECT_TRUE(Send(channels[1], Gift(22), kDeadline).status.ok());
  watch_to(1, head + 42);
  std::vector<std::int64_t> all(static_cast<std::size_t>(head + 42));
  std::iota(all.begin(), all.end(), 1);
  EXPECT_EQ(seen, all);
}

TEST_F(SeveralServersTest, ARequestSentToBothServersTakesEffectOnce) {
  const std::array channels = {servers_[0]->Channel("internal"), servers_[1]->Channel("internal")};
  constexpr int kRequests = 60;
  const auto send_all = [&](std::size_t server) {
    std::vector<Answer> answers;
    for (int n = 1; n <= kRequests; ++n) {
      answers.push_back(Send(channels[server], Gift(n), kDeadline));
      answers.push_back(Send(channels[server], Kudos(n), kDeadline));
    }
    return answers;
  };
  const auto before = Sql("SELECT count(*) FROM transfer");
  auto other = std::async(std::launch::async, [&] { return send_all(1); });
  const std::vector<Answer> one = send_all(0);
  const std::vector<Answer> two = other.get();
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_TRUE(one[i].status.ok()) << one[i].status.error_message();
    EXPECT_TRUE(two[i].status.ok()) << two[i].status.error_message();
    EXPECT_EQ(one[i].bytes, two[i].bytes);
    EXPECT_NE(one[i].replayed, two[i].replayed);
  }
  // Each request makes one transfer. The servers have entries of their own beside those of
  // requests.
  EXPECT_EQ(Sql("SELECT count(*) - " + before + " FROM transfer"), std::to_string(2 * kRequests));
  EXPECT_EQ(Sql("SELECT count(*) = max(revision) FROM journal"), "t");
}

TEST_F(SeveralServersTest, AServerTakesOverTheJobsOfALostOne) {
  ASSERT_TRUE(Await([&] { return Held(0) + Held(1) == 1; }));
  const std::size_t holder = Held(0) == 1 ? 0 : 1;
  const std::size_t other = 1 - holder;
  constexpr int kHolds = 30;
  v1::PostTransfersRequest gifts = Gift(0);
  v1::PostTransfersRequest holds = Gift(1);
  gifts.mutable_transfers(0)->set_amount(kHolds);
  holds.clear_transfers();
  for (int n = 0; n < kHolds; ++n) {
    v1::Transfer& hold = *holds.add_transfers();
    hold.set_debit_account(FaultAccount(0, "points"));
    hold.set_credit_account(FaultOwnAccount("points", "spent"));
    hold.set_amount(1);
    hold.set_kind(v1::Transfer::KIND_PENDING);
    *hold.mutable_expire_time() =
        TimeUtil::GetCurrentTime() + TimeUtil::SecondsToDuration(4 + n % 3);
  }
  ASSERT_TRUE(Send(servers_[other]->Channel("internal"), gifts, kDeadline).status.ok());
  const Answer held = Send(servers_[other]->Channel("internal"), holds, kDeadline);
  ASSERT_TRUE(held.status.ok()) << held.status.error_message();

  kill(servers_[holder]->pid(), SIGSTOP);
  const milliseconds after_stop = TimeUntilHeld(other);
  EXPECT_TRUE(Await([&] { return Sql("SELECT count(*) FROM due WHERE kind = 1") == "0"; }));
  kill(servers_[holder]->pid(), SIGCONT);
  EXPECT_TRUE(Await([&] { return Held(holder) == 0; }));
  EXPECT_EQ(Held(other), 1);
  EXPECT_EQ(Sql("SELECT count(*) FROM transfer WHERE kind = 5"), std::to_string(kHolds));

  servers_[other]->Kill();
  const milliseconds after_kill = TimeUntilHeld(holder);
  ASSERT_THAT(servers_[other]->Start(), IsOk());
  servers_[holder]->Stop();
  const milliseconds after_end = TimeUntilHeld(other);
  std::cout << "jobs taken over after SIGSTOP: " << after_stop.count()
            << " ms, kill -9: " << after_kill.count() << " ms, a clean end: " << after_end.count()
            << " ms\n";
  // The bounds allow for a slow machine.
  EXPECT_LT(after_stop, 3 * kTakeOverMax);
  EXPECT_LT(after_kill, 3 * kTakeOverMax);
  EXPECT_LT(after_end, kTakeOverMax);
}

}  // namespace
}  // namespace perigee::tests
