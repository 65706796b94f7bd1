#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "server/core/time.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

enum class TimeSource : std::uint8_t { kSystem = 1, kDevice };

// Something that a member did, or that somebody did to or for a member. Its revision is its id.
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
  static constexpr std::string_view kOwnerIndex = "activity_member";
  static auto Fields();
};
template <>
const RecordType& TypeOf<Activity>();

inline constexpr std::size_t kObjectBytesMax = 200;
inline constexpr std::int64_t kQuantityMax = 1'000'000'000;
inline constexpr std::size_t kSourceBytesMax = 100;
// Sources that begin so are the server's own.
inline constexpr std::string_view kOwnSourcePrefix = "perigee.";
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

// Checks the limits that activity.proto states, except those of occur_time. Reads no member key, so
// it can run before the members are looked up: `has_member` says whether there is an actor or a
// recipient. kInvalidField.
absl::Status CheckContent(const Activity& activity, bool has_member);

// Fills in the fields that the sender left open, at the time of recording. The content must have
// been checked. Sets receive_time, quantity (1 if it is 0), occur_time (`now` if it is
// kBeginningOfTime, which stands for "not given") and time_adjusted. kInvalidField if occur_time is
// outside the limits that activity.proto states.
absl::Status Complete(Activity& activity, Time now);

// Whether `again`, as it was sent (before Complete), says the same as `recorded`. Compares only the
// fields that the sender states, so not receive_time or revision. An occur_time that was not given
// agrees with any time. If the recorded time was adjusted, every occur_time agrees, because the
// time first sent is not known.
bool SameContent(const Activity& recorded, const Activity& again);

}  // namespace perigee::domain
