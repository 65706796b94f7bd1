#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>

#include "server/core/time.h"

namespace perigee::domain {

// How evenly people give to each other. Figures that have nothing to stand on are absent, not 0.

inline constexpr std::chrono::days kStrengthHalfLife{180};

// What a gift of that time still counts at `now`: half of it after each kStrengthHalfLife. 1 for a
// time that is not before `now`.
double Decayed(Time time, Time now);

// What two people give to each other, as sums of decayed weights.
struct Exchange {
  double given = 0;
  double received = 0;
};
// The smaller side over the larger one, from 0 to 1. 0 if either side gave nothing.
double PairReciprocity(const Exchange& exchange);

// A member's exchanges with all their partners. A partner is somebody who gave to the member or got
// something from them.
struct MemberReciprocity {
  std::optional<double> index;  // The mean of the pairs. Absent without partners.
  std::int64_t partners = 0;
  std::int64_t mutual = 0;  // Partners where both sides gave.
};
MemberReciprocity ReciprocityOf(std::span<const Exchange> exchanges);

// The decayed gives of the brand to a member over the decayed asks that the member accepted. Absent
// without such asks. May be above 1.
std::optional<double> BrandReciprocity(std::span<const Time> gives, std::span<const Time> accepts,
                                       Time now);

// The directed edges of a network: one from each giver to each of their receivers, however often.
struct NetworkReciprocity {
  std::int64_t edges = 0;
  std::int64_t mutual = 0;  // Edges whose reverse is there too.

  // The share of mutual edges. Absent without edges.
  std::optional<double> index() const;
};

}  // namespace perigee::domain
