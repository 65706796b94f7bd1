#include "server/use_cases/judge.h"

#include <algorithm>

#include "server/domain/member/merged_members.h"

namespace perigee::use_cases {

bool IsThePerson(const Judge& judge, const domain::MergedMembers& merged,
                 const domain::MemberKey& member) {
  const domain::MemberKey head = merged.HeadOf(member);
  return (!judge.id.IsNil() && merged.HeadOf(judge.id) == head) ||
         std::ranges::any_of(judge.members, [&](const domain::MemberKey& own) {
           return merged.HeadOf(own) == head;
         });
}

}  // namespace perigee::use_cases
