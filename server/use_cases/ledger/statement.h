#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "server/ports/ledger/ledger_reader.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::use_cases {

struct AccountView;

// The lines of all parts of an account as one statement: newest first, before `before` ({}: from
// the newest). A transfer between two of the parts is no line. `balance_after` is the sum of the
// parts' balances just after the line. kAmountOverflow if such a sum passes 64 bits.
absl::StatusOr<std::vector<ports::StatementLine>> ReadStatement(ports::StoreReader& reader,
                                                                const AccountView& account,
                                                                domain::TransferId before,
                                                                int limit);

}  // namespace perigee::use_cases
