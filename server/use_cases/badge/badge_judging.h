#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/civil_time.h"
#include "server/core/time.h"
#include "server/domain/badge/badge_grant.h"
#include "server/domain/member/merged_members.h"
#include "server/domain/record/revision.h"

// The parameter types.
namespace perigee::domain {
struct Changes;
}  // namespace perigee::domain
namespace perigee::ports {
class StoreReader;
struct UnitContext;
}  // namespace perigee::ports

namespace perigee::use_cases {

// A rule is judged in two steps, so that no unit of work waits for a long history: from a view the
// facts of a person are looked at, and a unit then applies what was found. What is recorded between
// the two is an entry of the journal that is looked at in its turn.

// A rule looks at the newest facts of a person: so many activities, and so many transfers of each
// asset.
inline constexpr std::size_t kBadgeFactsMax = 20'000;

// That the rule of a badge changes something for a person.
struct BadgeFinding {
  domain::MemberKey person;  // The head, at that view.
  std::string badge;
  domain::Revision rule_version = 0;
  std::optional<domain::BadgeEvidence> evidence;
  bool anew = false;                        // See domain::Judge.
  std::vector<domain::BadgeGrant> changed;  // As domain::Judge has it.
};

// A programme as the judging of badges sees it from one view.
class BadgeView {
 public:
  // Facts after the revision `up_to` are left out (0: none is).
  static absl::StatusOr<BadgeView> Of(ports::StoreReader& reader, std::string program, Time now,
                                      domain::Revision up_to = 0);

  const domain::MergedMembers& merged() const { return merged_; }

  // What these rules change for the person, of whom `head` is the head.
  absl::StatusOr<std::vector<BadgeFinding>> Find(ports::StoreReader& reader,
                                                 const domain::MemberKey& head,
                                                 std::span<const domain::Badge> badges,
                                                 bool anew) const;

  // How far the person, of whom `head` is the head, is by the badge's rule.
  absl::StatusOr<domain::BadgeProgress> ProgressOf(ports::StoreReader& reader,
                                                   const domain::MemberKey& head,
                                                   const domain::Badge& badge) const;

  // What the rule of a badge changes for the persons after the member `after`, by key: the first
  // `examined_max` of them, or fewer if `findings_max` are found before.
  struct Portion {
    std::vector<BadgeFinding> findings;
    int examined = 0;
    domain::MemberKey last;  // After whom the next portion begins. Nil: there is none.
  };
  struct PortionLimits {
    int examined_max = 0;
    std::size_t findings_max = 0;
  };
  absl::StatusOr<Portion> FindAmong(ports::StoreReader& reader, const domain::Badge& badge,
                                    const domain::MemberKey& after, PortionLimits limits) const;

 private:
  struct Facts {
    std::vector<domain::Activity> activities;
    std::vector<domain::Transfer> transfers;
  };
  BadgeView(std::string program, Time now, domain::Revision up_to, Zone zone)
      : program_(std::move(program)), now_(now), up_to_(up_to), zone_(std::move(zone)) {}

  // The facts that any of the rules looks at.
  absl::StatusOr<Facts> FactsOf(ports::StoreReader& reader,
                                const std::vector<domain::MemberKey>& members,
                                const std::vector<const domain::Badge*>& badges) const;
  // Of a transfer, only the activity from which it came says so.
  absl::Status NoteImported(ports::StoreReader& reader, domain::BadgeEvidence& evidence) const;
  absl::Status AddActivities(ports::StoreReader& reader, const domain::MemberKey& member,
                             const std::vector<const domain::Badge*>& badges, Facts& facts) const;
  absl::Status AddTransfers(ports::StoreReader& reader, const domain::AccountRef& account,
                            Facts& facts) const;

  std::string program_;
  Time now_;
  domain::Revision up_to_;
  Zone zone_;
  domain::MergedMembers merged_;
};

// Applies findings to the programme as it is at the unit. Leaves out those of a rule that has
// changed since, and of members who are gone.
absl::Status SettleBadges(ports::StoreReader& reader, const ports::UnitContext& unit,
                          const std::string& program, std::span<const BadgeFinding> findings,
                          domain::Changes& changes);

}  // namespace perigee::use_cases
