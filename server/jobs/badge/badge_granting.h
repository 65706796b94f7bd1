#pragma once

#include <memory>
#include <string_view>

#include "server/domain/badge/badge.h"
#include "server/jobs/due_loop.h"
#include "server/jobs/journal/rule_follower.h"
#include "server/use_cases/badge/badge_judging.h"

namespace perigee::jobs {

// Grants badges and takes them by their rules as the journal goes on. It looks at the persons whom
// an entry concerns: by an activity or a transfer at which a rule looks, or because other members
// are that person from then on.
class BadgeGranting : public RuleFollower<domain::Badge, use_cases::BadgeFinding> {
 public:
  static constexpr std::string_view kProjection = "badges";

  // All parts must outlive it. `worker` runs it; absent: a thread of its own.
  explicit BadgeGranting(Parts parts, std::shared_ptr<Worker> worker = nullptr);
};

// Applies new and changed rules to everybody, a portion of members for each unit of work, so that
// others write in between.
inline constexpr int kBadgePortion = 200;
DueHandler BadgeApplying(int portion = kBadgePortion);

}  // namespace perigee::jobs
