#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "server/domain/champion/appointment.h"
#include "server/domain/champion/contribution.h"
#include "server/domain/record/revision.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::use_cases {

// Contributions of one kind in one state.
struct ContributionFigures {
  std::int64_t count = 0;
  std::int64_t share = 0;
  std::int64_t claimed_reach = 0;  // Not above 64 bits.
};

// What a person did and got from `start` to before `end` (contribution.proto).
struct Year {
  std::string member;  // The id of the head.
  absl::CivilDay start;
  absl::CivilDay end;
  std::map<std::pair<std::string, domain::ContributionState>, ContributionFigures> contributions;
  int active_days = 0;
  std::map<std::string, std::int64_t> activities;  // By type.
  std::map<std::string, std::int64_t> earned;      // By asset, without 0.
  std::vector<domain::Appointment> appointments;   // By id.
  std::int64_t thanks = 0;
  std::int64_t thankful_members = 0;
  domain::Revision revision = 0;
};

// Reads one view. kNotFound for programme and member.
absl::StatusOr<Year> YearOf(ports::StoreReader& reader, const std::string& program,
                            const std::string& member_id, absl::CivilDay start, absl::CivilDay end);

}  // namespace perigee::use_cases
