#include "server/adapters/boards/ranked_slice.h"

#include <utility>

namespace perigee::adapters {

std::vector<domain::RankedPlace> RankSlice(domain::Scheme scheme, std::size_t first,
                                           std::int64_t first_rank, std::size_t count,
                                           std::vector<domain::Place> places) {
  const std::size_t lead = first > 0 ? 1 : 0;
  std::vector<domain::RankedPlace> ranked;
  ranked.reserve(count);
  // Scores are kept aside, because places are moved out on the way.
  domain::Score before = lead > 0 ? places[0].score : domain::Score{};
  std::int64_t rank = first_rank;
  for (std::size_t i = lead; i < lead + count; ++i) {
    const domain::Score score = places[i].score;
    if (i > lead && (scheme == domain::Scheme::kOrdinal || score.score != before.score)) {
      rank = scheme == domain::Scheme::kDense ? rank + 1
                                              : static_cast<std::int64_t>(first + i - lead) + 1;
    }
    const bool tied =
        (i > 0 && before == score) || (i + 1 < places.size() && places[i + 1].score == score);
    ranked.push_back({rank, std::move(places[i]), tied});
    before = score;
  }
  return ranked;
}

}  // namespace perigee::adapters
