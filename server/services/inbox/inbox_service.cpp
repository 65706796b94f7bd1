#include "server/services/inbox/inbox_service.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/core/error.h"
#include "server/core/page_token.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/program/program.h"
#include "server/ports/store.h"
#include "server/services/convert.h"
#include "server/services/inbox/inbox_convert.h"
#include "server/services/inbox/inbox_cursor.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/services/update_mask.h"
#include "server/use_cases/inbox/inbox.h"
#include "server/use_cases/inbox/inbox_changes.h"
#include "server/use_cases/inbox/inbox_news.h"

namespace perigee::services {
namespace {

using domain::InboxPlace;
using domain::InboxSettings;
using domain::Member;
using use_cases::Inbox;
using use_cases::InboxGround;

constexpr std::size_t kReadAtOnceMax = 500;

// Where a page of an inbox ended, as a page token holds it: an id with its time.
std::string PositionOf(const InboxPlace& place) {
  return absl::StrCat(ToMicros(place.time), " ", domain::FormatInboxId(place));
}

absl::StatusOr<std::optional<InboxPlace>> ParsePosition(const std::string& position) {
  if (position.empty()) {
    return std::optional<InboxPlace>();
  }
  const std::vector<std::string> parts = absl::StrSplit(position, ' ');
  std::optional<InboxPlace> place = domain::ParseInboxId(parts.back());
  std::int64_t micros = 0;
  const std::string& time = parts.front();
  const auto [end, error] = std::from_chars(time.data(), time.data() + time.size(), micros);
  if (parts.size() != 2 || !place.has_value() || error != std::errc()) {
    return InvalidField("page_token", "is no token of this list");
  }
  place->time = FromMicros(micros);
  return place;
}

absl::StatusOr<v1::ListNotificationsResponse> List(const CallContext& call,
                                                   const v1::ListNotificationsRequest& request,
                                                   const ports::Store& store,
                                                   const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  if (!v1::Notification::Topic_IsValid(request.topic())) {
    return InvalidField("topic", "names a topic that there is not");
  }
  PERIGEE_ASSIGN_OR_RETURN(
      const Page page,
      Page::Parse(tokens,
                  absl::StrCat("ListNotifications ", request.parent(), " ", request.unread_only(),
                               " ", static_cast<int>(request.topic())),
                  request));
  use_cases::InboxQuery query;
  query.unread_only = request.unread_only();
  query.size = page.size();
  if (request.topic() != v1::Notification::TOPIC_UNSPECIFIED) {
    query.topic = static_cast<domain::InboxTopic>(request.topic());
  }
  PERIGEE_ASSIGN_OR_RETURN(query.before, ParsePosition(page.after()));
  const auto read =
      [&](ports::StoreReader& reader) -> absl::StatusOr<v1::ListNotificationsResponse> {
    PERIGEE_ASSIGN_OR_RETURN(const Member member, RequireMember(reader, parts[0], parts[1]));
    InboxGround ground(reader, parts[0]);
    PERIGEE_ASSIGN_OR_RETURN(Inbox inbox, Inbox::Of(ground, member, call.now));
    PERIGEE_ASSIGN_OR_RETURN(const use_cases::InboxPage listed, use_cases::ListInbox(inbox, query));
    v1::ListNotificationsResponse response;
    NoticeWriter writer(reader, parts[0], member.id);
    for (const auto& one : listed.notices) {
      PERIGEE_ASSIGN_OR_RETURN(v1::Notification shown, writer.ToProto(one.notice));
      shown.set_read(one.read);
      *response.add_notifications() = std::move(shown);
    }
    if (listed.next.has_value()) {
      response.set_next_page_token(page.TokenAfter(PositionOf(*listed.next)));
    }
    if (!query.before.has_value()) {
      PERIGEE_ASSIGN_OR_RETURN(const domain::InboxPosition position,
                               use_cases::PresentPosition(inbox));
      response.set_cursor(InboxCursors(tokens, inbox.members().front()).Encode(position));
    }
    return response;
  };
  return ReadFrom(store, read);
}

// The notification of that name, which must be of that member.
absl::StatusOr<InboxPlace> ParseNotification(std::string_view field, const std::string& name,
                                             const std::vector<std::string>& parent) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName(field, name, kNotificationPattern));
  if (parts[0] != parent[0] || parts[1] != parent[1]) {
    return InvalidField(field, "is of another inbox");
  }
  const std::optional<InboxPlace> place = domain::ParseInboxId(parts[2]);
  if (!place.has_value()) {
    return NotFound(name);
  }
  return *place;
}

absl::StatusOr<Change> ChangeToRead(const CallContext&, const v1::MarkReadRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  if (request.names().empty() == request.up_to().empty()) {
    return InvalidField("names", "or up_to must be given, and not both");
  }
  if (static_cast<std::size_t>(request.names_size()) > kReadAtOnceMax) {
    return InvalidField("names", absl::StrCat("must be at most ", kReadAtOnceMax));
  }
  use_cases::ReadOrder order{parts[0], parts[1]};
  for (const std::string& name : request.names()) {
    PERIGEE_ASSIGN_OR_RETURN(const InboxPlace place, ParseNotification("names", name, parts));
    order.places.push_back(place);
  }
  if (!request.up_to().empty()) {
    PERIGEE_ASSIGN_OR_RETURN(order.up_to, ParseNotification("up_to", request.up_to(), parts));
  }
  return Change{parts[0], [order](ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return Answered(use_cases::MarkRead(reader, unit, order),
                                  [](const domain::InboxMark&) { return v1::MarkReadResponse(); });
                }};
}

