#include "server/services/inbox/inbox_cursor.h"

#include <optional>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/page_token.h"

namespace perigee::services {

InboxCursors::InboxCursors(const PageTokens& tokens, const domain::MemberKey& member)
    : tokens_(tokens), query_("WatchInbox " + member.Hex()) {}

std::string InboxCursors::Encode(const domain::InboxPosition& position) const {
  return tokens_.Encode(query_, {position.Encode()});
}

absl::StatusOr<domain::InboxPosition> InboxCursors::Decode(const std::string& cursor) const {
  const absl::StatusOr<std::vector<std::string>> parts = tokens_.Decode(query_, cursor);
  if (parts.ok() && parts->size() == 1) {
    if (std::optional<domain::InboxPosition> position =
            domain::InboxPosition::Decode(parts->front())) {
      return *std::move(position);
    }
  }
  return InvalidField("from_cursor", "is no cursor of this inbox");
}

}  // namespace perigee::services
