#include "server/adapters/board/ranked_slice.h"

#include <utility>

namespace perigee::adapters {

std::vector<domain::RankedPlace> RankSlice(domain::Scheme scheme, std::size_t first,
                                           std::int64_t first_rank, const SliceEdges& edges,
                                           std::vector<domain::Place> places) {
  std::vector<domain::RankedPlace> ranked;
  ranked.reserve(places.size());
  std::optional<domain::Score> before = edges.before;
  std::int64_t rank = first_rank;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const domain::Score score = places[i].score;
    if (i > 0 && (scheme == domain::Scheme::kOrdinal || score.score != before->score)) {
      rank = scheme == domain::Scheme::kDense ? rank + 1 : static_cast<std::int64_t>(first + i) + 1;
    }
    const std::optional<domain::Score> after =
        i + 1 < places.size() ? places[i + 1].score : edges.after;
    ranked.push_back({rank, std::move(places[i]), before == score || after == score});
    before = score;
  }
  return ranked;
}

}  // namespace perigee::adapters
