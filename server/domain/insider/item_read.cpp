#include "server/domain/insider/item_read.h"

#include "server/domain/record/describe.h"

namespace perigee::domain {

auto ItemRead::Fields() {
  return std::tuple(Owner(1, "member_key", &ItemRead::member), Plain(2, "item", &ItemRead::item),
                    Plain(3, "version", &ItemRead::version),
                    Plain(4, "attachment", &ItemRead::attachment),
                    Plain(5, "create_time", &ItemRead::create_time),
                    Plain(6, "until_time", &ItemRead::until_time));
}
template <>
const RecordType& TypeOf<ItemRead>() {
  static const RecordTypeFor<ItemRead> kType;
  return kType;
}

ItemRead ReadAt(const MemberKey& member, const ItemPart& part, Time now, Revision revision) {
  return {member, part.item, part.version, part.attachment, now, now + kItemReadShared, revision};
}

bool StandsFor(const ItemRead& entry, Time now) {
  return entry.create_time - kItemReadShared < now && now < entry.until_time;
}

}  // namespace perigee::domain
