#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace perigee::bench {

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

// The floor of writing: a bare loop that writes the very rows that the server wrote into a copy of
// its own database, with the same settings and nothing else to do.
class ReplayFloor {
 public:
  // Copies the database as it stands now.
  static absl::StatusOr<std::unique_ptr<ReplayFloor>> Copy(const std::string& source,
                                                           const std::string& copy);

  struct Result {
    std::int64_t units = 0;
    double seconds = 0;
    double Rate() const { return static_cast<double>(units) / seconds; }
  };
  // Writes all that was recorded since the copy or the last call, so many units a commit. Reading
  // it from the source is not timed.
  absl::StatusOr<Result> CatchUp(int units_per_commit);

 private:
  struct Unit;
  ReplayFloor(Database source, Database copy, std::int64_t revision)
      : source_(std::move(source)), copy_(std::move(copy)), revision_(revision) {}
  absl::StatusOr<std::vector<Unit>> ReadUnits();

  Database source_;
  Database copy_;
  std::int64_t revision_;
};

// The median of one append of a page and fdatasync, in microseconds, in that folder.
double SyncMicros(const std::string& folder);

}  // namespace perigee::bench
