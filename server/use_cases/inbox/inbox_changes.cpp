#include "server/use_cases/inbox/inbox_changes.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/program/program.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/inbox/inbox.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::InboxMark;
using domain::InboxPlace;
using domain::InboxPosition;
using domain::InboxSettings;
using domain::Notification;

absl::Status NoNotification(const ReadOrder& order, const InboxPlace& place) {
  return NotFound(FormatName(kNotificationPattern,
                             {order.program, order.member, domain::FormatInboxId(place)}));
}

// The notification in the inbox, with its time. kNotFound.
absl::StatusOr<InboxPlace> Require(Inbox& inbox, const ReadOrder& order, const InboxPlace& place) {
  std::vector<Notification> all;
  if (place.revision > 0) {
    PERIGEE_ASSIGN_OR_RETURN(all, inbox.OfEntry(place.revision));
  } else {
    PERIGEE_ASSIGN_OR_RETURN(const domain::StandingNotices* standing, inbox.Standing());
    all = standing->all();
  }
  for (const Notification& notice : all) {
    InboxPlace without_time = notice.place;
    without_time.time = Time{};
    if (without_time == place) {
      return notice.place;
    }
  }
  return NoNotification(order, place);
}

// Reads all from `top` on downwards.
absl::Status ReadUpTo(Inbox& inbox, const InboxPlace& top, InboxPosition& position,
                      std::vector<InboxPlace>& besides) {
  if (top.revision > 0) {
    position.MoveTo(top.revision - 1);
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<Notification> notices, inbox.OfEntry(top.revision));
    if (!notices.empty() && notices.back().place.number == top.number) {
      position.MoveTo(top.revision);
    }
    for (const Notification& notice : notices) {
      if (notice.place <= top) {
        besides.push_back(notice.place);
      }
    }
  } else {
    // Entries of the same instant stand above it.
    PERIGEE_ASSIGN_OR_RETURN(const domain::Revision revision,
                             inbox.ground().reader().journal().RevisionAt(inbox.ground().program(),
                                                                          top.time - Duration(1)));
    position.MoveTo(revision);
  }
  PERIGEE_ASSIGN_OR_RETURN(const domain::StandingNotices* standing, inbox.Standing());
  for (const Notification& notice : standing->all()) {
    if (notice.place <= top) {
      position.Tell(notice.place);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Decided<InboxMark>> MarkRead(ports::StoreReader& reader,
                                            const ports::UnitContext& unit,
                                            const ReadOrder& order) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                           RequireMember(reader, order.program, order.member));
  InboxGround ground(reader, order.program);
  PERIGEE_ASSIGN_OR_RETURN(Inbox inbox, Inbox::Of(ground, member, unit.now));
  PERIGEE_ASSIGN_OR_RETURN(const InboxMark before, inbox.Mark());
  InboxPosition position = domain::PositionOf(before);
  std::vector<InboxPlace> besides;
  for (const InboxPlace& asked : order.places) {
    PERIGEE_ASSIGN_OR_RETURN(const InboxPlace place, Require(inbox, order, asked));
    if (place.revision > 0) {
      besides.push_back(place);
    } else {
      position.Tell(place);
    }
  }
  if (order.up_to.has_value()) {
    PERIGEE_ASSIGN_OR_RETURN(const InboxPlace top, Require(inbox, order, *order.up_to));
    PERIGEE_RETURN_IF_ERROR(ReadUpTo(inbox, top, position, besides));
  }
  PERIGEE_ASSIGN_OR_RETURN(const domain::StandingNotices* standing, inbox.Standing());
  standing->Clean(position);
  Decided<InboxMark> decided{before, {}};
  PERIGEE_RETURN_IF_ERROR(domain::Note(position, std::move(besides), decided.value));
  if (decided.value.read_revision != before.read_revision ||
      decided.value.read_standing != before.read_standing ||
      decided.value.read_besides != before.read_besides) {
    decided.value.revision = unit.revision;
    decided.changes.records.Put(decided.value);
  }
  return decided;
}

absl::StatusOr<Decided<InboxSettings>> UpdateInboxSettings(ports::StoreReader& reader,
                                                           const ports::UnitContext& unit,
                                                           const std::string& program,
                                                           const std::string& member_id,
                                                           const Edit<InboxSettings>& edit) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member member, RequireMember(reader, program, member_id));
  InboxGround ground(reader, program);
  PERIGEE_ASSIGN_OR_RETURN(Inbox inbox, Inbox::Of(ground, member, unit.now));
  PERIGEE_ASSIGN_OR_RETURN(InboxSettings settings, inbox.Settings());
  PERIGEE_RETURN_IF_ERROR(domain::CheckEtag(edit.etag, settings.revision));
  edit.apply(settings);
  PERIGEE_RETURN_IF_ERROR(domain::NormalizeInboxSettings(settings));
  settings.revision = unit.revision;
  return Put(std::move(settings));
}

}  // namespace perigee::use_cases
