#include "server/use_cases/inbox/inbox_pushes.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "server/core/status_macros.h"
#include "server/domain/delivery/device.h"
#include "server/domain/inbox/inbox_mark.h"
#include "server/domain/inbox/inbox_position.h"
#include "server/domain/inbox/notification.h"
#include "server/domain/inbox/standing_notices.h"
#include "server/domain/member/member.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/all_records.h"
#include "server/use_cases/delivery/devices.h"
#include "server/use_cases/inbox/inbox.h"
#include "server/use_cases/inbox/inbox_news.h"

namespace perigee::use_cases {
namespace {

using domain::InboxPosition;
using domain::InboxTopic;
using domain::MemberKey;
using domain::Notification;
using domain::PushMark;

// How many entries may be looked at again because nothing of them was pushed.
constexpr domain::Revision kPassedOverMax = 1000;

// A person with devices, and what may be pushed to it.
struct Pushable {
  std::vector<MemberKey> members;
  std::vector<std::string> waits_for;
  InboxPosition before;
  PushNews news;

  bool HasNews() const {
    return !news.notices.empty() || news.position.revision() - before.revision() >= kPassedOverMax;
  }
};

// Up to where it was pushed to the person. What a new device finds there is not new.
absl::StatusOr<InboxPosition> PushedTo(Inbox& inbox, const domain::Device& oldest) {
  InboxPosition position(oldest.revision);
  PERIGEE_ASSIGN_OR_RETURN(const domain::StandingNotices* standing, inbox.Standing());
  for (const Notification& notice : standing->all()) {
    if (notice.place.time <= oldest.create_time) {
      position.Tell(notice.place);
    }
  }
  // Of members that were merged each may have one.
  PERIGEE_ASSIGN_OR_RETURN(
      const std::vector<PushMark> marks,
      AllRecordsOf<PushMark>(inbox.ground().reader(), inbox.ground().program(), inbox.members()));
  for (const PushMark& mark : marks) {
    position.Add(domain::PositionOf(mark));
  }
  return position;
}

absl::StatusOr<std::optional<Pushable>> Find(InboxGround& ground, const MemberKey& member,
                                             Time now) {
  using Answer = std::optional<Pushable>;
  PERIGEE_ASSIGN_OR_RETURN(
      const std::vector<domain::Member> found,
      ground.reader().members().FindByKeys(ground.program(), std::span(&member, 1)));
  if (found.empty()) {
    return Answer();
  }
  PERIGEE_ASSIGN_OR_RETURN(Inbox inbox, Inbox::Of(ground, found.front(), now));
  PERIGEE_ASSIGN_OR_RETURN(
      const std::vector<domain::Device> devices,
      AllRecordsOf<domain::Device>(ground.reader(), ground.program(), inbox.members()));
  if (devices.empty()) {
    return Answer();
  }
  Pushable pushable;
  PERIGEE_ASSIGN_OR_RETURN(
      pushable.before,
      PushedTo(inbox, *std::ranges::min_element(devices, {}, &domain::Device::revision)));
  PERIGEE_ASSIGN_OR_RETURN(pushable.news, NewsToPush(inbox, pushable.before));
  PERIGEE_ASSIGN_OR_RETURN(const domain::InboxMark mark, inbox.Mark());
  const InboxPosition read = domain::PositionOf(mark);
  std::erase_if(pushable.news.notices, [&](const Notification& notice) {
    return domain::IsRead(mark, read, notice.place);
  });
  pushable.members = inbox.members();
  pushable.waits_for = inbox.waits_for();
  return Answer(std::move(pushable));
}

absl::Status Put(ports::StoreReader& reader, const ports::UnitContext& unit,
                 const std::string& program, const Pushable& pushable, domain::Changes& changes) {
  const MemberKey& head = pushable.members.front();
  std::map<InboxTopic, std::string> newest;
  for (const Notification& notice : pushable.news.notices) {
    newest[domain::TopicOf(notice.kind)] = domain::FormatInboxId(notice.place);
  }
  for (const auto& [topic, notification] : newest) {
    PERIGEE_RETURN_IF_ERROR(EnqueuePush(reader, unit, program,
                                        {head, notification, std::string(domain::NameOf(topic)),
                                         std::string(domain::SentenceOf(topic))},
                                        changes));
  }
  PushMark mark;
  mark.member = head;
  domain::Note(pushable.news.position, mark);
  mark.revision = unit.revision;
  changes.records.Put(std::move(mark));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::optional<PushLook>> LookToPush(InboxGround& ground, const MemberKey& member,
                                                   Time now) {
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Pushable> pushable, Find(ground, member, now));
  if (!pushable.has_value()) {
    return std::optional<PushLook>();
  }
  PushLook look;
  look.has_news = pushable->HasNews();
  look.again = pushable->news.again;
  look.members = std::move(pushable->members);
  look.waits_for = std::move(pushable->waits_for);
  return std::optional<PushLook>(std::move(look));
}

absl::StatusOr<domain::Changes> PutPushes(ports::StoreReader& reader,
                                          const ports::UnitContext& unit,
                                          const std::string& program,
                                          std::span<const MemberKey> members) {
  domain::Changes changes;
  InboxGround ground(reader, program);
  std::set<MemberKey> done;
  for (const MemberKey& member : members) {
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<Pushable> pushable,
                             Find(ground, member, unit.now));
    if (pushable.has_value() && pushable->HasNews() &&
        done.insert(pushable->members.front()).second) {
      PERIGEE_RETURN_IF_ERROR(Put(reader, unit, program, *pushable, changes));
    }
  }
  return changes;
}

absl::StatusOr<bool> IsStillNews(ports::StoreReader& reader, const std::string& program,
                                 const domain::PushDelivery& push, Time now) {
  const std::optional<domain::InboxPlace> place = domain::ParseInboxId(push.notification);
  if (!place.has_value()) {
    return true;  // It is of no inbox.
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> found,
                           reader.members().FindByKeys(program, std::span(&push.member, 1)));
  if (found.empty()) {
    return false;
  }
  InboxGround ground(reader, program);
  PERIGEE_ASSIGN_OR_RETURN(Inbox inbox, Inbox::Of(ground, found.front(), now));
  if (place->revision > 0) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<Notification> notices,
                             inbox.OfEntry(place->revision));
    return std::ranges::any_of(
        notices, [&](const Notification& notice) { return notice.place.number == place->number; });
  }
  PERIGEE_ASSIGN_OR_RETURN(const domain::StandingNotices* standing, inbox.Standing());
  // A later stage is news as well.
  return std::ranges::any_of(standing->all(), [&](const Notification& notice) {
    return notice.place.standing == place->standing;
  });
}

}  // namespace perigee::use_cases
