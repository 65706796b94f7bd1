// Claims to seats from many clients, over servers that may be killed in the middle.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "clients/load/community.h"
#include "perigee/v1/capital.grpc.pb.h"
#include "perigee/v1/seat.grpc.pb.h"
#include "server/adapters/sql/postgres/postgres_store.h"
#include "server/adapters/sql/sqlite/sqlite_store.h"
#include "server/core/uuid.h"
#include "server/domain/insider/item.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/member/member.h"
#include "server/domain/program/program.h"
#include "server/use_cases/write_and_wait.h"
#include "tests/faults/doors.h"
#include "tests/matchers/status.h"
#include "tests/support/need.h"
#include "tests/support/perigeed.h"
#include "tests/support/postgres_server.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

using std::chrono::milliseconds;

constexpr int kClients = 50;
constexpr int kEach = 4;
constexpr int kClaims = kClients * kEach;
constexpr int kOfSeats = 20;
constexpr std::int64_t kPrice = 40;
constexpr milliseconds kDeadline{20'000};
// When a server is killed, so many claims are answered.
constexpr int kKilledAfter = 60;
constexpr std::uint64_t kSalt = 0x5ea75;
const std::string kProgram = "programs/seats";
const std::string kItem = kProgram + "/items/preview";

std::string MemberId(int n) { return absl::StrCat("m-", n); }

domain::MemberKey KeyOf(int n) {
  domain::MemberKey key;
  key.bytes[0] = 1;
  key.bytes[14] = static_cast<std::uint8_t>(n / 256);
  key.bytes[15] = static_cast<std::uint8_t>(n % 256);
  return key;
}

// The programme, its members and the item. Members claim once each.
ports::Decision MakeProgramme(const ports::UnitContext& unit) {
  ports::Decision decision;
  domain::RecordChanges& records = decision.changes.records;
  records.Put(domain::Program{"seats", "Seats", "UTC", unit.now, unit.now, unit.revision});
  records.PutAll(domain::DefaultAssets(unit.now, unit.revision));
  for (int n = 0; n < kClaims; ++n) {
    domain::Member member;
    member.key = KeyOf(n);
    member.id = MemberId(n);
    member.display_name = member.id;
    member.kinds = {domain::StakeholderKind::kCustomer};
    member.join_time = member.create_time = member.update_time = unit.now;
    member.revision = unit.revision;
    records.Put(member);
  }
  domain::InsiderItem item;
  item.id = "preview";
  item.display_name = "A preview";
  item.seats = kOfSeats;
  item.seat_price = kPrice;
  item.create_time = unit.now;
  item.open_time = unit.now;
  item.revision = unit.revision;
  records.Put(item);
  return decision;
}

absl::Status Fill(ports::Store& store) {
  ports::Unit unit;
  unit.program = "seats";
  unit.now = FromMicros(1'767'571'200'000'000);  // Long past.
  unit.decide = [](ports::StoreReader&, const ports::UnitContext& context) {
    return absl::StatusOr<ports::Decision>(MakeProgramme(context));
  };
  return use_cases::WriteAndWait(store, unit).status();
}

class SeatsFaultTest : public testing::Test {
 protected:
  void Serve(const std::string& store, std::size_t servers) {
    store_ = store;
    doors_ = std::make_unique<Doors>(servers);
    for (std::size_t i = 0; i < servers; ++i) {
      servers_.push_back(std::make_unique<Perigeed>(Perigeed::Options{.store = store}));
      Start(i);
    }
    v1::PostTransfersRequest request;
    request.set_parent(kProgram);
    for (int n = 0; n < kClaims; ++n) {
      v1::Transfer& transfer = *request.add_transfers();
      transfer.set_debit_account(kProgram + "/assets/access/accounts/issued");
      transfer.set_credit_account(
          absl::StrCat(kProgram, "/members/", MemberId(n), "/accounts/access"));
      transfer.set_amount(100);
    }
    request.set_request_id(load::RequestId(kSalt, 1'000'000));
    grpc::ClientContext context;
    v1::PostTransfersResponse response;
    const grpc::Status status = v1::CapitalAdminService::NewStub(servers_[0]->Channel("internal"))
                                    ->PostTransfers(&context, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
  void StartPostgres() {
    std::string reason;
    postgres_ = PostgresServer::Start(reason);
    if (postgres_ == nullptr) {
      PERIGEE_SKIP_OR_FAIL(reason);
    }
  }
  // Serves a new PostgreSQL from two servers.
  void ServeFromTwo() {
    const std::string uri = postgres_->MakeDatabase();
    ASSERT_EQ(Perigeed::Run("migrate", uri).exit_code, 0);
    {
      const auto store = sql::OpenPostgresStore(uri);
      ASSERT_THAT(store, IsOk());
      ASSERT_THAT(Fill(**store), IsOk());
    }
    Serve(uri, 2);
  }
  void Start(std::size_t server) {
    ASSERT_THAT(servers_[server]->Start(), IsOk());
    doors_->Open(server, *servers_[server]);
  }
  void KillAndStart(std::size_t server) {
    doors_->Close(server);
    servers_[server]->Kill();
    Start(server);
  }

  // Sends the request, the same one until it is answered.
  template <class Request>
  v1::InsiderSeat Send(std::size_t preferred, const Request& request,
                       grpc::Status (v1::SeatService::Stub::*method)(grpc::ClientContext*,
                                                                     const Request&,
                                                                     v1::InsiderSeat*)) {
    for (;;) {
      const DoorChannels doors = doors_->Pick(preferred);
      v1::SeatService::Stub stub(doors.public_door);
      grpc::ClientContext context;
      context.set_deadline(std::chrono::system_clock::now() + kDeadline);
      v1::InsiderSeat seat;
      const grpc::Status status = (stub.*method)(&context, request, &seat);
      if (status.ok()) {
        ++answered_;
        return seat;
      }
      if (!MayBeRetried(status)) {
        ADD_FAILURE() << status.error_message();
        return seat;
      }
      doors_->AwaitRetry();
    }
  }
  // Each client claims for its members, one after the other. Answers what each member was told.
  std::vector<v1::InsiderSeat> ClaimAll() {
    std::vector<v1::InsiderSeat> told(kClaims);
    std::vector<std::jthread> clients;
    for (int client = 0; client < kClients; ++client) {
      clients.emplace_back([this, client, &told] {
        for (int n = client * kEach; n < (client + 1) * kEach; ++n) {
          v1::ClaimSeatRequest request;
          request.set_parent(absl::StrCat(kProgram, "/members/", MemberId(n)));
          request.set_item(kItem);
          request.set_request_id(load::RequestId(kSalt, static_cast<std::uint64_t>(n)));
          told[static_cast<std::size_t>(n)] =
              Send(static_cast<std::size_t>(client) % servers_.size(), request,
                   &v1::SeatService::Stub::ClaimSeat);
        }
      });
    }
    clients.clear();
    return told;
  }
  // The same while `fault` happens after some answers.
  std::vector<v1::InsiderSeat> ClaimAllDuring(const std::function<void()>& fault) {
    std::vector<v1::InsiderSeat> told;
    std::jthread claiming([&] { told = ClaimAll(); });
    EXPECT_TRUE(Await([&] { return answered_ >= kKilledAfter; }));
    fault();
    claiming.join();
    return told;
  }

  std::vector<v1::InsiderSeat> List() {
    v1::ListSeatsRequest request;
    request.set_parent(kItem);
    request.set_page_size(1000);
    grpc::ClientContext context;
    v1::ListSeatsResponse response;
    const grpc::Status status = v1::SeatAdminService::NewStub(servers_.back()->Channel("internal"))
                                    ->ListSeats(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return {response.seats().begin(), response.seats().end()};
  }
  std::int64_t Spent() {
    v1::GetAccountRequest request;
    request.set_name(kProgram + "/assets/access/accounts/spent");
    grpc::ClientContext context;
    v1::Account account;
    const grpc::Status status = v1::CapitalService::NewStub(servers_.back()->Channel("public"))
                                    ->GetAccount(&context, request, &account);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return account.balance();
  }

  // The first claims have the seats, the others wait in their order, and each member was told of
  // its own. Then some give their seats back, and the first who wait get them.
  void Look(const std::vector<v1::InsiderSeat>& told) {
    std::vector<v1::InsiderSeat> all = List();
    ASSERT_EQ(all.size(), std::size_t{kClaims});
    for (std::size_t i = 0; i < all.size(); ++i) {
      const bool granted = i < std::size_t{kOfSeats};
      EXPECT_EQ(all[i].state(),
                granted ? v1::InsiderSeat::STATE_GRANTED : v1::InsiderSeat::STATE_WAITING)
          << i;
      EXPECT_EQ(all[i].place(), granted ? 0 : static_cast<int>(i) - kOfSeats + 1) << i;
      EXPECT_EQ(all[i].capture().empty(), !granted) << i;
      EXPECT_EQ(std::ranges::count(told, all[i].name(), &v1::InsiderSeat::name), 1);
    }
    EXPECT_EQ(Spent(), kOfSeats * kPrice);
    constexpr std::size_t kGivenBack = 5;
    for (std::size_t i = 0; i < kGivenBack; ++i) {
      v1::GiveBackSeatRequest request;
      request.set_name(all[i].name());
      request.set_request_id(load::RequestId(kSalt, 2'000'000 + i));
      Send(i % servers_.size(), request, &v1::SeatService::Stub::GiveBackSeat);
    }
    // The due work of one of the servers spends the prices of the next ones.
    EXPECT_TRUE(Await([&] { return Spent() == kOfSeats * kPrice; }));
    all = List();
    for (std::size_t i = 0; i < all.size(); ++i) {
      EXPECT_EQ(all[i].state(), i < kGivenBack              ? v1::InsiderSeat::STATE_GIVEN_BACK
                                : i < kGivenBack + kOfSeats ? v1::InsiderSeat::STATE_GRANTED
                                                            : v1::InsiderSeat::STATE_WAITING)
          << i;
      EXPECT_EQ(all[i].refund().empty(), i >= kGivenBack) << i;
    }
    for (const auto& server : servers_) {
      server->Stop();
    }
    const Outcome check = Perigeed::Run("check", store_);
    EXPECT_EQ(check.exit_code, 0) << check.output;
  }

  TemporaryFolder folder_;
  std::unique_ptr<PostgresServer> postgres_;
  std::string store_;
  std::unique_ptr<Doors> doors_;
  std::vector<std::unique_ptr<Perigeed>> servers_;
  std::atomic<int> answered_{0};
};

TEST_F(SeatsFaultTest, FiftyClientsOverTwoServersGetTwentySeats) {
  StartPostgres();
  if (postgres_ == nullptr) {
    return;
  }
  ASSERT_NO_FATAL_FAILURE(ServeFromTwo());
  Look(ClaimAll());
}

TEST_F(SeatsFaultTest, TwoKilledServersGrantTheSame) {
  StartPostgres();
  if (postgres_ == nullptr) {
    return;
  }
  ASSERT_NO_FATAL_FAILURE(ServeFromTwo());
  Look(ClaimAllDuring([&] {
    KillAndStart(0);
    KillAndStart(1);
  }));
}

TEST_F(SeatsFaultTest, AKilledServerOnSqliteGrantsTheSame) {
  const std::string file = folder_.File("store.db");
  ASSERT_EQ(Perigeed::Run("migrate", "sqlite:" + file).exit_code, 0);
  {
    const auto store = sql::OpenSqliteStore(file);
    ASSERT_THAT(store, IsOk());
    ASSERT_THAT(Fill(**store), IsOk());
  }
  ASSERT_NO_FATAL_FAILURE(Serve("sqlite:" + file, 1));
  Look(ClaimAllDuring([&] { KillAndStart(0); }));
}

}  // namespace
}  // namespace perigee::tests
