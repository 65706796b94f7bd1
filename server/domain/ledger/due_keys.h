#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/domain/ledger/ledger.h"

namespace perigee::domain {

// The keys under which holds and lots fall due. The byte order of the keys is the order of their
// transfers.
std::string DueKeyOfHold(TransferId hold);
std::string DueKeyOfLot(TransferId lot, std::int32_t part);

// nullopt for any other key.
std::optional<TransferId> HoldOfDueKey(std::string_view key);
std::optional<LotKey> LotOfDueKey(std::string_view key);

}  // namespace perigee::domain
