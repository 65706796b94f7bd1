#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "server/core/civil_time.h"
#include "server/core/status_macros.h"
#include "server/domain/insider/item.h"
#include "server/domain/ledger/ledger.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/insider/gate.h"
#include "server/use_cases/insider/seats.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/support/race.h"

namespace perigee::tests {
namespace {

using domain::SeatState;
using use_cases::SeatView;

constexpr int kPrice = 40;
const std::string kAccess(domain::kSeatAsset);

domain::MemberKey KeyOf(int i) { return NumberedId(static_cast<std::uint32_t>(1000 + i)); }
std::string IdOf(int i) { return "m" + std::to_string(i); }

// An open item with so many seats, and the members m0, m1 … who have 100 of `access` each, in a
// programme that is there.
ports::Unit MakeInsiders(int members, int seats) {
  return UnitOf(
      [members, seats](ports::StoreReader&,
                       const ports::UnitContext& unit) -> absl::StatusOr<use_cases::Decided<int>> {
        use_cases::Decided<int> decided;
        domain::InsiderItem item;
        item.id = "preview";
        item.display_name = "A preview";
        item.seats = seats;
        item.seat_price = kPrice;
        item.open_time = item.create_time = unit.now;
        item.revision = unit.revision;
        decided.changes.records.Put(item);
        for (int i = 0; i < members; ++i) {
          decided.changes.records.Put(
              MakeMember(static_cast<std::uint32_t>(1000 + i), IdOf(i), unit.revision));
        }
        return decided;
      });
}
ports::Unit PayAll(int members) {
  return UnitOf(
      [members](ports::StoreReader& reader,
                const ports::UnitContext& unit) -> absl::StatusOr<use_cases::Decided<int>> {
        domain::LedgerUnit ledger(reader.ledger().Books(kProgram), Zone::Utc(), unit.revision,
                                  unit.now);
        for (int i = 0; i < members; ++i) {
          domain::TransferDraft draft;
          draft.debit = ProgramAccount(domain::kIssuedAccount, kAccess);
          draft.credit = MemberAccount(KeyOf(i), kAccess);
          draft.amount = 100;
          PERIGEE_RETURN_IF_ERROR(ledger.Post(draft).status());
        }
        use_cases::Decided<int> decided;
        decided.changes.ledger = ledger.Take();
        return decided;
      });
}
ports::Unit Claiming(int i) {
  return UnitOf([i](auto& reader, const auto& unit) {
    return use_cases::ClaimSeat(reader, unit, kProgram, IdOf(i), "preview");
  });
}

absl::StatusOr<std::vector<SeatView>> AllSeats(ports::StoreReader& reader) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::InsiderItem item,
                           use_cases::RequireItem(reader, kProgram, "preview"));
  return use_cases::SeatsOf(reader, kProgram, item, kStart);
}

// Those that are due: what a job does.
ports::Unit Settling() {
  return UnitOf([](ports::StoreReader& reader,
                   const ports::UnitContext& unit) -> absl::StatusOr<use_cases::Decided<int>> {
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<domain::Seat> due,
        reader.records().List<domain::Seat>(kProgram, {{"item", "preview"}}, nullptr, 1000));
    std::erase_if(due, [&](const domain::Seat& claim) {
      return !claim.due_time.has_value() || *claim.due_time > unit.now;
    });
    use_cases::Decided<int> decided;
    PERIGEE_RETURN_IF_ERROR(
        use_cases::SettleDueSeats(kProgram, std::move(due), reader, unit, decided.changes));
    return decided;
  });
}

std::int64_t SpentOf(ports::StoreReader& reader) {
  return reader.ledger()
      .Books(kProgram)
      .FindAccount(ProgramAccount(domain::kSpentAccount, kAccess))
      .value()
      .value_or(domain::Account())
      .balance;
}

// The first `seats` open claims have seats, and the others wait in their order.
void ExpectInOrder(const std::vector<SeatView>& all, int seats) {
  int open = 0;
  for (const SeatView& one : all) {
    if (one.state == SeatState::kGranted || one.state == SeatState::kWaiting) {
      ++open;
      EXPECT_EQ(one.state, open <= seats ? SeatState::kGranted : SeatState::kWaiting) << open;
      EXPECT_EQ(one.place, std::max(0, open - seats));
    }
  }
}

}  // namespace

TEST_P(StoreConformance, TwentyOfTwoHundredClaimsGetASeatAndTheOthersWaitInOrder) {
  MakeProgram();
  ASSERT_THAT(Write(MakeInsiders(200, 20)), IsOk());
  ASSERT_THAT(Write(PayAll(200)), IsOk());
  const Race race = AtOnce(200, [&](int i) { return Write(Claiming(i)); });
  EXPECT_EQ(race, (Race{200, {}}));
  const auto all = Reading<std::vector<SeatView>>(AllSeats);
  ASSERT_EQ(all.size(), 200U);
  ExpectInOrder(all, 20);
  EXPECT_EQ(Reading<std::int64_t>([](auto& reader) { return SpentOf(reader); }), 20 * kPrice);
}

TEST_P(StoreConformance, OnePersonOfTwentyAtOnceHasOneClaim) {
  MakeProgram();
  ASSERT_THAT(Write(MakeInsiders(1, 5)), IsOk());
  ASSERT_THAT(Write(PayAll(1)), IsOk());
  const Race race = AtOnce(20, [&](int) { return Write(Claiming(0)); });
  EXPECT_EQ(race, (Race{1, {{Reason::kAlreadyExists, 19}}}));
}

// Half of the members claim while the other half, who have the seats, give them back and a job
// settles: at every moment there are at most as many seats as there are.
TEST_P(StoreConformance, SeatsThatAreGivenBackGoToTheFirstWhoWait) {
  constexpr int kHalf = 30;
  MakeProgram();
  ASSERT_THAT(Write(MakeInsiders(2 * kHalf, kHalf)), IsOk());
  ASSERT_THAT(Write(PayAll(2 * kHalf)), IsOk());
  for (int i = 0; i < kHalf; ++i) {
    ASSERT_THAT(Write(Claiming(i)), IsOk());
  }
  const auto first = Reading<std::vector<SeatView>>(AllSeats);
  const Race race = AtOnce(3 * kHalf, [&](int n) {
    const int i = n / 3;
    switch (n % 3) {
      case 0:
        return Write(Claiming(kHalf + i));
      case 1:
        return Write(
            UnitOf([place = use_cases::SeatPlace{kProgram, IdOf(i),
                                                 first.at(static_cast<std::size_t>(i)).claim.id}](
                       auto& reader, const auto& unit) {
              return use_cases::GiveBackSeat(reader, unit, place);
            }));
      default:
        return Write(Settling());
    }
  });
  EXPECT_EQ(race, (Race{3 * kHalf, {}}));
  ASSERT_THAT(Write(Settling()), IsOk());
  const auto all = Reading<std::vector<SeatView>>(AllSeats);
  EXPECT_EQ(all.size(), std::size_t{2 * kHalf});
  ExpectInOrder(all, kHalf);
  for (const SeatView& one : all) {
    const bool is_paid = !one.claim.capture.empty() && one.claim.voiding.empty();
    EXPECT_EQ(is_paid, one.state == SeatState::kGranted) << one.claim.id;
  }
  // Those of the first half have their price back.
  EXPECT_EQ(Reading<std::int64_t>([](auto& reader) { return SpentOf(reader); }), kHalf * kPrice);
}

}  // namespace perigee::tests
