#include "server/adapters/sql/check/books_fold.h"

namespace perigee::sql {

using domain::TransferKind;

domain::Account& BooksFold::At(const domain::AccountRef& ref) {
  domain::Account& account = accounts_[ref];
  account.ref = ref;
  return account;
}

void BooksFold::Add(const domain::Transfer& transfer, const domain::Transfer* original) {
  domain::Account& debit = At(transfer.debit);
  domain::Account& credit = At(transfer.credit);
  if (transfer.MovesBalance()) {
    debit.balance -= transfer.amount;
    credit.balance += transfer.amount;
  }
  switch (transfer.kind) {
    case TransferKind::kPending:
      debit.debits_pending += transfer.amount;
      credit.credits_pending += transfer.amount;
      holds_[transfer.id] = transfer;
      break;
    case TransferKind::kCapture:
    case TransferKind::kVoid:
    case TransferKind::kTimeout:
      if (original != nullptr && holds_.erase(original->id) == 1) {
        At(original->debit).debits_pending -= original->amount;
        At(original->credit).credits_pending -= original->amount;
      }
      break;
    case TransferKind::kReversal:
      if (original != nullptr) {
        reversed_[original->id] += transfer.amount;
        if (original->cap.has_value()) {
          caps_[*original->cap] -= original->debit.IsMember() ? -transfer.amount : transfer.amount;
        }
      }
      break;
    default:
      break;
  }
  if (transfer.cap.has_value() && transfer.kind == TransferKind::kPosted) {
    caps_[*transfer.cap] += transfer.CapChange();
  }
}

std::int64_t BooksFold::Reversed(domain::TransferId id) const {
  const auto found = reversed_.find(id);
  return found == reversed_.end() ? 0 : found->second;
}

}  // namespace perigee::sql
