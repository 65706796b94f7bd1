#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/access/role_grant.h"
#include "server/domain/member/member_key.h"
#include "server/use_cases/decided.h"

namespace perigee::use_cases {

struct RoleGrantDraft {
  std::string id;
  Uuid principal;  // The pseudonym of the subject, unless it has one in the programme already.
  domain::Role role = domain::Role::kAnalyst;
  domain::Subject subject;
  std::optional<Time> expire_time;
};

// kNotFound for the programme. kInvalidField for an expire_time that is not in the future.
// kAlreadyExists, naming the grant, if the subject has a live grant of
// that role.
absl::StatusOr<Decided<domain::RoleGrant>> CreateRoleGrant(ports::StoreReader& reader,
                                                           const ports::UnitContext& unit,
                                                           const std::string& program,
                                                           const RoleGrantDraft& draft);
// kNotFound.
absl::StatusOr<Decided<domain::RoleGrant>> DeleteRoleGrant(ports::StoreReader& reader,
                                                           const std::string& program,
                                                           const std::string& id);

// Of a sign-in, or of a link with its confidence.
struct IdentityDraft {
  std::string id;
  domain::Subject subject;
  bool link = false;
  int confidence = 0;
};

// kNotFound for the member. kAlreadyExists, without naming whose it is, if the subject is of a
// member of the programme.
absl::StatusOr<Decided<domain::Identity>> CreateIdentity(ports::StoreReader& reader,
                                                         const ports::UnitContext& unit,
                                                         const std::string& program,
                                                         const std::string& member_id,
                                                         const IdentityDraft& draft);
// kNotFound.
absl::StatusOr<Decided<domain::Identity>> DeleteIdentity(ports::StoreReader& reader,
                                                         const std::string& program,
                                                         const std::string& member_id,
                                                         const std::string& id);

// The role grants to the member's present sign-ins, also if these cannot be read any more, and
// those that were made to the member, in the order of their ids. Looks at all grants of the
// programme: there are few, and nothing leads from a destroyed sign-in to its grants.
absl::StatusOr<std::vector<domain::RoleGrant>> RoleGrantsOf(ports::StoreReader& reader,
                                                            const std::string& program,
                                                            const domain::MemberKey& member);

}  // namespace perigee::use_cases
