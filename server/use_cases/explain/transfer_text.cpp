#include "server/use_cases/explain/transfer_text.h"

#include "absl/strings/str_cat.h"
#include "server/domain/ledger/ledger.h"

namespace perigee::use_cases {
namespace {

using domain::Transfer;
using domain::TransferKind;

std::string Movement(const Transfer& transfer, std::int64_t change) {
  const domain::AccountRef& other = change > 0 ? transfer.debit : transfer.credit;
  if (!other.account.empty()) {
    return absl::StrCat(
        change > 0 ? "Came from the programme's account " : "Went to the programme's account ",
        other.account, ".");
  }
  return change > 0 ? "Came from another member." : "Went to another member.";
}

}  // namespace

std::string TransferText(const Transfer& transfer, std::int64_t change) {
  switch (transfer.kind) {
    case TransferKind::kReversal:
      return "An earlier transfer was undone.";
    case TransferKind::kLotExpiry:
      return "Expired.";
    case TransferKind::kPooling:
      return "Moved within the capital of one person.";
    case TransferKind::kCapture:
      return absl::StrCat("What was held moved for good. ", Movement(transfer, change));
    default:
      break;
  }
  if (!transfer.rule.empty()) {
    return absl::StrCat("The rule ", transfer.rule,
                        transfer.activity.has_value() ? ", because of an activity." : ".");
  }
  return Movement(transfer, change);
}

}  // namespace perigee::use_cases
