#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/board/board.h"
#include "server/ports/board/board_copies.h"

namespace perigee::ports {

struct Slice {
  std::vector<domain::RankedPlace> places;
  std::int64_t total = 0;
  Mark mark;
};

// Copies that are ranked and answer reads. Every read is of one instant and says which. Ranks, ties
// and order are those of domain::RankAll.
class Boards : public BoardCopies {
 public:
  // Up to `limit` places from the top, or those after `after` (which need not be there any more).
  virtual absl::StatusOr<Slice> Top(const PeriodKey& key, const std::optional<domain::Place>& after,
                                    int limit) = 0;
  // Up to `limit` places with the member in the middle: (limit − 1) / 2 before them where there are
  // as many, shifted at the ends so that the slice is full whenever the board is. Empty places if
  // the member is not there.
  virtual absl::StatusOr<Slice> Around(const PeriodKey& key, const std::string& member_id,
                                       int limit) = 0;
  // Those that are there, in the order asked.
  virtual absl::StatusOr<Slice> Find(const PeriodKey& key,
                                     std::span<const std::string> member_ids) = 0;

  // Counts and digests every place that is held: what is there, not what was noted of it.
  virtual absl::StatusOr<domain::PlacesDigest> Digest(const PeriodKey& key, Mark* mark) = 0;
};

}  // namespace perigee::ports
