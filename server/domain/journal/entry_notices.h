#pragma once

#include <span>
#include <string>
#include <vector>

#include "server/domain/inbox/notification.h"
#include "server/domain/member/member_key.h"

namespace perigee::domain {

struct JournalEntry;

// The notifications that an entry of the journal makes for the person of these members. They say no
// more than the RPCs show that the person may call; one of an idea about an item is shown where the
// item is. What the person did itself is no news to it.
std::vector<Notification> NoticesOf(const JournalEntry& entry, std::span<const MemberKey> members);

// Whose inboxes may be different after an entry.
struct InboxTouch {
  bool everybody = false;            // Of the programme.
  std::vector<MemberKey> members{};  // Not sorted, maybe with doubles.
  // Those who wait for a seat of one of these items. Not sorted, maybe with doubles.
  std::vector<std::string> items{};
};
InboxTouch TouchOf(const JournalEntry& entry);

}  // namespace perigee::domain
