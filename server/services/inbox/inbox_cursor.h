#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/domain/inbox/inbox_position.h"
#include "server/domain/member/member_key.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

// The cursors of one inbox. They are sealed, so nobody can make one or read one, and every server
// on the store takes those of another. A member is known by the pseudonym, so that a cursor of an
// earlier programme or member of the same id is none of this one. `tokens` must outlive it.
class InboxCursors {
 public:
  // `member`: the head of the person when the cursor is made.
  InboxCursors(const PageTokens& tokens, const domain::MemberKey& member);

  std::string Encode(const domain::InboxPosition& position) const;
  // kInvalidField, naming `from_cursor`.
  absl::StatusOr<domain::InboxPosition> Decode(const std::string& cursor) const;

 private:
  const PageTokens& tokens_;
  std::string query_;
};

}  // namespace perigee::services
