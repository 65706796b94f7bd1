#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "server/core/civil_time.h"
#include "server/domain/member/member_key.h"
#include "server/domain/member/merged_members.h"
#include "server/domain/orbit/active_days.h"
#include "server/domain/orbit/activity_type.h"
#include "server/domain/orbit/reach.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::use_cases {

// What the orbits of all members of a programme depend on. What it lends lives as long as it does.
struct OrbitSetting {
  // Acts of the types in `named` have their type, whether the programme says something about it or
  // not. kNotFound, kTimeZoneMissing.
  static absl::StatusOr<OrbitSetting> Of(ports::StoreReader& reader, const std::string& program,
                                         std::span<const std::string> named = {});

  std::string program;
  Zone zone;
  int review_months = 0;
  domain::ActivityTypes types;
  domain::MergedMembers merged;
};

// What the members of one person did, and whom they met, each person once.
struct PersonDeeds {
  std::vector<domain::Act> acts;
  std::vector<domain::Connection> met;
};

// Reads the deeds of one person, whose members these are.
absl::StatusOr<PersonDeeds> DeedsOf(ports::StoreReader& reader, const OrbitSetting& setting,
                                    std::span<const domain::MemberKey> members);
// The same with each meeting, so that `met` may name a person more than once.
absl::StatusOr<PersonDeeds> DeedsWithEachMeeting(ports::StoreReader& reader,
                                                 const OrbitSetting& setting,
                                                 std::span<const domain::MemberKey> members);

// Visits the deeds of persons by their index, each once, in any order. `heads` are their heads, by
// key; what lies between the first and the last is read at once. `visit` must not use the reader.
absl::Status VisitDeedsOf(
    ports::StoreReader& reader, const OrbitSetting& setting,
    std::span<const domain::MemberKey> heads,
    absl::FunctionRef<void(std::size_t person, const PersonDeeds& deeds)> visit);

double LoveOf(const PersonDeeds& deeds, absl::CivilMonth now);

}  // namespace perigee::use_cases
