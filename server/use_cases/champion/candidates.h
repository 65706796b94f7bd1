#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "server/core/civil_time.h"
#include "server/core/time.h"
#include "server/domain/champion/candidate.h"
#include "server/domain/champion/title.h"
#include "server/domain/member/member.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::use_cases {

// How many transfers are read for one figure, the newest first.
inline constexpr int kCandidateTransfersMax = 10'000;

// One person before the criteria of a title.
struct CandidateView {
  // What counts for one criterion.
  struct Counted {
    std::int64_t figure = 0;
    // The newest first. They also are of days before the window, as many as were asked for. Of
    // kEarned at most kCandidateTransfersMax.
    std::vector<domain::CandidateInput> inputs;
    // The inputs are all there are from this day on.
    absl::CivilDay complete_from;
  };
  domain::Title title;
  domain::Member member;  // The head.
  Zone zone;
  absl::CivilDay today;
  domain::DecimalsByAsset decimals;
  std::vector<Counted> counted;  // One for each criterion.

  std::vector<std::int64_t> Figures() const;
};

// Reads all that counts for the person, and of `days_before` more days than the windows have.
// Costs as much as the person has activities. kNotFound for programme and title; for the candidate
// if the member is missing, or is left out as candidate.proto says, all alike. The criteria need
// not be met.
absl::StatusOr<CandidateView> ViewCandidate(ports::StoreReader& reader, const std::string& program,
                                            const std::string& title, const std::string& member_id,
                                            Time now, int days_before = 0);

// Why the member, who is a head, is a candidate for the title, as domain::CandidateReason says it.
// An open nomination does not matter. kNotACandidate.
absl::StatusOr<std::string> RequireCandidate(ports::StoreReader& reader, const std::string& program,
                                             const domain::Title& title,
                                             const domain::Member& member, Time now);

// The time that counts for the criterion at `now`: whole days of the zone, up to and with `now`.
Interval TimeOf(const domain::CandidateCriterion& criterion, const Zone& zone, Time now);
// The types of activities that the criteria name.
std::vector<std::string> TypesNamedIn(const std::vector<domain::CandidateCriterion>& criteria);
// The decimals of the assets in the criteria.
absl::StatusOr<domain::DecimalsByAsset> DecimalsOf(
    ports::StoreReader& reader, const std::string& program,
    const std::vector<domain::CandidateCriterion>& criteria);

}  // namespace perigee::use_cases
