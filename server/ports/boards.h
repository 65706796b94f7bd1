#pragma once

#include <compare>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/sha256.h"
#include "server/domain/board.h"

namespace perigee::ports {

// Names one period of one board. The epoch is part of the name, so that what is cached of an older
// definition can never be taken for this one.
struct PeriodKey {
  std::string program;
  std::string board;
  domain::Revision epoch = 0;
  std::string period;
  domain::Scheme scheme = domain::Scheme::kCompetition;
  auto operator<=>(const PeriodKey&) const = default;
};

// Where a cached period stands: the last revision applied to it, and the journal hash of that
// revision.
struct Mark {
  domain::Revision revision = 0;
  Sha256Digest hash{};
  bool operator==(const Mark&) const = default;
};

// A member's new score in a period; absent: off the board.
struct ScoreChange {
  std::string member_id;
  std::optional<domain::Score> score;
};

struct Slice {
  std::vector<domain::RankedPlace> places;
  std::int64_t total = 0;
  Mark mark;
};

// A cache of ranked periods: a view that can be dropped at any time. Every read is of one instant
// and says which. A period that is not held, or not held whole, answers kNotFound; a cache that is
// away, kUnavailable: never a wrong or empty answer. Ranks, ties and order are those of
// domain::RankAll. Safe from many threads.
class Boards {
 public:
  virtual ~Boards() = default;

  virtual absl::StatusOr<Mark> Marked(const PeriodKey& key) = 0;

  // Puts a whole period in place of whatever was there, at once; kAborted if that is of a later
  // revision, so that who is behind takes nothing back. What is of another journal is to be dropped
  // first.
  virtual absl::Status Replace(const PeriodKey& key, const Mark& mark,
                               std::vector<domain::Place> places) = 0;

  // Moves a period on from `from` to `to`, at once or not at all; kAborted if it does not stand at
  // `from`, so that two projectors cannot harm each other. Members not named stay.
  virtual absl::Status Apply(const PeriodKey& key, const Mark& from, const Mark& to,
                             std::span<const ScoreChange> changes) = 0;

  virtual absl::Status Drop(const PeriodKey& key) = 0;

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
