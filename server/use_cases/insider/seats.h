#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/civil_time.h"
#include "server/core/time.h"
#include "server/domain/insider/item.h"
#include "server/domain/insider/seat.h"
#include "server/domain/member/member_key.h"
#include "server/use_cases/decided.h"

namespace perigee::domain {
struct Member;
}  // namespace perigee::domain

namespace perigee::use_cases {

struct TransferPath;

// A claim to a seat as it is at an instant.
struct SeatView {
  domain::Seat claim;
  Interval time;  // See domain::SeatTimes.
  domain::SeatState state{};
  int place = 0;              // In the waiting list, from 1 on. 0: it does not wait.
  bool item_is_known = true;  // Whether its member may know of the item.
};

using DecidedSeat = absl::StatusOr<Decided<SeatView>>;

// A claim by its member's id and its own.
struct SeatPlace {
  std::string program;
  std::string member;
  domain::Revision id = 0;
};

// Claims a seat for the person: it is granted at once if one is free, and otherwise waits. Holds
// the price, and captures it with the grant. kNotFound for programme and member, and for an item
// that is not there or is hidden from the person by more than the lack of a seat; kAlreadyExists if
// the person has a claim that waits or a seat; kSeatNotNeeded if the item is open without one; and
// the refusals of PostTransfers, such as kInsufficientFunds.
DecidedSeat ClaimSeat(ports::StoreReader& reader, const ports::UnitContext& unit,
                      const std::string& program, const std::string& member,
                      const std::string& item);
// Leaves the waiting list, or gives a seat back. The price comes back from the list, and within
// domain::kSeatTrial of the grant. kNotFound, kIllegalMove.
DecidedSeat GiveBackSeat(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const SeatPlace& place);
// Ends a claim. The price comes back from the list only. kNotFound, kIllegalMove.
DecidedSeat RevokeSeat(ports::StoreReader& reader, const ports::UnitContext& unit,
                       const SeatPlace& place, const std::string& reason);

// All claims to an item, by id.
absl::StatusOr<std::vector<SeatView>> SeatsOf(ports::StoreReader& reader,
                                              const std::string& program,
                                              const domain::InsiderItem& item, Time now);
// All claims of a person, by id. Their items are known as the gate says at `now`.
absl::StatusOr<std::vector<SeatView>> SeatsOf(ports::StoreReader& reader,
                                              const std::string& program,
                                              const domain::Member& member, Time now);

// An item of which nothing but a seat is missing for a person.
struct ClaimableItem {
  domain::InsiderItem item;
  int free = 0;
  int waiting = 0;             // Claims of others and the person's own.
  domain::Revision claim = 0;  // The person's own that waits. 0: there is none.
};
// The first of them after that id of an item, at most `limit`, by id.
absl::StatusOr<std::vector<ClaimableItem>> ClaimableItems(ports::StoreReader& reader,
                                                          const std::string& program,
                                                          const domain::Member& member,
                                                          const std::string& after, int limit,
                                                          Time now);

// What a change of an item, which was `before`, does to its claims: it sets when they are due, and
// another number of seats by domain::SetSeats. Their due work moves the prices.
absl::Status FitClaims(ports::StoreReader& reader, const ports::UnitContext& unit,
                       const std::string& program, const domain::InsiderItem& before,
                       domain::InsiderItem& item, domain::Changes& changes);

// Moves the prices of claims that time or other claims have granted or ended.
absl::Status SettleDueSeats(const std::string& program, std::vector<domain::Seat> due,
                            ports::StoreReader& reader, const ports::UnitContext& unit,
                            domain::Changes& changes);

// Ends the open claims of members who are being erased: those whose holds `changes` ends, or `all`.
// Others who wait get their seats.
absl::Status EndSeatsOfErased(ports::StoreReader& reader, const ports::UnitContext& unit,
                              const std::string& program,
                              const std::vector<domain::MemberKey>& members, bool all,
                              domain::Changes& changes);

// kOfSeat if the transfer is the hold or the capture of a claim, which nobody may move by hand.
// kNotFound for programme and transfer.
absl::Status CheckNoSeat(ports::StoreReader& reader, const TransferPath& transfer);

// How many claims are in each state at `now`, over all items.
absl::StatusOr<std::map<domain::SeatState, std::int64_t>> CountSeats(ports::StoreReader& reader,
                                                                     const std::string& program,
                                                                     Time now);

}  // namespace perigee::use_cases
