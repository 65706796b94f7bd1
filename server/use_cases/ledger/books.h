#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/domain/ledger/ledger.h"

namespace perigee::ports {
class StoreReader;
struct UnitContext;
}  // namespace perigee::ports

namespace perigee::use_cases {

// The books of a programme in one unit of work. They must not outlive `reader`. kNotFound for the
// programme.
absl::StatusOr<domain::LedgerUnit> OpenBooks(ports::StoreReader& reader,
                                             const ports::UnitContext& unit,
                                             const std::string& program);

}  // namespace perigee::use_cases
