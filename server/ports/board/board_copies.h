#pragma once

#include <compare>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/sha256.h"
#include "server/domain/board/board.h"

namespace perigee::ports {

// Names one period of one board. The epoch is part of the name, so that a cached period of an older
// definition is never taken for this one.
struct PeriodKey {
  std::string program;
  std::string board;
  domain::Revision epoch = 0;
  std::string period;
  domain::Scheme scheme = domain::Scheme::kCompetition;
  auto operator<=>(const PeriodKey&) const = default;
};

// The position of a cached period: the last revision applied to it, and the journal hash of that
// revision.
struct Mark {
  domain::Revision revision = 0;
  Sha256Digest hash{};
  bool operator==(const Mark&) const = default;
};

// A member's new score in a period. An absent score takes the member off the board.
struct ScoreChange {
  std::string member_id;
  std::optional<domain::Score> score;
};

// A whole period at one instant. The places are in no particular order.
struct PeriodCopy {
  Mark mark;
  std::vector<domain::Place> places;
};

// Copies of whole periods. Any copy can be dropped at any time. A period that is not held, or not
// held whole, answers kNotFound. If the copies cannot be reached, calls answer kUnavailable. No
// call gives a wrong or empty answer instead. Safe from many threads.
class BoardCopies {
 public:
  virtual ~BoardCopies() = default;

  virtual absl::StatusOr<Mark> Marked(const PeriodKey& key) = 0;

  // Replaces a whole period in one step. kAborted if the held period is of a later revision, so
  // that a server that lags never replaces a newer copy. Drop a period of another journal first.
  virtual absl::Status Replace(const PeriodKey& key, const Mark& mark,
                               std::vector<domain::Place> places) = 0;

  // Moves a period on from `from` to `to`, in one step or not at all. kAborted if the period is not
  // at `from`, so that two projectors cannot harm each other. Members not named keep their places.
  virtual absl::Status Apply(const PeriodKey& key, const Mark& from, const Mark& to,
                             std::span<const ScoreChange> changes) = 0;

  virtual absl::Status Drop(const PeriodKey& key) = 0;

  // Reads every place that is stored, not figures that were noted earlier. kAborted if the period
  // moves on too often to be read.
  virtual absl::StatusOr<PeriodCopy> ReadAll(const PeriodKey& key) = 0;
};

}  // namespace perigee::ports
