#include "server/domain/inbox/inbox_settings.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::InboxDigest;
using domain::InboxSettings;
using domain::InboxTopic;
using testing::ElementsAre;

Time At(const std::string& text) { return *ParseTime(text); }

InboxSettings Quiet(int begin_hour, int begin_minute, int end_hour, int end_minute) {
  InboxSettings settings;
  settings.quiet_begin = 60 * begin_hour + begin_minute;
  settings.quiet_end = 60 * end_hour + end_minute;
  return settings;
}

Interval QuietAt(const InboxSettings& settings, const std::string& zone, const std::string& now) {
  return domain::QuietAt(settings, *Zone::Load(zone), At(now));
}
bool IsQuiet(const InboxSettings& settings, const std::string& zone, const std::string& now) {
  return QuietAt(settings, zone, now).Contains(At(now));
}

TEST(InboxSettingsTest, QuietHoursMayEndOnTheNextDay) {
  const InboxSettings night = Quiet(22, 0, 7, 30);
  EXPECT_FALSE(IsQuiet(night, "Europe/Vienna", "2026-01-10T20:59:59Z"));
  EXPECT_TRUE(IsQuiet(night, "Europe/Vienna", "2026-01-10T21:00:00Z"));
  EXPECT_TRUE(IsQuiet(night, "Europe/Vienna", "2026-01-11T06:29:59Z"));
  EXPECT_FALSE(IsQuiet(night, "Europe/Vienna", "2026-01-11T06:30:00Z"));
  EXPECT_EQ(QuietAt(night, "Europe/Vienna", "2026-01-11T00:00:00Z").end,
            At("2026-01-11T06:30:00Z"));

  const InboxSettings noon = Quiet(12, 0, 13, 0);
  EXPECT_TRUE(IsQuiet(noon, "UTC", "2026-01-10T12:30:00Z"));
  EXPECT_FALSE(IsQuiet(noon, "UTC", "2026-01-10T13:00:00Z"));
  EXPECT_FALSE(IsQuiet(Quiet(5, 0, 5, 0), "UTC", "2026-01-10T05:00:00Z"));
}

TEST(InboxSettingsTest, QuietHoursFollowTheClockOverItsChanges) {
  const InboxSettings night = Quiet(22, 0, 7, 0);
  // On 29 March 2026 the night has eight hours in Vienna, on 25 October ten.
  EXPECT_EQ(QuietAt(night, "Europe/Vienna", "2026-03-29T00:30:00Z"),
            (Interval{At("2026-03-28T21:00:00Z"), At("2026-03-29T05:00:00Z")}));
  EXPECT_EQ(QuietAt(night, "Europe/Vienna", "2026-10-25T00:30:00Z"),
            (Interval{At("2026-10-24T20:00:00Z"), At("2026-10-25T06:00:00Z")}));
  // 02:30 is skipped: the quiet hours end with the change.
  EXPECT_EQ(QuietAt(Quiet(22, 0, 2, 30), "Europe/Vienna", "2026-03-29T00:30:00Z").end,
            At("2026-03-29T01:00:00Z"));
  // They would begin and end in the hour that is skipped: there are none.
  EXPECT_FALSE(IsQuiet(Quiet(2, 10, 2, 50), "Europe/Vienna", "2026-03-29T01:00:00Z"));
  // 02:30 is shown twice: the first time counts, and it stays so.
  const InboxSettings short_night = Quiet(22, 0, 2, 30);
  EXPECT_EQ(QuietAt(short_night, "Europe/Vienna", "2026-10-25T00:00:00Z").end,
            At("2026-10-25T00:30:00Z"));
  EXPECT_FALSE(IsQuiet(short_night, "Europe/Vienna", "2026-10-25T01:10:00Z"));
}

TEST(InboxSettingsTest, ADigestIsOfADayOrAWeekOfTheZone) {
  InboxSettings settings;
  const Zone vienna = *Zone::Load("Europe/Vienna");
  const Time sunday = At("2026-03-29T12:00:00Z");
  const Interval day{At("2026-03-28T23:00:00Z"), At("2026-03-29T22:00:00Z")};
  EXPECT_EQ(domain::DigestAt(settings, vienna, sunday), day);
  settings.digest = InboxDigest::kDaily;
  EXPECT_EQ(domain::DigestAt(settings, vienna, sunday), day);
  settings.digest = InboxDigest::kWeekly;
  EXPECT_EQ(domain::DigestAt(settings, vienna, sunday),
            (Interval{At("2026-03-22T23:00:00Z"), At("2026-03-29T22:00:00Z")}));
  // Monday is the first day of the next one.
  EXPECT_EQ(domain::DigestAt(settings, vienna, At("2026-03-29T22:00:00Z")).start,
            At("2026-03-29T22:00:00Z"));
}

TEST(InboxSettingsTest, FieldsHaveLimits) {
  InboxSettings settings;
  settings.muted = {InboxTopic::kThanks, InboxTopic::kBadges, InboxTopic::kThanks};
  ASSERT_THAT(domain::NormalizeInboxSettings(settings), IsOk());
  EXPECT_THAT(settings.muted, ElementsAre(InboxTopic::kBadges, InboxTopic::kThanks));
  EXPECT_TRUE(domain::IsMuted(settings, InboxTopic::kBadges));
  EXPECT_FALSE(domain::IsMuted(settings, InboxTopic::kAsks));

  InboxSettings wrong;
  wrong.muted = {static_cast<InboxTopic>(13)};
  EXPECT_THAT(domain::NormalizeInboxSettings(wrong), IsInvalidField("settings.muted_topics"));
  wrong = {};
  wrong.digest = static_cast<InboxDigest>(4);
  EXPECT_THAT(domain::NormalizeInboxSettings(wrong), IsInvalidField("settings.digest"));
  wrong = {};
  wrong.quiet_begin = -1;
  EXPECT_THAT(domain::NormalizeInboxSettings(wrong), IsInvalidField("settings.quiet_begin_minute"));
  wrong = {};
  wrong.quiet_end = domain::kMinutesOfDay;
  EXPECT_THAT(domain::NormalizeInboxSettings(wrong), IsInvalidField("settings.quiet_end_minute"));
  wrong = {};
  wrong.time_zone = "Europe/Atlantis";
  EXPECT_THAT(domain::NormalizeInboxSettings(wrong), IsInvalidField("settings.time_zone"));
}

}  // namespace
}  // namespace perigee::tests
