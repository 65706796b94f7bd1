#include "server/domain/orbit/departure.h"

#include <algorithm>
#include <tuple>

#include "server/domain/record/describe.h"

namespace perigee::domain {

auto Departure::Fields() {
  return std::tuple(
      Plain(1, "members", &Departure::members), Plain(2, "join_time", &Departure::join_time),
      Plain(3, "leave_time", &Departure::leave_time), Plain(4, "staff", &Departure::staff));
}
template <>
const RecordType& TypeOf<Departure>() {
  static const RecordTypeFor<Departure> kType;
  return kType;
}

bool IsStaff(MemberType type, const std::vector<StakeholderKind>& kinds) {
  return type != MemberType::kPerson ||
         std::ranges::find(kinds, StakeholderKind::kEmployee) != kinds.end();
}

}  // namespace perigee::domain
