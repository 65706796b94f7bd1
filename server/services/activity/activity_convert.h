#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "perigee/v1/activity.pb.h"
#include "server/use_cases/activity/record_activity.h"

namespace perigee::services {

// kInvalidField if a field is outside the limits of activity.proto. RecordActivity, which has the
// time, decides whether occur_time may be recorded.
absl::StatusOr<use_cases::ActivityDraft> ParseActivity(const std::string& program,
                                                       const v1::Activity& activity);

}  // namespace perigee::services
