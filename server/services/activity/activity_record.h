#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "perigee/v1/activity.pb.h"
#include "server/domain/activity/activity.h"
#include "server/ports/store.h"

namespace perigee::services {

// One activity as its sender states it.
struct ActivityDraft {
  domain::Activity activity;  // Without actor, recipient and the fields that recording settles.
  std::string actor;          // The member's id; empty if there is none.
  std::string recipient;      // As actor.
};

// kInvalidField if a field is out of the limits of activity.proto. Whether occur_time may be
// recorded is decided by RecordDraft, which has the time.
absl::StatusOr<ActivityDraft> ParseActivity(const std::string& program,
                                            const v1::Activity& activity);

// The rows that RecordDraft will read, so that the store can fetch those of many units at once.
ports::Lookups LookupsOf(const ActivityDraft& draft);

// A draft that a unit of work decided.
struct RecordedActivity {
  domain::Activity activity;
  std::vector<domain::TransferId> transfers;
  // The revision of the earlier unit that recorded it; then `changes` is empty.
  std::optional<domain::Revision> made_at{};
  domain::Changes changes;  // Of this unit.
};

// Decides one activity, as ParseActivity gives it: finds its members, answers a known source event
// as it was recorded, otherwise settles the time and applies the rules of that time. kInvalidField
// for an occur_time out of limits, kNotFound, kSourceEventReused, kAmountOverflow.
absl::StatusOr<RecordedActivity> RecordDraft(const std::string& program, const ActivityDraft& draft,
                                             ports::StoreReader& reader,
                                             const ports::UnitContext& unit);

}  // namespace perigee::services
