#include "server/domain/journal/changes.h"

namespace perigee::domain {

bool Changes::Empty() const {
  return records.empty() && ledger.budgets.empty() && ledger.accounts.empty() &&
         ledger.transfers.empty() && ledger.lots.empty() && ledger.lot_uses.empty() &&
         ledger.caps.empty() && boards.empty() && deleted_boards.empty() && results.empty();
}

}  // namespace perigee::domain
