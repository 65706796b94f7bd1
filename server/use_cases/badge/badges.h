#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/domain/badge/badge.h"
#include "server/use_cases/decided.h"

namespace perigee::use_cases {

using DecidedBadge = absl::StatusOr<Decided<domain::Badge>>;

// kNotFound for the programme or the badge.
absl::StatusOr<domain::Badge> RequireBadge(ports::StoreReader& reader, const std::string& program,
                                           const std::string& id);
// All badges of the programme, by id.
absl::StatusOr<std::vector<domain::Badge>> AllBadges(ports::StoreReader& reader,
                                                     const std::string& program);

// kNotFound unless the programme has the assets that the rule looks at.
absl::Status CheckAssets(ports::StoreReader& reader, const std::string& program,
                         const domain::BadgeRule& rule);

// The rule is then applied to everybody: see jobs::BadgeApplying. `badge` passed
// domain::CheckBadge. kNotFound for the programme and assets, kAlreadyExists, kTooManyBadges.
DecidedBadge CreateBadge(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const std::string& program, domain::Badge badge);
// Another rule, and the end of a retirement, are applied to everybody. `grandfather` counts only
// with another rule, and is false unless the edit sets it. kNotFound, kEtagMismatch, and the
// refusals of domain::CheckBadge.
DecidedBadge UpdateBadge(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const std::string& program, const std::string& id,
                         const Edit<domain::Badge>& edit);

}  // namespace perigee::use_cases
