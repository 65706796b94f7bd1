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

// Clears members from the rows, in portions of ports::kErasedAtOnce: the records that they own, the
// memos of their transfers, and stored answers. The progress is kept in the table `due`, so that an
// interrupted erasure goes on. It stays there until the member's key is destroyed: whoever runs a
// unit of an erasure destroys the key (TextKeyRepository::Doomed) after the commit.
//
// An answer is cleared if it was given to the member, if its request wrote an entry that names the
// member, or if its request changed nothing, so that its names are not known.
class Erasure {
 public:
  explicit Erasure(Connection& connection) : connection_(connection) {}

  // Makes the member's texts unreadable and does the first portion. The erasing unit of work is
  // made at `revision` and `now`; its own answer stays.
  absl::Status Begin(const std::string& program, const domain::MemberKey& member,
                     domain::Revision revision, Time now);
  // Does the next portion of a due erasure.
  absl::Status GoOn(const ports::Due& due);

  // The members whose erasure has not ended.
  absl::StatusOr<std::set<domain::MemberKey>> Unended(const std::string& program);

 private:
  struct State;
  absl::Status Portion(const std::string& program, Time time, State state);
  absl::Status EraseRows(const std::string& program, State& state, int limit, int& visited);
  absl::Status EraseAnswers(const std::string& program, State& state, int limit, int& visited);

  Connection& connection_;
};

// The member of the erasure. nullopt if it is not the key of an erasure.
std::optional<domain::MemberKey> MemberOfErasureKey(std::string_view key);

}  // namespace perigee::sql
