#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "perigee/v1/badge.pb.h"
#include "server/domain/badge/badge.h"
#include "server/domain/badge/badge_grant.h"
#include "server/domain/badge/badge_progress.h"

namespace perigee::services {

v1::Badge ToProto(const std::string& program, const domain::Badge& badge);
// kInvalidField for an enum that is none and a time out of range. Other limits are
// domain::CheckBadgeRule's.
absl::StatusOr<domain::BadgeRule> ParseBadgeRule(const std::string& field,
                                                 const v1::BadgeRule& rule);

// To whom a grant is shown: all of it, or that there is one.
enum class GrantShown : std::uint8_t { kWhole, kOutside };
// `member`: the name of its person.
v1::BadgeGrant ToProto(const std::string& program, const domain::BadgeGrant& grant,
                       const std::string& member, GrantShown shown);

// The evidence of a grant.
v1::BadgeEvidence EvidenceOf(const std::string& program, const domain::BadgeGrant& grant);

// `member`: the name of the person.
v1::BadgeProgress ToProto(const std::string& program, const domain::Badge& badge,
                          const domain::BadgeProgress& progress, const std::string& member);

}  // namespace perigee::services
