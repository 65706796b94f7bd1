#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "server/domain/member/member_key.h"
#include "server/ports/store.h"

namespace perigee::use_cases {

// The member to erase, and the etag that the caller has seen. Empty: any.
struct ErasureOrder {
  std::string program;
  std::string member_id = {};
  std::string etag = {};
  // Not nil: the member by its pseudonym, because its id cannot be read any more.
  domain::MemberKey member = {};
};

// The most holds of the member that one unit voids.
inline constexpr int kVoidedMax = 1000;

// Decides the whole erasure as one unit: voids the holds on either side of the member's accounts,
// takes all that is left of the accounts (domain::LedgerUnit::Forfeit), deletes the role grants of
// the member's sign-ins, ends the member's open redemptions, and erases the member
// (domain::Changes::erased) with all that belongs to the member. The same of all members that are
// merged into this one. kNotFound, kEtagMismatch, kAmountOverflow. kTooManyLots if there are more
// than one unit ends: kVoidedMax holds, or the lots that Forfeit takes.
absl::StatusOr<domain::Changes> DecideErasure(ports::StoreReader& reader,
                                              const ports::UnitContext& unit,
                                              const ErasureOrder& order);

// Decides a part of it ahead: as many of the member's holds and lots as one unit ends. Refuses as
// DecideErasure does; kTooManyLots only if it can end nothing.
absl::StatusOr<domain::Changes> DecideForfeit(ports::StoreReader& reader,
                                              const ports::UnitContext& unit,
                                              const ErasureOrder& order);

// Erases the member by `unit`, which comes without a decision, also in a closed programme. The unit
// remembers `answer`, made of the revision of the erasure. If the member has more holds and lots
// than that unit ends, others without a request id end them first. Blocks. Must not run on a thread
// of the store.
absl::StatusOr<ports::Outcome> EraseMember(
    ports::Store& store, const ports::Unit& unit, const ErasureOrder& order,
    const std::function<std::string(ports::Revision revision)>& answer);

}  // namespace perigee::use_cases
