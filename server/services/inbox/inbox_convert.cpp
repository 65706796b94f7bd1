#include "server/services/inbox/inbox_convert.h"

#include <optional>
#include <utility>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/badge/badge.h"
#include "server/domain/champion/title.h"
#include "server/domain/insider/agreement.h"
#include "server/domain/insider/item.h"
#include "server/domain/program/program.h"
#include "server/domain/reward/reward.h"
#include "server/domain/tier/tier_scheme.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/services/convert.h"

namespace perigee::services {
namespace {

using domain::InboxTopic;
using domain::Notification;

// The patterns of what a notification of a topic is about, and of what that is of. Empty: it has
// none. A pattern with two stars is filled with programme and id, one with three with the member
// too.
struct Patterns {
  std::string_view resource;
  std::string_view of;
};

Patterns PatternsOf(InboxTopic topic) {
  switch (topic) {
    case InboxTopic::kInsider:
      return {"", kItemPattern};
    case InboxTopic::kSeats:
      return {kSeatPattern, ""};
    case InboxTopic::kAgreements:
      return {"", kAgreementPattern};
    case InboxTopic::kAppointments:
      return {kAppointmentPattern, kTitlePattern};
    case InboxTopic::kNominations:
      return {kNominationPattern, kTitlePattern};
    case InboxTopic::kContributions:
      return {kContributionPattern, kContributionKindPattern};
    case InboxTopic::kBadges:
      return {kBadgeGrantPattern, kBadgePattern};
    case InboxTopic::kTiers:
      return {kTierStandingPattern, kTierSchemePattern};
    case InboxTopic::kThanks:
      return {kThanksPattern, ""};
    case InboxTopic::kRewards:
      return {kRedemptionPattern, kRewardPattern};
    case InboxTopic::kAsks:
      return {kAskPattern, ""};
    case InboxTopic::kIdeas:
      return {kIdeaPattern, kItemPattern};
  }
  return {};
}

}  // namespace

std::string NoticeWriter::Of(std::string_view pattern, const std::string& id) const {
  if (pattern.empty() || id.empty()) {
    return {};
  }
  return pattern.find("/members/") == std::string_view::npos
             ? FormatName(pattern, {program_, id})
             : FormatName(pattern, {program_, member_, id});
}

template <class R>
absl::StatusOr<std::string> NoticeWriter::Find(const std::string& id) {
  R like;
  like.id = id;
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<R> found, reader_.records().Find(program_, like));
  return found.has_value() ? found->display_name : std::string();
}

absl::StatusOr<std::string> NoticeWriter::DisplayNameOf(const Notification& notice) {
  switch (domain::TopicOf(notice.kind)) {
    case InboxTopic::kInsider:
    case InboxTopic::kIdeas:
      return Find<domain::InsiderItem>(notice.about);
    case InboxTopic::kAgreements:
      return Find<domain::Agreement>(notice.about);
    case InboxTopic::kAppointments:
    case InboxTopic::kNominations:
      return Find<domain::Title>(notice.about);
    case InboxTopic::kBadges:
      return Find<domain::Badge>(notice.about);
    case InboxTopic::kTiers:
      return Find<domain::TierScheme>(notice.about);
    case InboxTopic::kRewards:
      return Find<domain::Reward>(notice.about);
    default:
      return std::string();
  }
}

absl::StatusOr<v1::Notification> NoticeWriter::ToProto(const Notification& notice) {
  const Patterns patterns = PatternsOf(domain::TopicOf(notice.kind));
  v1::Notification out;
  out.set_name(
      FormatName(kNotificationPattern, {program_, member_, domain::FormatInboxId(notice.place)}));
  out.set_topic(static_cast<v1::Notification::Topic>(domain::TopicOf(notice.kind)));
  out.set_kind(static_cast<v1::Notification::Kind>(notice.kind));
  *out.mutable_time() = ToTimestamp(notice.place.time);
  const std::string of = Of(patterns.of, notice.about);
  // What a member has of a badge or a scheme is named by that.
  const std::string& id = notice.id.empty() ? notice.about : notice.id;
  out.set_resource(patterns.resource.empty() ? of : Of(patterns.resource, id));
  out.set_of(patterns.resource.empty() ? std::string() : of);
  out.set_version(static_cast<std::int32_t>(notice.version));
  if (!of.empty()) {
    const auto known = display_names_.find(of);
    if (known != display_names_.end()) {
      out.set_display_name(known->second);
    } else {
      PERIGEE_ASSIGN_OR_RETURN(std::string display_name, DisplayNameOf(notice));
      out.set_display_name(display_name);
      display_names_.emplace(of, std::move(display_name));
    }
  }
  return out;
}

v1::InboxSettings ToProto(const std::string& program, const std::string& member,
                          const domain::InboxSettings& settings) {
  v1::InboxSettings out;
  out.set_name(FormatName(kInboxSettingsPattern, {program, member}));
  for (const InboxTopic topic : settings.muted) {
    out.add_muted_topics(static_cast<v1::Notification::Topic>(topic));
  }
  out.set_digest(static_cast<v1::InboxSettings::Digest>(settings.digest));
  out.set_quiet_begin_minute(settings.quiet_begin);
  out.set_quiet_end_minute(settings.quiet_end);
  out.set_time_zone(settings.time_zone);
  if (settings.revision > 0) {
    out.set_etag(domain::Etag(settings.revision));
  }
  out.set_revision(settings.revision);
  return out;
}

absl::StatusOr<domain::InboxSettings> ParseInboxSettings(const v1::InboxSettings& settings) {
  domain::InboxSettings out;
  for (const int topic : settings.muted_topics()) {
    if (topic == v1::Notification::TOPIC_UNSPECIFIED || !v1::Notification::Topic_IsValid(topic)) {
      return InvalidField("settings.muted_topics", "names a topic that there is not");
    }
    out.muted.push_back(static_cast<InboxTopic>(topic));
  }
  if (!v1::InboxSettings::Digest_IsValid(settings.digest())) {
    return InvalidField("settings.digest", "must be NONE, DAILY or WEEKLY");
  }
  if (settings.digest() != v1::InboxSettings::DIGEST_UNSPECIFIED) {
    out.digest = static_cast<domain::InboxDigest>(settings.digest());
  }
  out.quiet_begin = settings.quiet_begin_minute();
  out.quiet_end = settings.quiet_end_minute();
  out.time_zone = settings.time_zone();
  return out;
}

}  // namespace perigee::services
