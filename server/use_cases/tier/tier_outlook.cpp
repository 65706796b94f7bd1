#include "server/use_cases/tier/tier_outlook.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "server/core/status_macros.h"
#include "server/use_cases/lookup.h"
#include "server/use_cases/tier/tier_reviewing.h"
#include "server/use_cases/tier/tier_schemes.h"
#include "server/use_cases/tier/tier_standings.h"

namespace perigee::use_cases {

absl::StatusOr<TierOutlook> OutlookOf(ports::StoreReader& reader, const std::string& program,
                                      const std::string& member_id, const std::string& scheme_id,
                                      Time now) {
  TierOutlook outlook;
  PERIGEE_ASSIGN_OR_RETURN(outlook.scheme, RequireTierScheme(reader, program, scheme_id));
  PERIGEE_ASSIGN_OR_RETURN(outlook.head, RequireMember(reader, program, member_id));
  const domain::TierScheme& scheme = outlook.scheme;
  const domain::MemberKey& head = outlook.head.key;
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::TierStanding> found,
                           FindTierStanding(reader, program, head, scheme.id));
  outlook.standing = found.value_or(domain::EmptyStanding(scheme.id, head));
  PERIGEE_ASSIGN_OR_RETURN(const TierView view, TierView::Of(reader, program, now));
  outlook.zone = view.zone();
  outlook.window = domain::WindowAt(scheme, outlook.zone, now);
  PERIGEE_ASSIGN_OR_RETURN(outlook.earned, view.Earned(reader, scheme, head, outlook.window));
  outlook.held = domain::FindLevel(scheme, outlook.standing.level);
  if (const auto next = static_cast<std::size_t>(outlook.held + 1); next < scheme.levels.size()) {
    outlook.next = static_cast<int>(next);
    outlook.missing = std::max<std::int64_t>(0, scheme.levels[next].at_least - outlook.earned);
  }
  if (outlook.held >= 0) {
    const Time review = std::max(now, outlook.standing.review_time);
    outlook.review_window = domain::WindowAt(scheme, outlook.zone, review);
    PERIGEE_ASSIGN_OR_RETURN(outlook.earned_for_review,
                             view.Earned(reader, scheme, head, outlook.review_window));
  }
  return outlook;
}

}  // namespace perigee::use_cases
