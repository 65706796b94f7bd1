#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/civil_time.h"
#include "server/core/time.h"
#include "server/domain/member/merged_members.h"
#include "server/domain/record/revision.h"
#include "server/domain/tier/tier_scheme.h"
#include "server/domain/tier/tier_standing.h"

// The parameter types.
namespace perigee::domain {
struct Changes;
}  // namespace perigee::domain
namespace perigee::ports {
class StoreReader;
struct UnitContext;
}  // namespace perigee::ports

namespace perigee::use_cases {

// Who is to be looked at. A view of the store finds for whom a scheme changes
// anything, and a unit of work then reviews them again, so that it decides by
// what is true at that moment.
struct TierPerson {
  domain::MemberKey member;                    // Any member of the person.
  std::vector<domain::MemberKey> joined = {};  // Members who are this person from now on.
  bool parted = false;                         // Members were this person until now.
};

// That a review changes the standing of a person. The level may be the same.
struct TierFinding {
  TierPerson person;
  std::string scheme;
  domain::TierStanding before;  // Empty if the person never had a level.
  domain::TierStanding after;

  bool HasNews() const { return domain::HasNews(before, after); }
};

// A programme as reviews see it from one view.
class TierView {
 public:
  // Capital that was recorded after the revision `up_to` is left out (0: none
  // is).
  static absl::StatusOr<TierView> Of(ports::StoreReader& reader, std::string program, Time now,
                                     domain::Revision up_to = 0);

  const Zone& zone() const { return zone_; }
  const domain::MergedMembers& merged() const { return merged_; }

  // What the person earned of the scheme's asset in that time, over all of
  // their members: as boards score it.
  absl::StatusOr<std::int64_t> Earned(ports::StoreReader& reader, const domain::TierScheme& scheme,
                                      const domain::MemberKey& head, Interval interval) const;

  // What the schemes change for the person: one finding for each that changes
  // anything.
  absl::StatusOr<std::vector<TierFinding>> Find(ports::StoreReader& reader,
                                                const TierPerson& person,
                                                std::span<const domain::TierScheme> schemes) const;

  // What a scheme changes for the persons after the member `after`, by key: the
  // first `examined_max` of them, or fewer if `findings_max` are found before.
  struct Portion {
    std::vector<TierFinding> findings;
    int examined = 0;
    domain::MemberKey last;  // After whom the next portion begins. Nil: there is none.
  };
  struct PortionLimits {
    int examined_max = 0;
    std::size_t findings_max = 0;
  };
  absl::StatusOr<Portion> FindAmong(ports::StoreReader& reader, const domain::TierScheme& scheme,
                                    const domain::MemberKey& after, PortionLimits limits) const;

 private:
  TierView(std::string program, Time now, domain::Revision up_to, Zone zone)
      : program_(std::move(program)), now_(now), up_to_(up_to), zone_(std::move(zone)) {}

  std::string program_;
  Time now_;
  domain::Revision up_to_;
  Zone zone_;
  domain::MergedMembers merged_;
};

// Reviews the persons of the findings again, each by its scheme. Leaves out
// schemes and members who are gone.
absl::Status SettleTiers(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const std::string& program, std::span<const TierFinding> findings,
                         domain::Changes& changes);

// Reviews standings that fall due. That of a member who is merged or erased rests.
absl::Status ReviewDueStandings(const std::string& program,
                                std::vector<domain::TierStanding> standings,
                                ports::StoreReader& reader, const ports::UnitContext& unit,
                                domain::Changes& changes);

}  // namespace perigee::use_cases
