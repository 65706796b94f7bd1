#include <cstdint>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "server/core/status_macros.h"
#include "server/domain/insider/item.h"
#include "server/use_cases/insider/gate.h"
#include "server/use_cases/insider/seats.h"
#include "tests/adapters/sql/postgres/postgres_servers.h"

namespace perigee::tests {
namespace {

using domain::SeatState;
using use_cases::SeatView;

// What two servers grant at once.
class SeatServersTest : public PostgresServersTest {
 protected:
  static std::string IdOf(std::uint32_t i) { return "m" + std::to_string(i); }

  void Make(std::uint32_t members, int seats) {
    ASSERT_THAT(Write(*first_, ProgramUnit("demo")), IsOk());
    ASSERT_THAT(Write(*first_, UnitOf([&](auto&, const auto& unit) {
                  use_cases::Decided<int> decided;
                  domain::InsiderItem item;
                  item.id = "preview";
                  item.display_name = "A preview";
                  item.seats = seats;
                  item.open_time = item.create_time = unit.now;
                  item.revision = unit.revision;
                  decided.changes.records.Put(item);
                  for (std::uint32_t i = 0; i < members; ++i) {
                    decided.changes.records.Put(MakeMember(1000 + i, IdOf(i), unit.revision));
                  }
                  return absl::StatusOr<use_cases::Decided<int>>(std::move(decided));
                })),
                IsOk());
  }
  static ports::Unit Claiming(std::uint32_t i) {
    return UnitOf([i](auto& reader, const auto& unit) {
      return use_cases::ClaimSeat(reader, unit, "demo", IdOf(i), "preview");
    });
  }
  std::vector<SeatView> AllSeats() const {
    std::vector<SeatView> all;
    EXPECT_THAT(second_->Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(const domain::InsiderItem item,
                               use_cases::RequireItem(reader, "demo", "preview"));
      PERIGEE_ASSIGN_OR_RETURN(all, use_cases::SeatsOf(reader, "demo", item, kStart));
      return absl::OkStatus();
    }),
                IsOk());
    return all;
  }
};

// 50 clients at two servers make 200 claims.
TEST_F(SeatServersTest, TwentySeatsAreGrantedInTheOrderOfTheClaims) {
  constexpr std::uint32_t kClients = 50;
  constexpr std::uint32_t kEach = 4;
  constexpr std::size_t kOfSeats = 20;
  Make(kClients * kEach, static_cast<int>(kOfSeats));
  std::vector<std::future<std::vector<absl::Status>>> clients;
  for (std::uint32_t client = 0; client < kClients; ++client) {
    clients.push_back(std::async(std::launch::async, [&, client] {
      std::vector<absl::Status> answers;
      for (std::uint32_t n = 0; n < kEach; ++n) {
        answers.push_back(
            Write(client % 2 == 0 ? *first_ : *second_, Claiming(client * kEach + n)).status());
      }
      return answers;
    }));
  }
  for (auto& client : clients) {
    for (const absl::Status& answer : client.get()) {
      EXPECT_THAT(answer, IsOk());
    }
  }
  ExpectWholeJournal("demo");
  const std::vector<SeatView> all = AllSeats();
  ASSERT_EQ(all.size(), std::size_t{kClients * kEach});
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].state, i < kOfSeats ? SeatState::kGranted : SeatState::kWaiting) << i;
    EXPECT_EQ(all[i].place, i < kOfSeats ? 0 : static_cast<int>(i - kOfSeats + 1)) << i;
  }
}

}  // namespace
}  // namespace perigee::tests
