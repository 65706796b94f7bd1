#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/revision.h"

namespace perigee::ports {
struct Due;
}  // namespace perigee::ports

namespace perigee::sql {

class Connection;

// Takes members out of the rows, in portions of ports::kErasedAtOnce: the records that they own,
// memos of their transfers, and stored answers. What is left, and from where, stands in the table
// `due`, so that it goes on wherever it was broken off.
//
// An answer goes if it was given to the member; if its request wrote an entry that names the
// member; or if its request changed nothing, so that nobody knows whom it names.
class Erasure {
 public:
  explicit Erasure(Connection& connection) : connection_(connection) {}

  // Destroys the key of the member's texts, and does the first portion. The unit of work that
  // erases them is made at `revision` and `now`, and its own answer stays.
  absl::Status Begin(const std::string& program, const domain::MemberKey& member,
                     domain::Revision revision, Time now);
  // Does the next portion of what fell due.
  absl::Status GoOn(const ports::Due& due);

  // Whose erasure has not come to its end.
  absl::StatusOr<std::set<domain::MemberKey>> Unended(const std::string& program);

 private:
  struct State;
  absl::Status Portion(const std::string& program, Time time, State state);
  absl::Status EraseRows(const std::string& program, State& state, int limit, int& visited);
  absl::Status EraseAnswers(const std::string& program, State& state, int limit, int& visited);

  Connection& connection_;
};

// Whose erasure it is; nullopt: not such a key.
std::optional<domain::MemberKey> MemberOfErasureKey(std::string_view key);

}  // namespace perigee::sql
