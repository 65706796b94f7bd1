#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/badge/badge_grant.h"
#include "server/domain/record/record.h"
#include "server/domain/tier/tier_standing.h"
#include "server/ports/store.h"
#include "tests/simulation/operation.h"

namespace perigee::simulation {

// Decides an operation on badges or tiers by the use case that the server's service takes.
absl::StatusOr<ports::Decision> DecideRecognition(const Operation& operation,
                                                  ports::StoreReader& reader,
                                                  const ports::UnitContext& unit);
// Puts the badges and the scheme with which a programme begins.
void PutFirstRules(const ports::UnitContext& unit, domain::RecordChanges& records);

// The lines of ModelBadges and ModelTiers.
std::string LineOf(const domain::BadgeGrant& grant);
std::string LineOf(const domain::TierStanding& standing);
// What the store has of badges and tiers.
absl::StatusOr<std::vector<std::string>> LinesOfRecognition(ports::StoreReader& reader);

}  // namespace perigee::simulation
