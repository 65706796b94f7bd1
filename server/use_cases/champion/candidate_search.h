#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/champion/candidate.h"
#include "server/domain/champion/title.h"
#include "server/domain/member/member_key.h"
#include "server/use_cases/orbit/census.h"

namespace perigee::ports {
class Store;
}  // namespace perigee::ports

namespace perigee::use_cases {

// How many candidates a ranking shows.
inline constexpr std::size_t kCandidatesShown = 1000;

struct RankedCandidate {
  domain::MemberKey member;  // The head.
  std::string member_id;
  std::int64_t value = 0;
  std::vector<std::int64_t> figures;  // One for each criterion.
};

struct CandidateRanking {
  domain::Title title;
  domain::DecimalsByAsset decimals;
  // By value, the greatest first, equal ones by id.
  std::vector<RankedCandidate> best;
  std::int64_t total = 0;  // How many there are in all.
};

// Goes over all members as MapOrbit does. Its memory grows with the members, by some 40 bytes each,
// and with those who meet one of the criteria; while it sums what was earned of an asset, it takes
// as much as a board. kNotFound.
absl::StatusOr<CandidateRanking> RankCandidates(const ports::Store& store,
                                                const std::string& program,
                                                const std::string& title, Time now,
                                                const GoesOn& goes_on);

}  // namespace perigee::use_cases
