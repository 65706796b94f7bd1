#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "server/core/time.h"
#include "server/domain/member/member.h"

namespace perigee::domain {

enum class TimeSource : std::uint8_t { kSystem = 1, kDevice };

// Something a member did, or that was done to or for them. Known by the revision at which it was
// recorded.
struct Activity {
  Revision revision = 0;
  std::string type;
  MemberKey actor;      // Nil if unknown.
  MemberKey recipient;  // Nil if none.
  std::string object;
  std::int64_t quantity = 1;
  std::string source;
  std::string source_event_id;
  Time occur_time{};
  TimeSource time_source = TimeSource::kSystem;
  bool imported = false;
  bool time_adjusted = false;
  Time receive_time{};

  static constexpr int kNumber = 5;
  static constexpr std::string_view kTable = "activity";
  static constexpr bool kAppendOnly = true;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Activity>();

inline constexpr std::size_t kObjectBytesMax = 200;
inline constexpr std::int64_t kQuantityMax = 1'000'000'000;
inline constexpr std::size_t kSourceBytesMax = 100;
inline constexpr std::size_t kSourceEventIdBytesMax = 200;
inline constexpr std::chrono::minutes kClockSkewMax{2};
inline constexpr std::chrono::days kDeviceDelayMax{7};

// An edge of the social graph that the activity of its revision drew. Values are stored.
enum class EdgeKind : std::uint8_t { kThanks = 1 };
struct Edge {
  EdgeKind kind = EdgeKind::kThanks;
  MemberKey from;
  MemberKey to;
  Revision revision = 0;
  Time time{};
  std::int32_t index = 0;  // Among the edges of the activity.

  static constexpr int kNumber = 6;
  static constexpr std::string_view kTable = "edge";
  static constexpr bool kAppendOnly = true;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Edge>();

// Checks the limits that activity.proto states and settles occur_time as it says; sets
// receive_time, quantity (1 where it was 0), occur_time (now where it was kBeginningOfTime, which
// stands for "not given") and time_adjusted.
absl::Status Receive(Activity& activity, Time now);

// Whether `again`, as it was sent (before Receive), says the same as `recorded`: all that the
// sender states, so not receive_time or revision. An occur_time that was not given agrees with any,
// and so does one where the recorded one was adjusted, as what was said then is not known.
bool SameContent(const Activity& recorded, const Activity& again);

}  // namespace perigee::domain
