#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "perigee/v1/activity.pb.h"
#include "server/domain/activity/activity.h"
#include "server/ports/store.h"
#include "server/services/convert.h"

namespace perigee::services {

// What a sender states of one activity; its members as ids, empty where there is none.
struct ActivityDraft {
  domain::Activity activity;  // Without actor, recipient and what recording settles.
  std::string actor;
  std::string recipient;
};

// kInvalidField for what activity.proto says is out of limits at `now`.
absl::StatusOr<ActivityDraft> ParseActivity(const std::string& program,
                                            const v1::Activity& activity, Time now);

// What recording it will look up.
ports::Lookups LookupsOf(const ActivityDraft& draft);

// What a unit of work made of a draft.
struct RecordedActivity {
  domain::Activity activity;
  std::vector<domain::TransferId> transfers;
  std::optional<domain::Revision> made_at{};  // By an earlier unit: then `changes` is empty.
  domain::Changes changes;                    // Of this unit.
};

// Decides one activity: members found, known source events answered as they were recorded, the
// rules of its time applied. kNotFound, kSourceEventReused, kAmountOverflow.
absl::StatusOr<RecordedActivity> RecordDraft(const std::string& program, const ActivityDraft& draft,
                                             ports::StoreReader& reader,
                                             const ports::UnitContext& unit);

}  // namespace perigee::services
