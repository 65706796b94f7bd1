#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/bare_store.h"

namespace perigee::bench {

// The floor of writing: a bare loop that writes the rows that the server wrote into a copy of the
// server's store, with the same settings. As the server, it writes an account or head once in a
// commit, and moves SQLite's log in a thread of its own. It lacks the server's second thread for
// answers, because it answers nobody. It knows the rows of plain transfers and activities of one
// programme without caps, between existing accounts.
class ReplayFloor {
 public:
  // `copy` must equal an earlier revision of `source`.
  static absl::StatusOr<std::unique_ptr<ReplayFloor>> Start(std::unique_ptr<BareStore> source,
                                                            std::unique_ptr<BareStore> copy);

  struct Result {
    std::int64_t units = 0;
    double seconds = 0;
    double Rate() const { return static_cast<double>(units) / seconds; }
  };
  // Writes the units that the copy lacks, `units_per_commit` in each commit and at most
  // `units_max`. The time of reading and coalescing the source's rows does not count.
  absl::StatusOr<Result> CatchUp(int units_per_commit,
                                 std::int64_t units_max = std::numeric_limits<std::int32_t>::max());

 private:
  // Finds the rows of a unit in one table, and writes them to the copy.
  struct Kind {
    std::string select;  // Answers the revision, then the values of the statement.
    std::string filter;  // Further conditions, or empty.
    int statement = 0;
  };
  struct Row;
  struct Unit;

  ReplayFloor(std::unique_ptr<BareStore> source, std::unique_ptr<BareStore> copy)
      : source_(std::move(source)), copy_(std::move(copy)) {}
  absl::Status Prepare();
  absl::StatusOr<std::vector<Unit>> ReadUnits(std::int64_t units_max);
  // Takes the rows out of the units.
  std::vector<Row> RowsOfCommit(std::span<Unit> units) const;

  std::unique_ptr<BareStore> source_;
  std::unique_ptr<BareStore> copy_;
  std::vector<Kind> kinds_;
  int activity_ = 0;  // The statement of the table `activity`.
  int move_account_ = 0;
  int move_head_ = 0;
  std::int64_t revision_ = 0;  // The revision of the copy.
};

// The median time of one append of a page with fdatasync in that folder, in microseconds.
double SyncMicros(const std::string& folder);

}  // namespace perigee::bench
