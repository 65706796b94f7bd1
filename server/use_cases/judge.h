#pragma once

#include <vector>

#include "server/domain/member/member_key.h"

namespace perigee::domain {
class MergedMembers;
}  // namespace perigee::domain

namespace perigee::use_cases {

// Who judges: the principal's pseudonym, and the members that the caller is, the head first.
struct Judge {
  domain::MemberKey id;
  std::vector<domain::MemberKey> members;
};

// Whether the judge is that member, or the same person.
bool IsThePerson(const Judge& judge, const domain::MergedMembers& merged,
                 const domain::MemberKey& member);

}  // namespace perigee::use_cases
