#include "server/services/activity/activity_convert.h"

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/services/convert.h"
#include "server/services/lookup.h"

namespace perigee::services {

absl::StatusOr<use_cases::ActivityDraft> ParseActivity(const std::string& program,
                                                       const v1::Activity& activity) {
  use_cases::ActivityDraft draft;
  draft.activity.type = activity.type();
  if (!activity.actor().empty()) {
    PERIGEE_ASSIGN_OR_RETURN(draft.actor,
                             ParseMemberRef("activity.actor", activity.actor(), program));
  }
  if (!activity.recipient().empty()) {
    PERIGEE_ASSIGN_OR_RETURN(draft.recipient,
                             ParseMemberRef("activity.recipient", activity.recipient(), program));
  }
  draft.activity.object = activity.object();
  draft.activity.quantity = activity.quantity();
  draft.activity.source = activity.source();
  draft.activity.source_event_id = activity.source_event_id();
  draft.activity.occur_time = kBeginningOfTime;
  if (activity.has_occur_time()) {
    PERIGEE_ASSIGN_OR_RETURN(draft.activity.occur_time,
                             FromTimestamp("activity.occur_time", activity.occur_time()));
  }
  if (!v1::Activity::TimeSource_IsValid(activity.time_source())) {
    return InvalidField("activity.time_source", "must be SYSTEM or DEVICE");
  }
  draft.activity.time_source = activity.time_source() == v1::Activity::TIME_SOURCE_DEVICE
                                   ? domain::TimeSource::kDevice
                                   : domain::TimeSource::kSystem;
  draft.activity.imported = activity.imported();
  PERIGEE_RETURN_IF_ERROR(
      domain::CheckContent(draft.activity, !draft.actor.empty() || !draft.recipient.empty()));
  return draft;
}

}  // namespace perigee::services
