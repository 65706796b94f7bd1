#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/civil_time.h"
#include "server/core/time.h"
#include "server/domain/inbox/inbox_position.h"
#include "server/domain/inbox/notification.h"
#include "server/domain/record/revision.h"

namespace perigee::use_cases {

class Inbox;

// Where an inbox stands now: all that is in it counts as told.
absl::StatusOr<domain::InboxPosition> PresentPosition(Inbox& inbox);

// What came into an inbox after a position.
struct InboxNews {
  std::vector<domain::Notification> notices;  // The oldest first, without muted ones.
  domain::InboxPosition position;             // After them.
  bool more = false;                          // There may be others, of later entries.
  domain::Revision head = 0;                  // The newest revision of the view.
  Time next = kEndOfTime;  // When time alone may bring more, if no entry is written.
};
// `until`: only what was there before that instant. kCursorOutOfRange for a position that this
// store never had.
absl::StatusOr<InboxNews> NewsAfter(Inbox& inbox, const domain::InboxPosition& after,
                                    Time until = kEndOfTime);

// A page of an inbox, the newest first.
struct InboxQuery {
  std::optional<domain::InboxTopic> topic{};
  bool unread_only = false;
  std::optional<domain::InboxPlace> before{};
  int size = 0;
};
struct InboxPage {
  struct Listed {
    domain::Notification notice;
    bool read = false;
  };
  std::vector<Listed> notices;
  std::optional<domain::InboxPlace> next;  // InboxQuery::before of the next page. Absent: the end.
};
absl::StatusOr<InboxPage> ListInbox(Inbox& inbox, const InboxQuery& query);

// What came within an interval, by topic, without muted ones.
struct DigestView {
  struct Topic {
    domain::InboxTopic topic{};
    int count = 0;
    std::vector<domain::Notification> newest;  // At most kDigestShown.
  };
  Interval interval;
  std::vector<Topic> topics;  // By topic.
  bool more = false;          // There were too many to count them all.
};
inline constexpr std::size_t kDigestShown = 3;
// `complete`: of the last day or week that is over. Otherwise what came since.
absl::StatusOr<DigestView> ReadDigest(Inbox& inbox, bool complete);

// What may be pushed to a person now, for senders that keep the position. Push messages carry
// domain::SentenceOf alone.
struct PushNews {
  std::vector<domain::Notification> notices;  // The oldest first, without muted ones.
  domain::InboxPosition position;
  // When to ask again if no entry is written that concerns the person: quiet hours end, the digest
  // is due, or time alone brings more.
  Time again = kEndOfTime;
};
// Nothing in quiet hours, and of a person with a digest only what came before the present day or
// week. The position stays before what is held back, so nothing is lost. kCursorOutOfRange.
absl::StatusOr<PushNews> NewsToPush(Inbox& inbox, const domain::InboxPosition& after);

}  // namespace perigee::use_cases
