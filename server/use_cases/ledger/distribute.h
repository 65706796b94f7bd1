#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/ports/store.h"
#include "server/use_cases/ledger/transfers.h"

namespace perigee::use_cases {

// An amount to split by weights.
struct Distribution {
  struct Share {
    AccountPath credit;
    std::int64_t weight = 0;  // Not negative.
  };
  AccountPath debit;
  std::int64_t amount = 0;    // Above 0.
  std::vector<Share> shares;  // Each account once. At least one weight is above 0.
  std::optional<Time> effective_time = std::nullopt;
};

// As the LookupsOf for transfer orders.
ports::Lookups LookupsOf(const Distribution& distribution);

// Splits as domain::SplitBudget does, ties by the accounts' names. Posts a transfer for each share
// that is not 0, in their order. Refuses as PostTransfers does, also if an account without a share
// is not found. A kInvalidField of a credited account names `shares[i].account`.
absl::StatusOr<Decided<std::vector<domain::Transfer>>> Distribute(ports::StoreReader& reader,
                                                                  const ports::UnitContext& unit,
                                                                  const std::string& program,
                                                                  const Distribution& distribution);

}  // namespace perigee::use_cases
