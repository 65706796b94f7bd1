#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/member/member_key.h"
#include "server/domain/thanks/thanks.h"
#include "server/ports/store.h"
#include "server/ports/thanks/thanks_reader.h"
#include "server/use_cases/decided.h"

namespace perigee::domain {
struct Program;
}  // namespace perigee::domain

namespace perigee::use_cases {

using DecidedThanks = absl::StatusOr<Decided<domain::Thanks>>;

struct ThanksDraft {
  std::string giver;     // A member's id. Empty: the brand.
  std::string receiver;  // A member's id. Empty: the brand.
  std::string text;      // Within domain::CheckThanksText.
  std::string thanked_for;
  domain::Revision promise = 0;  // That the brand settles by it. 0: none.
};

// The members that GiveThanks will look up.
ports::Lookups LookupsOf(const ThanksDraft& draft);

// Gives thanks and records them as an activity of type `thanks`, in one unit.
//
// By a member: kNotFound (`giver`), kMemberSuspended, kNotFound (`receiver`) also for a receiver
// who is hidden from members (suspended, or opted out of boards), kInvalidField (`receiver`) if
// both are one person, and kThanksBudgetSpent. By the brand: kNotFound (`receiver`),
// kMemberSuspended. kNotFound if the promise is not to the same person; kInvalidField (`promise`)
// if it is not one of thanks; kIllegalMove if it was settled before. The brand has no budget.
DecidedThanks GiveThanks(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const std::string& program, const ThanksDraft& draft);

// Takes a member's thanks back, with what rules gave for them, as far as that is still there.
// kNotFound if it is not of that person; kIllegalMove.
DecidedThanks WithdrawThanks(ports::StoreReader& reader, const ports::UnitContext& unit,
                             const std::string& program, domain::Revision id,
                             const std::string& member);

// The person's budget in the period that holds `now`.
absl::StatusOr<domain::ThanksBudget> BudgetOf(ports::StoreReader& reader,
                                              const domain::Program& program,
                                              const std::vector<domain::MemberKey>& person,
                                              Time now);

// The thanks of a person on that side, newest first, before that place. See ThanksReader::ListOf.
absl::StatusOr<std::vector<domain::Thanks>> ThanksOf(ports::StoreReader& reader,
                                                     const std::string& program,
                                                     ports::ThanksSide side,
                                                     const std::vector<domain::MemberKey>& person,
                                                     const ports::TimedPlace& before, int limit);

}  // namespace perigee::use_cases
