#pragma once

#include <string>

#include "absl/status/status.h"

namespace perigee::domain {
class LedgerUnit;
struct Member;
}  // namespace perigee::domain
namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::use_cases {

// Gives back the capital that debits have pooled since `from` was merged: what the accounts of
// `from` gave to another member of the same person, and what they took. Goes as far as the account
// that has to give it has it available. Call it before the unit says that `from` is not merged any
// more. `books` takes the transfers.
absl::Status ReturnPooled(ports::StoreReader& reader, domain::LedgerUnit& books,
                          const std::string& program, const domain::Member& from);

}  // namespace perigee::use_cases
