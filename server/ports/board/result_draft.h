#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "server/domain/board/board.h"

namespace perigee::ports {

inline constexpr std::chrono::hours kDraftKept{24};

// The entries of a final result are written in portions before the result is made, and kept under
// their digest. While no result has that digest, they are a draft: no reader of results sees them,
// they are in no journal, and a closing that stops half way leaves nothing that counts. A result
// ends the draft of its digest.
//
// A draft that was not written to for kDraftKept belongs to an abandoned closing and is removed.
//
// A portion keeps the first `keep` entries of the draft and puts `entries` after them. A draft
// without entries is gone.
struct DraftPortion {
  std::string digest;
  std::int64_t keep = 0;
  std::vector<domain::ResultEntry> entries;
};

}  // namespace perigee::ports
