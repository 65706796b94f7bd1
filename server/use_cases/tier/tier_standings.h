#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/member/member_key.h"
#include "server/domain/tier/tier_standing.h"
#include "server/use_cases/decided.h"

namespace perigee::use_cases {

using DecidedTierStanding = absl::StatusOr<Decided<domain::TierStanding>>;

// The standing of exactly that member, if it ever had a level of the scheme.
absl::StatusOr<std::optional<domain::TierStanding>> FindTierStanding(
    ports::StoreReader& reader, const std::string& program, const domain::MemberKey& member,
    const std::string& scheme);

// The changed standings of a unit, which also sets Member::tiers, at which audiences look. Not for
// several threads.
class TierChanges {
 public:
  void Put(domain::TierStanding standing);
  // Sets Member::tiers of that head anew, also if no standing changes.
  void Look(const domain::MemberKey& head) { heads_.insert(head); }
  // Adds all changed standings to the unit, and the members whose tiers are others now.
  absl::Status AddTo(ports::StoreReader& reader, const ports::UnitContext& unit,
                     const std::string& program, domain::Changes& changes);

 private:
  absl::StatusOr<std::vector<std::string>> TiersNow(ports::StoreReader& reader,
                                                    const std::string& program,
                                                    std::span<const domain::TierScheme> schemes,
                                                    const domain::MemberKey& head) const;

  std::set<domain::MemberKey> heads_;
  std::map<std::pair<domain::MemberKey, std::string>, domain::TierStanding> changed_;
};

struct TierLockOrder {
  std::string program;
  std::string member;
  std::string scheme;
  std::optional<std::string> level;  // Empty: none. Absent: the one that the person has.
  std::optional<Time> until;         // Absent: until UnlockTierStanding.
  std::string reason;
};
// By staff: holds a person on a level, whatever they earn. Replaces a lock
// before. kNotFound for member and scheme; kInvalidField for a level that the
// scheme does not have, and for an `until` that is not in the future.
DecidedTierStanding LockTierStanding(ports::StoreReader& reader, const ports::UnitContext& unit,
                                     const TierLockOrder& order);
// By staff: reviews the level from now on as any. kNotFound; kIllegalMove if
// there is no lock.
DecidedTierStanding UnlockTierStanding(ports::StoreReader& reader, const ports::UnitContext& unit,
                                       const std::string& program, const std::string& member,
                                       const std::string& scheme);

}  // namespace perigee::use_cases
