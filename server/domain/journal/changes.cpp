#include "server/domain/journal/changes.h"

#include "server/domain/member/member.h"

namespace perigee::domain {

bool Changes::Empty() const {
  return records.empty() && erased.empty() && ledger.budgets.empty() && ledger.accounts.empty() &&
         ledger.transfers.empty() && ledger.lots.empty() && ledger.lot_uses.empty() &&
         ledger.caps.empty() && boards.empty() && deleted_boards.empty() && results.empty();
}

std::vector<MemberKey> ChangedMembers(const Changes& changes) {
  std::vector<MemberKey> members = changes.erased;
  for (const Member* member : changes.records.Touched<Member>()) {
    members.push_back(member->key);
  }
  return members;
}

}  // namespace perigee::domain
