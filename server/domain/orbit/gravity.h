#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "server/domain/orbit/level.h"

namespace perigee::domain {

// How many members have each index. The first number is of those who have none.
using OrbitCounts = std::array<std::int64_t, kOrbitIndexMax + 1>;

// Those who have an index.
std::int64_t InOrbit(const OrbitCounts& counts);

// Σ weight² × members, where the weights of the levels are 1, 4, 7 and, of the innermost, 10.
std::int64_t WeightedCommitment(const OrbitCounts& counts);

// The change of weighted commitment for each member. Absent without members.
std::optional<double> Gravity(std::int64_t commitment_from, std::int64_t commitment_to,
                              std::int64_t members);

}  // namespace perigee::domain
