#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/tier/tier_scheme.h"
#include "server/use_cases/decided.h"

namespace perigee::use_cases {

using DecidedTierScheme = absl::StatusOr<Decided<domain::TierScheme>>;

// kNotFound for the programme or the scheme.
absl::StatusOr<domain::TierScheme> RequireTierScheme(ports::StoreReader& reader,
                                                     const std::string& program,
                                                     const std::string& id);
// All schemes of the programme, by id.
absl::StatusOr<std::vector<domain::TierScheme>> AllTierSchemes(ports::StoreReader& reader,
                                                               const std::string& program);

// The scheme as SetTierScheme would leave it, without its revisions. kNotFound
// for the programme and the asset, kEtagMismatch unless `etag` is empty.
absl::StatusOr<domain::TierScheme> PlanTierScheme(ports::StoreReader& reader,
                                                  const std::string& program,
                                                  const domain::TierScheme& wanted,
                                                  const std::string& etag);

// Makes a scheme or changes the one of that id, and has it applied to
// everybody: see jobs::TierApplying. `wanted` passed domain::CheckTierScheme.
// The refusals of PlanTierScheme, and kTooManyTierSchemes.
DecidedTierScheme SetTierScheme(ports::StoreReader& reader, const ports::UnitContext& unit,
                                const std::string& program, const domain::TierScheme& wanted,
                                const std::string& etag);

}  // namespace perigee::use_cases
