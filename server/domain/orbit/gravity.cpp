#include "server/domain/orbit/gravity.h"

#include <cstddef>
#include <numeric>

namespace perigee::domain {
namespace {

std::int64_t WeightOf(OrbitLevel level) {
  switch (level) {
    case OrbitLevel::kLeading:
      return 10;
    case OrbitLevel::kContributing:
      return 7;
    case OrbitLevel::kParticipating:
      return 4;
    case OrbitLevel::kExploring:
      break;
  }
  return 1;
}

}  // namespace

std::int64_t InOrbit(const OrbitCounts& counts) {
  return std::accumulate(counts.begin() + 1, counts.end(), std::int64_t{0});
}

std::int64_t WeightedCommitment(const OrbitCounts& counts) {
  std::int64_t sum = 0;
  for (int index = 1; index <= kOrbitIndexMax; ++index) {
    const std::int64_t weight = WeightOf(LevelOf(index));
    sum += weight * weight * counts[static_cast<std::size_t>(index)];
  }
  return sum;
}

std::optional<double> Gravity(std::int64_t commitment_from, std::int64_t commitment_to,
                              std::int64_t members) {
  if (members == 0) {
    return std::nullopt;
  }
  return static_cast<double>(commitment_to - commitment_from) / static_cast<double>(members);
}

}  // namespace perigee::domain
