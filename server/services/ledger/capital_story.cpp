#include "server/services/ledger/capital_story.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/time.h"
#include "server/ports/activity/activity_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/store.h"
#include "server/services/convert.h"
#include "server/services/ledger/capital_convert.h"

namespace perigee::services {

namespace {

using domain::Transfer;
using domain::TransferKind;

// The facts that the story tells.
struct Facts {
  std::string program;
  Transfer transfer;
  std::vector<Transfer> successors;
  std::vector<domain::LotUse> lot_uses;
  std::optional<domain::Activity> activity;
  std::int64_t reversed = 0;
  bool resolved = false;  // A pending transfer that was captured, voided or timed out.
  int decimals = 0;

  std::string Amount(std::int64_t amount) const {
    return domain::FormatAmount(amount, decimals) + " " + transfer.debit.asset;
  }
  std::int64_t AmountInEffect() const {
    const bool without_effect = transfer.kind == TransferKind::kVoid ||
                                transfer.kind == TransferKind::kTimeout ||
                                (transfer.kind == TransferKind::kPending && resolved);
    return without_effect ? 0 : transfer.amount - reversed;
  }
};

absl::StatusOr<Facts> Collect(ports::StoreReader& reader, const TransferPath& name) {
  Facts facts;
  facts.program = name.program;
  PERIGEE_ASSIGN_OR_RETURN(facts.transfer, RequireTransfer(reader, name));
  domain::LedgerBooks& books = reader.ledger().Books(name.program);
  PERIGEE_ASSIGN_OR_RETURN(facts.successors, books.Successors(name.id));
  PERIGEE_ASSIGN_OR_RETURN(facts.lot_uses, books.LotUses(name.id));
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::Asset> asset,
                           books.FindAsset(facts.transfer.debit.asset));
  facts.decimals = asset.has_value() ? asset->decimals : 0;
  if (facts.transfer.activity.has_value()) {
    PERIGEE_ASSIGN_OR_RETURN(facts.activity,
                             reader.activities().Find(name.program, *facts.transfer.activity));
  }
  for (const Transfer& successor : facts.successors) {
    if (successor.kind == TransferKind::kReversal) {
      facts.reversed += successor.amount;
    } else {
      facts.resolved = true;
    }
  }
  return facts;
}

std::string Verb(const Facts& facts, const TransferNames& names) {
  const auto original = [&] {
    return facts.transfer.original.has_value() ? names.Transfer(*facts.transfer.original) : "";
  };
  switch (facts.transfer.kind) {
    case TransferKind::kPending:
      return "was held";
    case TransferKind::kCapture:
      return "of the hold " + original() + " moved for good";
    case TransferKind::kVoid:
      return "of the hold " + original() + " was set free by voiding it, so nothing moved";
    case TransferKind::kTimeout:
      return "of the hold " + original() + " was set free when it expired, so nothing moved";
    case TransferKind::kReversal:
      return "moved back to undo " + original();
    case TransferKind::kLotExpiry:
      return "expired and moved";
    case TransferKind::kPooling:
      return "moved within the capital of one person";
    case TransferKind::kPosted:
      break;
  }
  return "moved";
}

std::string Cause(const Facts& facts) {
  const Transfer& transfer = facts.transfer;
  std::string cause;
  if (transfer.activity.has_value()) {
    cause += " because of activity " + ActivityName(facts.program, *transfer.activity);
    if (facts.activity.has_value()) {
      cause += " (" + facts.activity->type;
      cause += facts.activity->quantity == 1
                   ? ")"
                   : ", quantity " + std::to_string(facts.activity->quantity) + ")";
    }
  }
  if (!transfer.rule.empty()) {
    cause += " under version " + std::to_string(transfer.rule_version) + " of the rule " +
             RuleName(facts.program, transfer.rule);
  }
  if (!transfer.memo.empty()) {
    cause += " with the note “" + transfer.memo + "”";
  }
  return cause;
}

std::string Aftermath(const Facts& facts) {
  std::string after;
  if (facts.transfer.cut_amount != 0) {
    after += "; a cap or floor cut away " + facts.Amount(facts.transfer.cut_amount);
  }
  for (const Transfer& successor : facts.successors) {
    const std::string when = " at " + FormatTime(successor.record_time);
    switch (successor.kind) {
      case TransferKind::kCapture:
        after += "; it was captured for " + facts.Amount(successor.amount) + when;
        break;
      case TransferKind::kVoid:
        after += "; it was voided" + when;
        break;
      case TransferKind::kTimeout:
        after += "; it expired" + when;
        break;
      default:
        after += "; " + facts.Amount(successor.amount) + " of it was reversed" + when;
    }
  }
  if (facts.reversed != 0) {
    after += "; " + facts.Amount(facts.AmountInEffect()) + " of it stands";
  }
  return after;
}

std::string Side(const TransferNames& names, const domain::AccountRef& ref) {
  const std::string account = names.Account(ref);
  return account.empty() ? "an erased member" : account;
}

std::string Summary(const Facts& facts, const TransferNames& names) {
  const Transfer& transfer = facts.transfer;
  return facts.Amount(transfer.amount) + " " + Verb(facts, names) + " from " +
         Side(names, transfer.debit) + " to " + Side(names, transfer.credit) + " at " +
         FormatTime(transfer.effective_time) + Cause(facts) + Aftermath(facts) + ".";
}

}  // namespace

absl::StatusOr<v1::ExplainTransferResponse> TellStory(ports::StoreReader& reader,
                                                      const TransferPath& name) {
  PERIGEE_ASSIGN_OR_RETURN(const Facts facts, Collect(reader, name));
  // Successors move between the same two accounts, so the transfer's own names serve for them.
  PERIGEE_ASSIGN_OR_RETURN(const TransferNames names,
                           TransferNames::Of(reader, name.program, {&facts.transfer, 1}));
  v1::ExplainTransferResponse response;
  *response.mutable_transfer() = names.ToProto(facts.transfer);
  for (const domain::LotUse& use : facts.lot_uses) {
    if (use.amount > 0) {
      v1::LotUse* proto = response.add_lot_uses();
      proto->set_lot(names.Transfer(use.lot));
      proto->set_amount(use.amount);
    }
  }
  for (const Transfer& successor : facts.successors) {
    *response.add_successors() = names.ToProto(successor);
  }
  response.set_standing_amount(facts.AmountInEffect());
  response.set_summary(Summary(facts, names));
  return response;
}

}  // namespace perigee::services
