#pragma once

#include <set>
#include <string>
#include <vector>

#include "server/domain/board/board.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/record/record.h"

namespace perigee::domain {

// All changes of one unit of work, at one revision. The store writes them and appends them to the
// journal in one step. Resources are whole, in their state after the change, with `revision` set.
struct Changes {
  RecordChanges records;
  // Erased members, of whom only pseudonyms are kept. A member's own record is deleted. The key of
  // the member's texts is destroyed, and with it all that the member wrote or is named by. Erased
  // members are not in `records`.
  std::vector<MemberKey> erased;
  LedgerChanges ledger;
  std::vector<Board> boards;
  std::vector<std::string> deleted_boards;
  std::vector<PeriodResult> results;  // Their entries are written earlier: see ports::DraftPortion.

  bool Empty() const;
};

// Members that were made, changed or erased. May contain doubles.
std::vector<MemberKey> ChangedMembers(const Changes& changes);

// Members whom the changes concern: they own a record, are a side of a transfer, were erased, or
// somebody was shown their data.
std::set<MemberKey> ConcernedMembers(const Changes& changes);

}  // namespace perigee::domain
