#pragma once

#include <string>
#include <vector>

#include "server/domain/board/board.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/record/record.h"

namespace perigee::domain {

// All that one unit of work makes true, at one revision. The store writes it and appends it to the
// journal in the same step. Resources are given whole, as they stand afterwards, with `revision`
// set.
struct Changes {
  RecordChanges records;
  // Members of whom nothing is to be kept but pseudonyms: their own record goes, and with the key
  // of their texts all that they wrote or are named by. They are not in `records`.
  std::vector<MemberKey> erased;
  LedgerChanges ledger;
  std::vector<Board> boards;
  std::vector<std::string> deleted_boards;
  std::vector<PeriodResult> results;  // Their entries are written before: see ports::DraftPortion.

  bool Empty() const;
};

// Members that were made, changed or erased; doubles may be among them.
std::vector<MemberKey> ChangedMembers(const Changes& changes);

}  // namespace perigee::domain
