#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/activity/activity.h"
#include "server/domain/journal/changes.h"
#include "server/ports/store.h"

namespace perigee::use_cases {

// One activity as its sender states it.
struct ActivityDraft {
  // As domain::CheckContent wants it, without actor, recipient and the fields that recording
  // settles.
  domain::Activity activity;
  std::string actor;      // The member's id; empty if there is none.
  std::string recipient;  // As actor.
};

// The rows that RecordActivity will read, so that the store can fetch those of many units at once.
ports::Lookups LookupsOf(const ActivityDraft& draft);

// A draft that a unit of work decided.
struct RecordedActivity {
  domain::Activity activity;
  std::vector<domain::TransferId> transfers;
  // The revision of the earlier unit that recorded it; then `changes` is empty.
  std::optional<domain::Revision> made_at{};
  domain::Changes changes;  // Of this unit.
};

// Finds its members, answers a known source event as it was recorded, otherwise settles the time
// and applies the rules of that time. kInvalidField for an occur_time out of limits, kNotFound,
// kSourceEventReused, kAmountOverflow.
absl::StatusOr<RecordedActivity> RecordActivity(ports::StoreReader& reader,
                                                const ports::UnitContext& unit,
                                                const std::string& program,
                                                const ActivityDraft& draft);

}  // namespace perigee::use_cases
