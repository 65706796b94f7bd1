#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "server/domain/board/board.h"

namespace perigee::adapters {

// The scores next to a slice, needed to see ties. Absent at the ends of the board.
struct SliceEdges {
  std::optional<domain::Score> before;
  std::optional<domain::Score> after;
};

// Ranks neighbouring places. The first is at index `first` (from 0) and has `first_rank`.
std::vector<domain::RankedPlace> RankSlice(domain::Scheme scheme, std::size_t first,
                                           std::int64_t first_rank, const SliceEdges& edges,
                                           std::vector<domain::Place> places);

}  // namespace perigee::adapters