absl::StatusOr<v1::InboxSettings> GetSettings(const CallContext& call,
                                              const v1::GetInboxSettingsRequest& request,
                                              const ports::Store& store) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kInboxSettingsPattern));
  return ReadFrom(store, [&](ports::StoreReader& reader) -> absl::StatusOr<v1::InboxSettings> {
    PERIGEE_ASSIGN_OR_RETURN(const Member member, RequireMember(reader, parts[0], parts[1]));
    InboxGround ground(reader, parts[0]);
    PERIGEE_ASSIGN_OR_RETURN(Inbox inbox, Inbox::Of(ground, member, call.now));
    PERIGEE_ASSIGN_OR_RETURN(const InboxSettings settings, inbox.Settings());
    return ToProto(parts[0], member.id, settings);
  });
}

constexpr Changeable<InboxSettings> kChangeable[] = {
    {"muted_topics",
     [](InboxSettings& present, const InboxSettings& given) { present.muted = given.muted; }},
    {"digest",
     [](InboxSettings& present, const InboxSettings& given) { present.digest = given.digest; }},
    {"quiet_begin_minute",
     [](InboxSettings& present, const InboxSettings& given) {
       present.quiet_begin = given.quiet_begin;
     }},
    {"quiet_end_minute", [](InboxSettings& present,
                            const InboxSettings& given) { present.quiet_end = given.quiet_end; }},
    {"time_zone", [](InboxSettings& present,
                     const InboxSettings& given) { present.time_zone = given.time_zone; }},
};

absl::StatusOr<Change> ChangeToSet(const CallContext&,
                                   const v1::UpdateInboxSettingsRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(
      const std::vector<std::string> parts,
      ParseName("settings.name", request.settings().name(), kInboxSettingsPattern));
  PERIGEE_ASSIGN_OR_RETURN(
      const use_cases::Edit<InboxSettings> edit,
      ParseEdit(request.update_mask(), request.settings(), kChangeable, &ParseInboxSettings));
  return Change{
      parts[0], [parts, edit](ports::StoreReader& reader, const ports::UnitContext& unit) {
        return Answered(
            use_cases::UpdateInboxSettings(reader, unit, parts[0], parts[1], edit),
            [&](const InboxSettings& settings) { return ToProto(parts[0], parts[1], settings); });
      }};
}

absl::StatusOr<v1::InboxDigest> GetDigest(const CallContext& call,
                                          const v1::GetDigestRequest& request,
                                          const ports::Store& store) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  return ReadFrom(store, [&](ports::StoreReader& reader) -> absl::StatusOr<v1::InboxDigest> {
    PERIGEE_ASSIGN_OR_RETURN(const Member member, RequireMember(reader, parts[0], parts[1]));
    InboxGround ground(reader, parts[0]);
    PERIGEE_ASSIGN_OR_RETURN(Inbox inbox, Inbox::Of(ground, member, call.now));
    PERIGEE_ASSIGN_OR_RETURN(const use_cases::DigestView digest,
                             use_cases::ReadDigest(inbox, request.complete()));
    v1::InboxDigest out;
    *out.mutable_start_time() = ToTimestamp(digest.interval.start);
    *out.mutable_end_time() = ToTimestamp(digest.interval.end);
    NoticeWriter writer(reader, parts[0], member.id);
    for (const use_cases::DigestView::Topic& topic : digest.topics) {
      v1::InboxDigest::TopicDigest& shown = *out.add_topics();
      shown.set_topic(static_cast<v1::Notification::Topic>(topic.topic));
      shown.set_count(topic.count);
      for (const domain::Notification& notice : topic.newest) {
        PERIGEE_ASSIGN_OR_RETURN(*shown.add_newest(), writer.ToProto(notice));
      }
    }
    out.set_more(digest.more);
    return out;
  });
}

}  // namespace

InboxService::InboxService(Call& call, const PageTokens& tokens, ports::InboxStats& stats)
    : Service(call, "perigee.v1.InboxService"), tokens_(tokens), watches_(call, tokens, stats) {
  Read<v1::ListNotificationsRequest>("ListNotifications",
                                     [this](const CallContext& context, const auto& asked) {
                                       return List(context, asked, store(), tokens_);
                                     });
  Write<v1::MarkReadRequest>("MarkRead", ChangeToRead);
  Read<v1::GetInboxSettingsRequest>("GetInboxSettings",
                                    [this](const CallContext& context, const auto& asked) {
                                      return GetSettings(context, asked, store());
                                    });
  Write<v1::UpdateInboxSettingsRequest>("UpdateInboxSettings", ChangeToSet);
  Read<v1::GetDigestRequest>("GetDigest", [this](const CallContext& context, const auto& asked) {
    return services::GetDigest(context, asked, store());
  });
  ServerStream<v1::WatchInboxRequest>(
      "WatchInbox", [this](const RunningCall& running, const v1::WatchInboxRequest& asked) {
        return watches_.Start(running, asked);
      });
}

}  // namespace perigee::services
