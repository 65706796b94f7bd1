#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "server/domain/board.h"

namespace perigee::adapters {

// Numbers `count` neighbouring places, the first of which stands at `first` (from 0) and has
// `first_rank`. `places` has the place before the first too, unless that is the top, and the one
// after the last, unless that is the end: by them ties show.
std::vector<domain::RankedPlace> RankSlice(domain::Scheme scheme, std::size_t first,
                                           std::int64_t first_rank, std::size_t count,
                                           std::vector<domain::Place> places);

}  // namespace perigee::adapters
