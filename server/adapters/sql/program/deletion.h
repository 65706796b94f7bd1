#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace perigee::ports {
struct Due;
}  // namespace perigee::ports

namespace perigee::sql {

class Connection;

// Removes the rows of deleted programmes, in portions of ports::kDeletedAtOnce. A deleted programme
// has no row in table `program` from the first unit on, so that nothing finds or writes it. The
// keys of its texts go next, then all its other rows, and last the things that were to fall due.
// The progress is kept in the table `due`, so that an interrupted deletion goes on. A row of the
// table `text_key` stays until a portion finds its key destroyed.
class Deletion {
 public:
  explicit Deletion(Connection& connection) : connection_(connection) {}

  // Deletes the programme and does the first portion. Adds to `doomed` the slots of keys that the
  // caller must destroy after the commit.
  absl::Status Begin(const std::string& program, std::vector<std::int64_t>& doomed);
  // Does the next portion of a due deletion, in the same way.
  absl::Status GoOn(const ports::Due& due, std::vector<std::int64_t>& doomed);

  // What is due once all keys of the programme were named, and none is known to be destroyed.
  static ports::Due AfterItsKeys(const std::string& program);

  // Whether rows of the deleted programme may be left.
  absl::StatusOr<bool> IsUnended(const std::string& program);
  // All such programmes.
  absl::StatusOr<std::set<std::string>> Unended();

 private:
  struct State;
  absl::Status Portion(const std::string& program, State state, std::vector<std::int64_t>& doomed);
  // Removes the rows of destroyed keys, and names the other keys.
  absl::Status RemoveKeys(const std::string& program, State& state, int limit, int& visited,
                          std::vector<std::int64_t>& doomed);
  absl::StatusOr<bool> HasKeys(const std::string& program);
  absl::Status RemoveRows(const std::string& program, State& state, int limit, int& visited);
  absl::Status RemoveDue(const std::string& program, State& state, int limit, int& visited);

  Connection& connection_;
};

}  // namespace perigee::sql
