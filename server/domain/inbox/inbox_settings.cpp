#include "server/domain/inbox/inbox_settings.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto InboxSettings::Fields() {
  return std::tuple(OwnerKey(1, "member_key", &InboxSettings::member),
                    Plain(2, "muted", &InboxSettings::muted),
                    Plain(3, "digest", &InboxSettings::digest),
                    Plain(4, "quiet_begin", &InboxSettings::quiet_begin),
                    Plain(5, "quiet_end", &InboxSettings::quiet_end),
                    // Where a person lives may not stand in the hashed journal for ever.
                    Personal(6, "time_zone", &InboxSettings::time_zone));
}
template <>
const RecordType& TypeOf<InboxSettings>() {
  static const RecordTypeFor<InboxSettings> kType;
  return kType;
}
namespace {

absl::Status CheckMinute(std::string_view field, int minute) {
  if (minute < 0 || minute >= kMinutesOfDay) {
    return InvalidField(field, absl::StrCat("must be 0 to ", kMinutesOfDay - 1));
  }
  return absl::OkStatus();
}

Time AtMinute(const Zone& zone, absl::CivilDay day, int minute) {
  return zone.At(absl::CivilSecond(day) + std::int64_t{minute} * 60);
}

}  // namespace

absl::Status NormalizeInboxSettings(InboxSettings& settings) {
  std::ranges::sort(settings.muted);
  const auto doubles = std::unique(settings.muted.begin(), settings.muted.end());
  settings.muted.erase(doubles, settings.muted.end());
  for (const InboxTopic topic : settings.muted) {
    const auto all = AllTopics();
    if (std::ranges::find(all, topic) == all.end()) {
      return InvalidField("settings.muted_topics", "names a topic that there is not");
    }
  }
  if (settings.digest < InboxDigest::kNone || settings.digest > InboxDigest::kWeekly) {
    return InvalidField("settings.digest", "must be NONE, DAILY or WEEKLY");
  }
  PERIGEE_RETURN_IF_ERROR(CheckMinute("settings.quiet_begin_minute", settings.quiet_begin));
  PERIGEE_RETURN_IF_ERROR(CheckMinute("settings.quiet_end_minute", settings.quiet_end));
  if (!settings.time_zone.empty()) {
    PERIGEE_RETURN_IF_ERROR(Zone::Parse(settings.time_zone, "settings.time_zone").status());
  }
  return absl::OkStatus();
}

bool IsMuted(const InboxSettings& settings, InboxTopic topic) {
  return std::ranges::find(settings.muted, topic) != settings.muted.end();
}

Interval QuietAt(const InboxSettings& settings, const Zone& zone, Time now) {
  if (settings.quiet_begin == settings.quiet_end) {
    return {now, now};
  }
  const bool overnight = settings.quiet_end < settings.quiet_begin;
  const absl::CivilDay today = zone.DayOf(now);
  for (const absl::CivilDay day : {today - 1, today}) {
    const Interval quiet{AtMinute(zone, day, settings.quiet_begin),
                         AtMinute(zone, overnight ? day + 1 : day, settings.quiet_end)};
    if (quiet.Contains(now)) {
      return quiet;
    }
  }
  return {now, now};
}

Interval DigestAt(const InboxSettings& settings, const Zone& zone, Time now) {
  const absl::CivilDay today = zone.DayOf(now);
  if (settings.digest != InboxDigest::kWeekly) {
    return {zone.StartOf(today), zone.StartOf(zone.DayAfter(today))};
  }
  const absl::CivilDay monday = absl::PrevWeekday(today + 1, absl::Weekday::monday);
  return {zone.StartOf(monday), zone.StartOf(monday + 7)};
}

}  // namespace perigee::domain
