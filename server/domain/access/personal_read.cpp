#include "server/domain/access/personal_read.h"

#include "server/domain/record/describe.h"

namespace perigee::domain {

auto PersonalRead::Fields() { return std::tuple(Plain(1, "members", &PersonalRead::members)); }
template <>
const RecordType& TypeOf<PersonalRead>() {
  static const RecordTypeFor<PersonalRead> kType;
  return kType;
}

}  // namespace perigee::domain
