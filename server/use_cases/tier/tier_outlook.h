#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "server/core/civil_time.h"
#include "server/core/time.h"
#include "server/domain/member/member.h"
#include "server/domain/tier/tier_scheme.h"
#include "server/domain/tier/tier_standing.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::use_cases {

// Where a person stands in a scheme, with the earnings that decide over it.
struct TierOutlook {
  domain::TierScheme scheme;
  domain::Member head;
  domain::TierStanding standing;  // Empty if the person never had a level.
  Zone zone = Zone::Utc();        // Of the programme.
  Interval window;                // Whose earnings count now.
  std::int64_t earned = 0;
  // Levels by their places in the scheme. -1: there is none.
  int held = -1;
  int next = -1;
  std::int64_t missing = 0;  // To the next level.
  // With a level: the window that ends with its review, and what was earned in it so far.
  Interval review_window;
  std::int64_t earned_for_review = 0;
};

// kNotFound for the scheme and the member; kTimeZoneMissing.
absl::StatusOr<TierOutlook> OutlookOf(ports::StoreReader& reader, const std::string& program,
                                      const std::string& member_id, const std::string& scheme_id,
                                      Time now);

}  // namespace perigee::use_cases
