#include "server/domain/ledger/ledger_step.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "server/core/checked.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"

namespace perigee::domain {
namespace {

bool ExpiresBefore(const Lot& a, const Lot& b) {
  return std::tie(a.expire_time, a.id, a.part) < std::tie(b.expire_time, b.id, b.part);
}

// On each side, posted and pending together never pass 64 bits. So neither total passes 64 bits,
// and neither does the balance or a capture.
bool Fits(std::int64_t posted, std::int64_t pending, std::int64_t amount) {
  return CheckedAdd(posted + pending, amount).has_value();
}

}  // namespace

absl::Status LedgerStep::Open(const AccountRef& debit, const AccountRef& credit) {
  PERIGEE_ASSIGN_OR_RETURN(asset_, state_.RequireAsset(debit.asset));
  PERIGEE_RETURN_IF_ERROR(state_.RequireAsset(credit.asset).status());
  debit_ = debit;
  credit_ = credit;
  PERIGEE_RETURN_IF_ERROR(Stage(debit));
  PERIGEE_RETURN_IF_ERROR(Stage(credit));
  if (debit.asset != credit.asset) {
    return Error(Reason::kAssetMismatch,
                 "the accounts hold " + debit.asset + " and " + credit.asset,
                 {{"debit_asset", debit.asset}, {"credit_asset", credit.asset}});
  }
  return absl::OkStatus();
}

absl::Status LedgerStep::Stage(const AccountRef& ref) {
  if (!stage_.accounts.contains(ref)) {
    PERIGEE_ASSIGN_OR_RETURN(const Asset* asset, state_.RequireAsset(ref.asset));
    PERIGEE_ASSIGN_OR_RETURN(Account account, state_.RequireAccount(ref, *asset));
    stage_.accounts.emplace(ref, std::move(account));
  }
  return absl::OkStatus();
}

absl::Status LedgerStep::SweepLots() {
  if (!KeepsLots(debit_)) {
    return absl::OkStatus();
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Lot> lots, OpenLots(debit_));
  for (const Lot& lot : lots) {
    if (lot.expire_time <= now_) {
      PERIGEE_RETURN_IF_ERROR(ExpireLot(lot));
    }
  }
  return absl::OkStatus();
}

absl::Status LedgerStep::ExpireLot(const Lot& lot) {
  Transfer transfer = Begin(TransferKind::kLotExpiry, lot.remaining);
  transfer.credit = {.asset = debit_.asset, .member = {}, .account = std::string(kExpiredAccount)};
  // By the calendar the lot expired then, however late the unit notices.
  transfer.effective_time = lot.expire_time;
  PERIGEE_RETURN_IF_ERROR(Stage(transfer.credit));
  PERIGEE_RETURN_IF_ERROR(CheckMove(transfer));
  UseLot(transfer.id, lot, lot.remaining);
  AddPosted(transfer);
  Add(std::move(transfer));
  return absl::OkStatus();
}

Transfer LedgerStep::Begin(TransferKind kind, std::int64_t amount) const {
  Transfer transfer;
  transfer.id = state_.NextId(stage_.transfers.size());
  transfer.debit = debit_;
  transfer.credit = credit_;
  transfer.amount = amount;
  transfer.kind = kind;
  transfer.effective_time = now_;
  transfer.record_time = now_;
  return transfer;
}

absl::Status LedgerStep::CheckMove(const Transfer& transfer) const {
  const Account& debit = stage_.accounts.at(transfer.debit);
  const Account& credit = stage_.accounts.at(transfer.credit);
  const std::string amount = std::to_string(transfer.amount);
  if (!Fits(debit.debits_posted, debit.debits_pending, transfer.amount) ||
      !Fits(credit.credits_posted, credit.credits_pending, transfer.amount)) {
    return Error(Reason::kAmountOverflow,
                 "with " + amount + " more a total of the account would pass 64 bits",
                 {{"amount", amount}});
  }
  // This form cannot overflow, because an account with an overdraft is not compared.
  if (!debit.overdraft && debit.Available() < transfer.amount) {
    const std::string available = std::to_string(debit.Available());
    return Error(Reason::kInsufficientFunds,
                 "the debited account has " + available + " available of the " + amount + " asked",
                 {{"available", available}, {"amount", amount}});
  }
  return absl::OkStatus();
}

void LedgerStep::AddPosted(const Transfer& transfer) {
  stage_.accounts.at(transfer.debit).debits_posted += transfer.amount;
  stage_.accounts.at(transfer.credit).credits_posted += transfer.amount;
}

void LedgerStep::AddPending(std::int64_t amount) {
  stage_.accounts.at(debit_).debits_pending += amount;
  stage_.accounts.at(credit_).credits_pending += amount;
}

absl::StatusOr<std::vector<LotPiece>> LedgerStep::TakeLots(TransferId by, std::int64_t amount,
                                                           TransferId first) {
  std::vector<LotPiece> pieces;
  if (!KeepsLots(debit_)) {
    return pieces;
  }
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Lot> lots, OpenLots(debit_));
  std::stable_partition(lots.begin(), lots.end(), [&](const Lot& lot) { return lot.id == first; });
  for (const Lot& lot : lots) {
    if (amount == 0) {
      break;
    }
    const std::int64_t part = std::min(amount, lot.remaining);
    UseLot(by, lot, part);
    pieces.push_back({part, lot.expire_time});
    amount -= part;
  }
  if (amount != 0) {
    return Error(Reason::kInternal, "the lots of an account do not cover what it has available");
  }
  return pieces;
}

