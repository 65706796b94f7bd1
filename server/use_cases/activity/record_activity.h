#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/activity/activity.h"
#include "server/domain/journal/changes.h"
#include "server/ports/store.h"

namespace perigee::domain {
struct Program;
}  // namespace perigee::domain

namespace perigee::use_cases {

// One activity as its sender states it.
struct ActivityDraft {
  // As domain::CheckContent wants it, without actor, recipient and the fields that recording fills
  // in.
  domain::Activity activity;
  std::string actor;      // The member's id; empty if there is none.
  std::string recipient;  // The recipient's id; empty if there is none.
};

// The rows that RecordActivity will read, so that the store can fetch those of many units at once.
ports::Lookups LookupsOf(const ActivityDraft& draft);

// A draft after a unit of work decided it.
struct RecordedActivity {
  domain::Activity activity;
  std::vector<domain::TransferId> transfers;
  // The revision of the earlier unit that recorded it. Then `changes` is empty.
  std::optional<domain::Revision> made_at{};
  domain::Changes changes;  // Of this unit.
};

// Records an activity whose members are looked up already, and whose source event nobody can have
// recorded before. Completes it and applies the rules of its time. kInvalidField for an occur_time
// outside the limits, kAmountOverflow.
absl::StatusOr<RecordedActivity> AddActivity(ports::StoreReader& reader,
                                             const ports::UnitContext& unit,
                                             const domain::Program& program,
                                             domain::Activity activity);

// Finds the members. Answers a known source event as it was recorded. Otherwise completes the
// activity and applies the rules of its time. kInvalidField for an occur_time outside the limits,
// kNotFound, kSourceEventReused, kAmountOverflow.
absl::StatusOr<RecordedActivity> RecordActivity(ports::StoreReader& reader,
                                                const ports::UnitContext& unit,
                                                const std::string& program,
                                                const ActivityDraft& draft);

}  // namespace perigee::use_cases
