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

// All of a period at one instant, in no order of its own.
struct PeriodCopy {
  Mark mark;
  std::vector<domain::Place> places;
};

// Copies of whole periods: what they hold can be dropped at any time. A period that is not held, or
// not held whole, answers kNotFound; copies that are away, kUnavailable: never a wrong or empty
// answer. Safe from many threads.
class BoardCopies {
 public:
  virtual ~BoardCopies() = default;

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

  // Every place that is there, not what was noted of them; kAborted if the period is moved on too
  // often to be read.
  virtual absl::StatusOr<PeriodCopy> ReadAll(const PeriodKey& key) = 0;
};

}  // namespace perigee::ports
