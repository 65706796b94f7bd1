#include "server/domain/access/policy_refusal.h"

#include "server/domain/record/describe.h"

namespace perigee::domain {

auto PolicyRefusal::Fields() {
  return std::tuple(Plain(1, "policy", &PolicyRefusal::policy),
                    Plain(2, "subject", &PolicyRefusal::subject));
}
template <>
const RecordType& TypeOf<PolicyRefusal>() {
  static const RecordTypeFor<PolicyRefusal> kType;
  return kType;
}

}  // namespace perigee::domain
