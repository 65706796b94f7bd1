#pragma once

#include <memory>
#include <string_view>

#include "server/domain/tier/tier_scheme.h"
#include "server/jobs/due_loop.h"
#include "server/jobs/journal/rule_follower.h"
#include "server/use_cases/tier/tier_reviewing.h"

namespace perigee::jobs {

// Promotes members as they earn, and withdraws notices. It looks at the persons whom an entry
// concerns: by a transfer of an asset by which a scheme goes, or because other members are that
// person from then on.
class TierFollowing : public RuleFollower<domain::TierScheme, use_cases::TierFinding> {
 public:
  static constexpr std::string_view kProjection = "tiers";

  // All parts must outlive it. `worker` runs it; absent: a thread of its own.
  explicit TierFollowing(Parts parts, std::shared_ptr<Worker> worker = nullptr);
};

// Applies new and changed schemes to everybody, a portion of members for each unit of work, so that
// others write in between.
inline constexpr int kTierPortion = 100;
DueHandler TierApplying(int portion = kTierPortion);

// Gives notices, reviews levels, and ends locks, when they fall due.
DueHandler TierReviewing();

}  // namespace perigee::jobs
