#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "server/domain/board/board.h"

namespace perigee::ports {

inline constexpr std::chrono::hours kDraftKept{24};

// The entries of a final result are written before the result is made, in portions, and kept under
// their digest. As long as no result has that digest they are a draft: no reader of results comes
// to them, they are in no journal, and whoever stops half way leaves nothing that counts. A result
// that is made ends the draft of its digest.
//
// A draft that was not written to for kDraftKept is of a closing that was given up, and is removed.
//
// A portion leaves the draft with the first `keep` of the entries that it has, followed by
// `entries`. A draft without entries is gone.
struct DraftPortion {
  std::string digest;
  std::int64_t keep = 0;
  std::vector<domain::ResultEntry> entries;
};

}  // namespace perigee::ports
