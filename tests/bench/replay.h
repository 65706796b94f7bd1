#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/bare_store.h"

namespace perigee::bench {

// The floor of writing: a bare loop that writes the very rows that the server wrote into a copy of
// its own store, with the same settings and nothing else to do. Knows the rows of plain transfers
// and activities, between accounts that are there already, of one programme.
class ReplayFloor {
 public:
  // `copy` is as `source` was at some revision.
  static absl::StatusOr<std::unique_ptr<ReplayFloor>> Start(std::unique_ptr<BareStore> source,
                                                            std::unique_ptr<BareStore> copy);

  struct Result {
    std::int64_t units = 0;
    double seconds = 0;
    double Rate() const { return static_cast<double>(units) / seconds; }
  };
  // Writes what the source has and the copy has not, so many units a commit and `units_max` at
  // most. Reading it from the source is not timed.
  absl::StatusOr<Result> CatchUp(int units_per_commit,
                                 std::int64_t units_max = std::numeric_limits<std::int32_t>::max());

 private:
  // Where rows of a unit are found, and the statement that writes them to the copy.
  struct Kind {
    std::string select;  // Answers the revision, then the values of the statement.
    std::string filter;  // Further conditions, or empty.
    int statement = 0;
  };
  struct Unit;

  ReplayFloor(std::unique_ptr<BareStore> source, std::unique_ptr<BareStore> copy)
      : source_(std::move(source)), copy_(std::move(copy)) {}
  absl::Status Prepare();
  absl::StatusOr<std::vector<Unit>> ReadUnits(std::int64_t units_max);

  std::unique_ptr<BareStore> source_;
  std::unique_ptr<BareStore> copy_;
  std::vector<Kind> kinds_;
  int activity_ = 0;  // The statement of this table, which the programme counts.
  int move_head_ = 0;
  std::int64_t revision_ = 0;  // Of the copy.
};

// The median of one append of a page and fdatasync, in microseconds, in that folder.
double SyncMicros(const std::string& folder);

}  // namespace perigee::bench
