#include "server/domain/journal/changes.h"

#include "server/domain/access/personal_read.h"
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

std::set<MemberKey> ConcernedMembers(const Changes& changes) {
  std::set<MemberKey> members(changes.erased.begin(), changes.erased.end());
  for (const RecordChange& change : changes.records.all()) {
    const std::vector<MemberKey> owners = OwnersOf(change);
    members.insert(owners.begin(), owners.end());
  }
  for (const PersonalRead* read : changes.records.All<PersonalRead>()) {
    members.insert(read->members.begin(), read->members.end());
  }
  for (const Transfer& transfer : changes.ledger.transfers) {
    members.insert({transfer.debit.member, transfer.credit.member});
  }
  members.erase(MemberKey());
  return members;
}

}  // namespace perigee::domain
