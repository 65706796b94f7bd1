#include "server/domain/journal/changes.h"

namespace perigee::domain {

bool Changes::Empty() const {
  return !program.has_value() && assets.empty() && rules.empty() && members.empty() &&
         !activity.has_value() && edges.empty() && ledger.budgets.empty() &&
         ledger.accounts.empty() && ledger.transfers.empty() && ledger.lots.empty() &&
         ledger.lot_uses.empty() && ledger.caps.empty() && boards.empty() &&
         deleted_boards.empty() && results.empty();
}

}  // namespace perigee::domain
