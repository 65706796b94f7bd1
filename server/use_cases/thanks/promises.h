#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/revision.h"
#include "server/domain/thanks/promise.h"
#include "server/use_cases/decided.h"

namespace perigee::domain {
class MergedMembers;
struct Thanks;
}  // namespace perigee::domain

namespace perigee::use_cases {

using DecidedPromise = absl::StatusOr<Decided<domain::Promise>>;

struct PromiseDraft {
  std::string member;  // To whom: an id.
  domain::PromiseKind kind = domain::PromiseKind::kPromise;
  std::string text;
  Time due_time{};
  domain::MemberKey made_by;
};

// kNotFound; kInvalidField (`text`, `due_time`).
DecidedPromise MakePromise(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const std::string& program, const PromiseDraft& draft);

// kNotFound, also for a promise to a member who was erased; kIllegalMove.
DecidedPromise MovePromise(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const std::string& program, domain::Revision id,
                           domain::PromiseMove move);

// Keeps the promise that `thanks`, of the brand to a member, names. kNotFound if it is not to the
// same person; kInvalidField (`promise`) if it is not one of thanks; kIllegalMove.
absl::Status SettleByThanks(ports::StoreReader& reader, const ports::UnitContext& unit,
                            const std::string& program, const domain::MergedMembers& merged,
                            const domain::Thanks& thanks, domain::Changes& changes);

}  // namespace perigee::use_cases
