#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "server/domain/board/board.h"

namespace perigee::adapters {

// The scores next to a slice, by which ties show; none at either end of the board.
struct SliceEdges {
  std::optional<domain::Score> before;
  std::optional<domain::Score> after;
};

// Numbers neighbouring places, the first of which stands at `first` (from 0) and has `first_rank`.
std::vector<domain::RankedPlace> RankSlice(domain::Scheme scheme, std::size_t first,
                                           std::int64_t first_rank, const SliceEdges& edges,
                                           std::vector<domain::Place> places);

}  // namespace perigee::adapters
