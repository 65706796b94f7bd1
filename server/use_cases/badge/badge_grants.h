#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/domain/badge/badge_grant.h"
#include "server/domain/member/member_key.h"
#include "server/use_cases/decided.h"

namespace perigee::domain {
struct Member;
class MergedMembers;
}  // namespace perigee::domain

namespace perigee::use_cases {

using DecidedBadgeGrant = absl::StatusOr<Decided<domain::BadgeGrant>>;

// Every unit that changes a grant also sets Member::badges of its person, which audiences look at.

// All grants of these members, live or not.
absl::StatusOr<std::vector<domain::BadgeGrant>> BadgeGrantsOf(
    ports::StoreReader& reader, const std::string& program,
    const std::vector<domain::MemberKey>& members);

// Sets the badges of a member to those of all members of the person, as `merged` has them.
absl::Status SetBadges(ports::StoreReader& reader, const std::string& program,
                       const domain::MergedMembers& merged, domain::Member& member);

// The changed grants of a unit, by the member that stands for their person. Not for several
// threads.
class BadgeGrantChanges {
 public:
  // Loads the person whom the member belongs to. nullptr: that member is gone. The rows are those
  // of the store with the changes so far.
  absl::StatusOr<const std::vector<domain::BadgeGrant>*> GrantsOf(ports::StoreReader& reader,
                                                                  const std::string& program,
                                                                  const domain::MemberKey& member);
  // Takes a changed grant of a member whose person was loaded.
  void Put(domain::BadgeGrant grant);
  // Adds all changed grants, and the members whose badges are others now.
  absl::Status AddTo(ports::StoreReader& reader, const ports::UnitContext& unit,
                     const std::string& program, domain::Changes& changes);

 private:
  struct Person {
    std::vector<domain::BadgeGrant> grants;
    std::vector<domain::BadgeGrant> changed;
  };
  std::map<domain::MemberKey, domain::MemberKey> heads_;  // By member.
  std::map<domain::MemberKey, Person> persons_;           // By head.
};

// By staff, for whom the rule neither takes nor gives it afterwards. The grant of the person's
// head. kNotFound for badge and member, kBadgeRetired, kMemberSuspended, kIllegalMove if the person
// has the badge.
DecidedBadgeGrant GrantBadge(ports::StoreReader& reader, const ports::UnitContext& unit,
                             const std::string& program, const std::string& badge,
                             const std::string& member, const std::string& reason);
// By staff. kNotFound, also if the person never had the badge; kIllegalMove if they have it no
// more.
DecidedBadgeGrant RevokeBadge(ports::StoreReader& reader, const ports::UnitContext& unit,
                              const std::string& program, const std::string& badge,
                              const std::string& member, const std::string& reason);

}  // namespace perigee::use_cases
