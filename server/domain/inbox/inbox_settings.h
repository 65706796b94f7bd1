#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/civil_time.h"
#include "server/core/time.h"
#include "server/domain/inbox/notification.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// Values are those of perigee.v1.InboxSettings.Digest.
enum class InboxDigest : std::uint8_t { kNone = 1, kDaily, kWeekly };

// How a person wants to be told. One for each person; its member is the head.
struct InboxSettings {
  MemberKey member;
  std::vector<InboxTopic> muted{};  // Ascending, no doubles.
  InboxDigest digest = InboxDigest::kNone;
  // Minutes since midnight, of the clock in the zone. Equal: there are no quiet hours. The end may
  // be on the next day.
  int quiet_begin = 0;
  int quiet_end = 0;
  std::string time_zone{};  // An IANA name. Empty: that of the programme.
  Revision revision = 0;

  static constexpr int kNumber = 56;
  static constexpr std::string_view kTable = "inbox_settings";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<InboxSettings>();

inline constexpr int kMinutesOfDay = 24 * 60;

// kInvalidField for a field outside the limits of inbox.proto. Sorts `muted`.
absl::Status NormalizeInboxSettings(InboxSettings& settings);
bool IsMuted(const InboxSettings& settings, InboxTopic topic);

// The quiet hours that hold `now`, as clocks in the zone show them: where these skip the beginning
// or the end, the instant of the change counts, and where they show it twice, the first time.
// Empty if there are none, or `now` is outside.
Interval QuietAt(const InboxSettings& settings, const Zone& zone, Time now);

// What the digest is of that holds `now`: a day of the zone, or a week from Monday on. Without a
// digest a day.
Interval DigestAt(const InboxSettings& settings, const Zone& zone, Time now);

}  // namespace perigee::domain