absl::StatusOr<std::vector<LotPiece>> LedgerStep::GiveBack(TransferId by, std::int64_t amount,
                                                           const AccountRef& account,
                                                           TransferId taker,
                                                           std::span<const TransferId> givers) {
  std::vector<LotPiece> kept;
  if (!KeepsLots(account)) {
    return kept;
  }
  std::map<LotKey, std::int64_t> taken;
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<LotUse> taker_uses, state_.LotUses(taker));
  for (const LotUse& use : taker_uses) {
    taken[{use.lot, use.lot_part}] += use.amount;
  }
  for (const TransferId giver : givers) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<LotUse> giver_uses, state_.LotUses(giver));
    for (const LotUse& use : giver_uses) {
      if (use.amount < 0) {  // A reversal may also have taken lots of the other account.
        taken[{use.lot, use.lot_part}] += use.amount;
      }
    }
  }

  std::vector<Lot> lots;
  for (const auto& [key, rest] : taken) {
    PERIGEE_ASSIGN_OR_RETURN(Lot lot, RequireLot(account, key));
    lots.push_back(std::move(lot));
  }
  std::ranges::sort(lots, [](const Lot& a, const Lot& b) { return ExpiresBefore(b, a); });
  for (const Lot& lot : lots) {
    std::int64_t& rest = taken.at({lot.id, lot.part});
    const std::int64_t part = std::min(amount, rest);
    if (part > 0) {
      UseLot(by, lot, -part);
      amount -= part;
      rest -= part;
    }
    if (rest > 0) {
      kept.push_back({rest, lot.expire_time});
    }
  }
  if (amount != 0) {
    return Error(Reason::kInternal, "a transfer took less from lots than it moved");
  }
  std::ranges::reverse(kept);
  return kept;
}

void LedgerStep::MakeLots(TransferId by, std::int64_t amount, std::span<const LotPiece> pieces) {
  if (!KeepsLots(credit_) || amount == 0) {
    return;
  }
  const LotPiece whole{amount, zone_.AddMonths(now_, asset_->lot_lifetime_months)};
  std::int32_t part = 0;
  for (const LotPiece& piece : pieces.empty() ? std::span(&whole, 1) : pieces) {
    const Lot lot{by, part++, credit_, piece.amount, piece.amount, piece.expire_time};
    stage_.lots[{lot.id, lot.part}] = lot;
  }
}

TransferId LedgerStep::Add(Transfer transfer) {
  transfer.debit_balance_after = stage_.accounts.at(transfer.debit).Balance();
  transfer.credit_balance_after = stage_.accounts.at(transfer.credit).Balance();
  const TransferId id = transfer.id;
  stage_.transfers.push_back(std::move(transfer));
  return id;
}

void LedgerStep::Commit() {
  // An account that was only read does not open.
  std::erase_if(stage_.accounts, [&](const auto& staged) {
    return std::ranges::none_of(stage_.transfers, [&](const Transfer& transfer) {
      return transfer.debit == staged.first || transfer.credit == staged.first;
    });
  });
  state_.Merge(std::move(stage_));
}

absl::StatusOr<std::vector<Lot>> LedgerStep::OpenLots(const AccountRef& ref) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Lot> lots, state_.Lots(ref));
  for (Lot& lot : lots) {
    const auto staged = stage_.lots.find({lot.id, lot.part});
    if (staged != stage_.lots.end()) {
      lot = staged->second;
    }
  }
  std::erase_if(lots, [](const Lot& lot) { return lot.remaining == 0; });
  std::ranges::sort(lots, ExpiresBefore);
  return lots;
}

absl::StatusOr<Lot> LedgerStep::RequireLot(const AccountRef& ref, LotKey key) {
  const auto staged = stage_.lots.find(key);
  if (staged != stage_.lots.end()) {
    return staged->second;
  }
  return state_.RequireLot(ref, key);
}

void LedgerStep::UseLot(TransferId by, Lot lot, std::int64_t amount) {
  lot.remaining -= amount;
  stage_.lot_uses.push_back({by, lot.id, lot.part, amount});
  stage_.lots[{lot.id, lot.part}] = std::move(lot);
}

}  // namespace perigee::domain
