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

// Copies that are ranked and answer reads. Every read is of one instant, which its mark names.
// Ranks, ties and order are those of domain::RankAll.
class Boards : public BoardCopies {
 public:
  // Up to `limit` places from the top, or those after `after`, which need not be on the board any
  // more.
  virtual absl::StatusOr<Slice> Top(const PeriodKey& key, const std::optional<domain::Place>& after,
                                    int limit) = 0;
  // Up to `limit` places with the member in the middle. (limit − 1) / 2 places come before the
  // member if there are as many. At the ends the slice shifts, so that it is full whenever the
  // board has enough places. No places if the member is not on the board.
  virtual absl::StatusOr<Slice> Around(const PeriodKey& key, const std::string& member_id,
                                       int limit) = 0;
  // The places of those members that are on the board, in the order asked.
  virtual absl::StatusOr<Slice> PlacesOf(const PeriodKey& key,
                                         std::span<const std::string> member_ids) = 0;

  // Counts and digests every place that is held, not figures that were noted earlier.
  virtual absl::StatusOr<domain::PlacesDigest> Digest(const PeriodKey& key, Mark* mark) = 0;
};

}  // namespace perigee::ports
