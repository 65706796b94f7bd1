#include "server/use_cases/inbox/inbox_news.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/inbox/inbox_mark.h"
#include "server/domain/inbox/inbox_settings.h"
#include "server/domain/inbox/standing_notices.h"
#include "server/domain/program/program.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/inbox/inbox.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::InboxPlace;
using domain::InboxPosition;
using domain::Notification;
using domain::Revision;
using domain::StandingNotices;

// The entries of one message.
constexpr int kAtOnce = 50;
// How many entries one list looks at.
constexpr int kLookedMax = 1000;

absl::StatusOr<Zone> ZoneOf(Inbox& inbox, const domain::InboxSettings& settings) {
  if (!settings.time_zone.empty()) {
    return Zone::Load(settings.time_zone);
  }
  PERIGEE_ASSIGN_OR_RETURN(const domain::Program program,
                           RequireProgram(inbox.ground().reader(), inbox.ground().program()));
  return Zone::Load(program.time_zone);
}

}  // namespace

absl::StatusOr<InboxPosition> PresentPosition(Inbox& inbox) {
  PERIGEE_ASSIGN_OR_RETURN(const Revision head,
                           inbox.ground().reader().journal().Head(inbox.ground().program()));
  PERIGEE_ASSIGN_OR_RETURN(const StandingNotices* standing, inbox.Standing());
  InboxPosition position(head);
  standing->TellAll(position);
  return position;
}

absl::StatusOr<InboxNews> NewsAfter(Inbox& inbox, const InboxPosition& after, Time until) {
  ports::JournalReader& journal = inbox.ground().reader().journal();
  const std::string& program = inbox.ground().program();
  PERIGEE_ASSIGN_OR_RETURN(const Revision head, journal.Head(program));
  Revision up_to = head;
  if (after.revision() > up_to) {
    return Error(Reason::kCursorOutOfRange,
                 "the cursor is not of the inbox as it is; start without one",
                 {{"resource_name", ProgramName(program)}});
  }
  if (until != kEndOfTime) {
    PERIGEE_ASSIGN_OR_RETURN(up_to, journal.RevisionAt(program, until - Duration(1)));
    up_to = std::max(up_to, after.revision());
  }
  PERIGEE_ASSIGN_OR_RETURN(const StandingNotices* standing, inbox.Standing());
  PERIGEE_ASSIGN_OR_RETURN(Inbox::OfEntries of_entries,
                           inbox.After(after.revision(), up_to, kAtOnce));
  InboxNews news;
  news.notices = std::move(of_entries.notices);
  news.position = after;
  news.position.MoveTo(of_entries.revision);
  news.more = of_entries.more;
  news.head = head;
  news.next = standing->next();
  for (const Notification& notice : standing->all()) {
    if (notice.place.time < until && !after.Has(notice.place)) {
      news.notices.push_back(notice);
      news.position.Tell(notice.place);
    }
  }
  standing->Clean(news.position);
  if (!news.notices.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(const domain::InboxSettings settings, inbox.Settings());
    std::erase_if(news.notices, [&](const Notification& notice) {
      return domain::IsMuted(settings, domain::TopicOf(notice.kind));
    });
    std::ranges::sort(news.notices, {}, &Notification::place);
  }
  return news;
}

absl::StatusOr<InboxPage> ListInbox(Inbox& inbox, const InboxQuery& query) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::InboxMark mark, inbox.Mark());
  const InboxPosition read_up_to = domain::PositionOf(mark);
  InboxPage page;
  const auto visit = [&](const Notification& notice) {
    const bool read = domain::IsRead(mark, read_up_to, notice.place);
    if ((query.topic.has_value() && domain::TopicOf(notice.kind) != *query.topic) ||
        (query.unread_only && read)) {
      return true;
    }
    if (std::cmp_equal(page.notices.size(), query.size)) {
      page.next = page.notices.back().notice.place;
      return false;
    }
    page.notices.push_back({notice, read});
    return true;
  };
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<InboxPlace> rest,
                           inbox.Walk(query.before, kLookedMax, visit));
  if (!page.next.has_value()) {
    page.next = rest;
  }
  return page;
}

absl::StatusOr<DigestView> ReadDigest(Inbox& inbox, bool complete) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::InboxSettings settings, inbox.Settings());
  PERIGEE_ASSIGN_OR_RETURN(const Zone zone, ZoneOf(inbox, settings));
  const Interval present = domain::DigestAt(settings, zone, inbox.now());
  DigestView view;
  view.interval = complete ? domain::DigestAt(settings, zone, present.start - Duration(1))
                           : Interval{present.start, std::max(present.start, inbox.now())};
  std::optional<InboxPlace> before;
  if (complete) {
    before.emplace().time = present.start;  // Below all that came then.
  }
  std::map<domain::InboxTopic, DigestView::Topic> topics;
  const auto visit = [&](const Notification& notice) {
    if (notice.place.time < view.interval.start) {
      return false;
    }
    const domain::InboxTopic topic = domain::TopicOf(notice.kind);
    if (!domain::IsMuted(settings, topic)) {
      DigestView::Topic& of_topic = topics[topic];
      of_topic.topic = topic;
      ++of_topic.count;
      if (of_topic.newest.size() < kDigestShown) {
        of_topic.newest.push_back(notice);
      }
    }
    return true;
  };
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<InboxPlace> rest,
                           inbox.Walk(before, kLookedMax, visit));
  view.more = rest.has_value();
  for (auto& [topic, of_topic] : topics) {
    view.topics.push_back(std::move(of_topic));
  }
  return view;
}

absl::StatusOr<PushNews> NewsToPush(Inbox& inbox, const InboxPosition& after) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::InboxSettings settings, inbox.Settings());
  PERIGEE_ASSIGN_OR_RETURN(const Zone zone, ZoneOf(inbox, settings));
  PushNews push;
  push.position = after;
  const Interval quiet = domain::QuietAt(settings, zone, inbox.now());
  if (quiet.Contains(inbox.now())) {
    push.again = quiet.end;
    return push;
  }
  const bool has_digest = settings.digest != domain::InboxDigest::kNone;
  const Interval present = domain::DigestAt(settings, zone, inbox.now());
  bool more = true;
  while (more) {
    PERIGEE_ASSIGN_OR_RETURN(
        InboxNews news, NewsAfter(inbox, push.position, has_digest ? present.start : kEndOfTime));
    std::ranges::move(news.notices, std::back_inserter(push.notices));
    push.position = std::move(news.position);
    push.again = has_digest ? present.end : news.next;
    more = news.more;
  }
  std::ranges::sort(push.notices, {}, &Notification::place);
  return push;
}

}  // namespace perigee::use_cases
