#include "server/domain/activity/activity.h"

#include <algorithm>
#include <string_view>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto Activity::Fields() {
  return std::tuple(
      Plain(1, "type", &Activity::type), Owner(2, "actor", &Activity::actor),
      Owner(3, "recipient", &Activity::recipient), Personal(4, "object", &Activity::object),
      Plain(5, "quantity", &Activity::quantity), Plain(6, "source", &Activity::source),
      Findable(7, "source_event_id", &Activity::source_event_id),
      Plain(8, "occur_time", &Activity::occur_time),
      Plain(9, "time_source", &Activity::time_source), Plain(10, "imported", &Activity::imported),
      Plain(11, "time_adjusted", &Activity::time_adjusted),
      Plain(12, "receive_time", &Activity::receive_time));
}
template <>
const RecordType& TypeOf<Activity>() {
  static const RecordTypeFor<Activity> kType;
  return kType;
}

auto Edge::Fields() {
  return std::tuple(Key(1, "idx", &Edge::index), Plain(2, "kind", &Edge::kind),
                    Owner(3, "from_member", &Edge::from), Owner(4, "to_member", &Edge::to),
                    Plain(5, "time", &Edge::time));
}
template <>
const RecordType& TypeOf<Edge>() {
  static const RecordTypeFor<Edge> kType;
  return kType;
}
namespace {

std::int64_t StatedQuantity(const Activity& activity) {
  return activity.quantity == 0 ? 1 : activity.quantity;
}

absl::Status CheckSource(std::string_view source) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  };
  if (source.empty() || source.size() > kSourceBytesMax || !std::ranges::all_of(source, allowed)) {
    return InvalidField("activity.source", "must be 1 to 100 of a-z, 0-9, '.', '-' and '_'");
  }
  if (source.starts_with(kOwnSourcePrefix)) {
    return InvalidField("activity.source", "must not begin with " + std::string(kOwnSourcePrefix) +
                                               ", as only the sources of the server itself do");
  }
  return absl::OkStatus();
}

absl::Status CompleteTime(Activity& activity, Time now) {
  activity.receive_time = now;
  activity.time_adjusted = false;
  if (activity.occur_time == kBeginningOfTime) {
    activity.occur_time = now;
    return absl::OkStatus();
  }
  const bool ahead = activity.occur_time > now + kClockSkewMax;
  if (activity.time_source == TimeSource::kDevice) {
    if (ahead || activity.occur_time < now - kDeviceDelayMax) {
      activity.occur_time = now;
      activity.time_adjusted = true;
    }
    return absl::OkStatus();
  }
  if (ahead) {
    return InvalidField("activity.occur_time", "must not be more than 2 minutes ahead");
  }
  if (activity.occur_time < Time{}) {
    return InvalidField("activity.occur_time", "must not be before 1970");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckContent(const Activity& activity, bool has_member) {
  PERIGEE_RETURN_IF_ERROR(CheckId("activity.type", activity.type));
  if (!has_member) {
    return InvalidField("activity.actor", "is required where there is no recipient");
  }
  PERIGEE_RETURN_IF_ERROR(CheckText("activity.object", activity.object, 0, kObjectBytesMax));
  if (StatedQuantity(activity) < 1 || activity.quantity > kQuantityMax) {
    return InvalidField("activity.quantity", "must be 1 to " + std::to_string(kQuantityMax));
  }
  PERIGEE_RETURN_IF_ERROR(CheckSource(activity.source));
  return CheckText("activity.source_event_id", activity.source_event_id, 1, kSourceEventIdBytesMax);
}

absl::Status Complete(Activity& activity, Time now) {
  activity.quantity = StatedQuantity(activity);
  return CompleteTime(activity, now);
}

bool SameContent(const Activity& recorded, const Activity& again) {
  const bool same_time = again.occur_time == kBeginningOfTime || recorded.time_adjusted ||
                         again.occur_time == recorded.occur_time;
  return same_time && recorded.type == again.type && recorded.actor == again.actor &&
         recorded.recipient == again.recipient && recorded.object == again.object &&
         StatedQuantity(recorded) == StatedQuantity(again) && recorded.source == again.source &&
         recorded.source_event_id == again.source_event_id &&
         recorded.time_source == again.time_source && recorded.imported == again.imported;
}

}  // namespace perigee::domain
