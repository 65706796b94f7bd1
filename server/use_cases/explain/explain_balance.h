#pragma once

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/explain/explanation.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::use_cases {

struct AccountPath;

// Explains the balance of a member's account by the lines of its statement. kNotFound;
// kAmountOverflow if the accounts of the person sum up to more than 64 bits.
absl::StatusOr<domain::Explanation> ExplainBalance(ports::StoreReader& reader,
                                                   const AccountPath& name, Time now);

}  // namespace perigee::use_cases
