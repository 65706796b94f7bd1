// Kills the server while clients read insider items: every body that reached a client must have its
// entry in the access log.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "perigee/v1/insider.grpc.pb.h"
#include "perigee/v1/insider_read.grpc.pb.h"
#include "server/core/uuid.h"
#include "tests/faults/plain_sql.h"
#include "tests/faults/programme.h"
#include "tests/faults/sealed_rows.h"
#include "tests/faults/workload.h"
#include "tests/matchers/status.h"
#include "tests/support/paced_reads.h"
#include "tests/support/perigeed.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kRounds = 15;
constexpr int kItems = 20;
constexpr int kReaders = 8;

std::string ItemId(int n) { return absl::StrCat("item-", 100 + n); }

class ItemReadsTest : public testing::Test {
 protected:
  ItemReadsTest() : random_(FaultSeed()) {}

  void SetUp() override {
    ASSERT_EQ(Perigeed::Run("migrate", store_).exit_code, 0);
    ASSERT_THAT(server_.Start(), IsOk());
    const auto channel = server_.Channel("internal");
    const grpc::Status made = MakeFaultProgramme(channel);
    ASSERT_TRUE(made.ok()) << made.error_message();
    const auto stub = v1::InsiderAdminService::NewStub(channel);
    for (int n = 0; n < kItems; ++n) {
      v1::CreateItemRequest create;
      create.set_parent(kFaultProgram);
      create.set_item_id(ItemId(n));
      create.mutable_item()->set_display_name("An item");
      create.mutable_item()->set_kind(v1::InsiderItem::KIND_BRIEFING);
      Do(*stub, &v1::InsiderAdminService::Stub::CreateItem, create);
      v1::OpenItemRequest open;
      open.set_name(FaultName("items", ItemId(n)));
      Do(*stub, &v1::InsiderAdminService::Stub::OpenItem, open);
    }
  }

  // Gives each item its next body, so that no read of the round shares an entry of an earlier one.
  void AddVersions(int round) {
    const auto stub = v1::InsiderAdminService::NewStub(server_.Channel("internal"));
    for (int n = 0; n < kItems; ++n) {
      v1::AddItemVersionRequest add;
      add.set_parent(FaultName("items", ItemId(n)));
      add.set_body(absl::StrCat("What nobody else knows in round ", round, "."));
      Do(*stub, &v1::InsiderAdminService::Stub::AddItemVersion, add);
    }
  }

  // Reads every item as every member, from several threads, until the server is gone.
  void ReadUntilGone(std::atomic<std::size_t>& next,
                     const std::vector<std::pair<int, int>>& members_and_items) {
    const auto stub = v1::InsiderService::NewStub(server_.Channel("public"));
    for (std::size_t i = next++; i < members_and_items.size(); i = next++) {
      const auto& [member, item] = members_and_items[i];
      v1::GetItemRequest request;
      request.set_name(FaultName("items", ItemId(item)));
      request.set_member(FaultMember(member));
      grpc::ClientContext context;
      context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
      v1::OpenedItem opened;
      const grpc::Status status = stub->GetItem(&context, request, &opened);
      if (!status.ok()) {
        ASSERT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << status.error_message();
        ++cut_off_;
        return;
      }
      ASSERT_NE(opened.body(), "");
      const auto& time = opened.read().create_time();
      const std::lock_guard lock(mutex_);
      received_.insert(absl::StrCat(ItemId(item), "|", opened.item().version(), "|",
                                    time.seconds() * 1'000'000 + time.nanos() / 1000, "|",
                                    FaultMemberId(member)));
    }
  }

  void RunRound(int round) {
    AddVersions(round);
    std::vector<std::pair<int, int>> pairs;
    for (int member = 0; member < kFaultMembers; ++member) {
      for (int item = 0; item < kItems; ++item) {
        pairs.emplace_back(member, item);
      }
    }
    std::ranges::shuffle(pairs, random_);
    std::atomic<std::size_t> next{0};
    std::vector<std::jthread> readers;
    for (int n = 0; n < kReaders; ++n) {
      readers.emplace_back([&] { ReadUntilGone(next, pairs); });
    }
    Await(steady_clock::now() + milliseconds(1 + random_() % 100));
    server_.Kill();
    readers.clear();
    ASSERT_THAT(server_.Start(), IsOk());
  }

  // The entries of the log, as they are remembered of bodies.
  std::set<std::string> Logged() const {
    const PlainSqlite sql(file_);
    const SqlRows rows =
        WithIds(ReadMembers(sql),
                sql.Query("SELECT item, version, create_time, member_key FROM insider_item_read"));
    return {rows.begin(), rows.end()};
  }

  template <class Request, class Response>
  void Do(v1::InsiderAdminService::Stub& stub,
          grpc::Status (v1::InsiderAdminService::Stub::*method)(grpc::ClientContext*,
                                                                const Request&, Response*),
          Request request) {
    Uuid id;
    std::ranges::generate(id.bytes, [this] { return static_cast<std::uint8_t>(random_()); });
    request.set_request_id(id.Hex());
    grpc::ClientContext context;
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }

  std::mt19937_64 random_;
  TemporaryFolder folder_;
  const std::string file_ = folder_.File("store.db");
  const std::string store_ = "sqlite:" + file_;
  Perigeed server_{Perigeed::Options{.store = store_}};
  std::mutex mutex_;
  std::set<std::string> received_;
  std::atomic<int> cut_off_{0};
};

TEST_F(ItemReadsTest, EveryBodyThatReachedAClientHasItsEntry) {
  const int rounds = FaultRounds(kRounds);
  std::set<std::string> logged;
  for (int round = 1; round <= rounds && !HasFailure(); ++round) {
    RunRound(round);
    logged = Logged();
    std::vector<std::string> lost;
    std::ranges::set_difference(received_, logged, std::back_inserter(lost));
    ASSERT_TRUE(lost.empty()) << "round " << round << ": " << lost.size() << " of "
                              << received_.size() << " bodies have no entry, such as "
                              << lost.front();
  }
  std::printf("kill -9 in %d rounds: %zu bodies reached a client, %zu entries, %d reads cut off\n",
              rounds, received_.size(), logged.size(), cut_off_.load());
  EXPECT_GT(received_.size(), 0U);
  EXPECT_GT(cut_off_, 0);
  server_.Stop();
  EXPECT_EQ(Perigeed::Run("check", store_).exit_code, 0);
}

}  // namespace
}  // namespace perigee::tests
