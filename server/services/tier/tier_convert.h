#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "perigee/v1/tier.pb.h"
#include "server/core/time.h"
#include "server/domain/tier/tier_scheme.h"
#include "server/domain/tier/tier_standing.h"

namespace perigee::services {

v1::TierScheme ToProto(const std::string& program, const domain::TierScheme& scheme);
// The scheme with its defaults, checked by domain::CheckTierScheme. Sets `program` to that of its
// name.
absl::StatusOr<domain::TierScheme> ParseTierScheme(const v1::TierScheme& scheme,
                                                   std::string& program);

// Without what only GetTierStanding says. `member`: the name of its person.
v1::TierStanding ToProto(const domain::TierScheme& scheme, const domain::TierStanding& standing,
                         const std::string& member, Time now);

}  // namespace perigee::services
