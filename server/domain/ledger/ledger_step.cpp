#include "server/domain/ledger/ledger_step.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include "server/core/check.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/ledger/amount_text.h"

namespace perigee::domain {
namespace {

// A job ends expired things all the time.
constexpr std::chrono::seconds kHoldsEndSoon{10};
constexpr absl::int128 kMax = std::numeric_limits<std::int64_t>::max();

bool ExpiresBefore(const Lot& a, const Lot& b) { return PositionOf(a) < PositionOf(b); }

// The balance with all that is pending on one side never passes 64 bits. So neither does a capture.
bool FitsDebit(const Account& account, std::int64_t amount) {
  const absl::int128 pending = absl::int128(account.debits_pending) + amount;
  return pending <= kMax && account.balance - pending >= -kMax;
}
bool FitsCredit(const Account& account, std::int64_t amount) {
  const absl::int128 pending = absl::int128(account.credits_pending) + amount;
  return pending <= kMax && account.balance + pending <= kMax;
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

absl::Status LedgerStep::EndExpired() {
  PERIGEE_RETURN_IF_ERROR(EndExpiredHolds());
  return EndExpiredLots();
}

absl::Status LedgerStep::EndExpiredHolds() {
  // An account that may go below zero has no need of what a hold frees.
  if (debit().overdraft || debit().debits_pending == 0) {
    return absl::OkStatus();
  }
  bool more = false;
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Transfer> holds,
                           state_.ExpiredHolds(debit_, now_, more));
  more_holds_expired_ |= more;
  for (const Transfer& hold : holds) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<LotUse> uses, state_.LotUses(hold.id));
    // The debit itself needs the rest of what a unit may do.
    if (LotUses() + uses.size() > kLotUsesMax) {
      more_holds_expired_ = true;
      break;
    }
    Transfer transfer = Begin(TransferKind::kTimeout, hold.amount);
    transfer.credit = hold.credit;
    transfer.original = hold.id;
    PERIGEE_RETURN_IF_ERROR(Stage(hold.credit));
    PERIGEE_RETURN_IF_ERROR(Release(transfer, hold));
    Add(std::move(transfer));
  }
  return absl::OkStatus();
}

absl::Status LedgerStep::EndExpiredLots() {
  if (!KeepsLots(debit_)) {
    return absl::OkStatus();
  }
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Lot> lots, state_.ExpiredLots(debit_, now_));
  lots = Present(std::move(lots));
  lots.resize(std::min(lots.size(), static_cast<std::size_t>(kEndedMax)));
  for (const Lot& lot : lots) {
    PERIGEE_RETURN_IF_ERROR(ExpireLot(lot));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::int64_t> LedgerStep::AvailableOf(std::int64_t asked) {
  if (!KeepsLots(debit_)) {
    return debit().Available();
  }
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Lot> lots, LotsFor(asked));
  lots.resize(std::min(lots.size(), kLotUsesMax));
  std::int64_t available = 0;
  for (const Lot& lot : lots) {
    available += lot.remaining;
  }
  return available;
}

absl::Status LedgerStep::SetCapUsed(const CapKey& key, std::optional<std::int64_t> used) {
  if (!used.has_value()) {
    return Error(Reason::kAmountOverflow, "the use of cap " + key.cap + " would pass 64 bits",
                 {{"cap", key.cap}});
  }
  stage_.caps[key] = *used;
  return absl::OkStatus();
}

absl::Status LedgerStep::ExpireLot(const Lot& lot) {
  Transfer transfer = Begin(TransferKind::kLotExpiry, lot.remaining);
  transfer.credit = {.asset = debit_.asset, .member = {}, .account = std::string(kExpiredAccount)};
  // By the calendar the lot expired then, however late the unit notices.
  transfer.effective_time = lot.expire_time;
  PERIGEE_RETURN_IF_ERROR(Stage(transfer.credit));
  PERIGEE_RETURN_IF_ERROR(CheckMove(transfer));
  PERIGEE_RETURN_IF_ERROR(UseLot(transfer.id, lot, lot.remaining));
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
  PERIGEE_CHECK(transfer.amount >= 0, "no transfer moves less than nothing");
  const Account& debit = stage_.accounts.at(transfer.debit);
  const Account& credit = stage_.accounts.at(transfer.credit);
  if (!FitsDebit(debit, transfer.amount) || !FitsCredit(credit, transfer.amount)) {
    return Overflow(transfer.amount);
  }
  // This form cannot overflow, because an account with an overdraft is not compared.
  if (!debit.overdraft && debit.Available() < transfer.amount) {
    return Insufficient(debit.Available(), transfer.amount);
  }
  return absl::OkStatus();
}

absl::Status LedgerStep::Overflow(std::int64_t amount) const {
  return Error(
      Reason::kAmountOverflow,
      "with " + AmountText(amount, *asset_) + " more the balance of an account would pass 64 bits",
      {{"amount", std::to_string(amount)}, {"asset", asset_->id}});
}

absl::Status LedgerStep::Insufficient(std::int64_t available, std::int64_t amount) const {
  available += others_available_;
  if (more_holds_expired_) {
    return Overloaded("more holds of the account have expired than one request ends",
                      kHoldsEndSoon);
  }
  return Error(Reason::kInsufficientFunds,
               "the debited account has " + AmountText(available, *asset_) + " available of the " +
                   AmountText(amount, *asset_) + " asked",
               {{"available", std::to_string(available)},
                {"amount", std::to_string(amount)},
                {"asset", asset_->id}});
}

void LedgerStep::AddPosted(const Transfer& transfer) {
  stage_.accounts.at(transfer.debit).balance -= transfer.amount;
  stage_.accounts.at(transfer.credit).balance += transfer.amount;
}

void LedgerStep::AddPending(const Transfer& transfer, std::int64_t amount) {
  stage_.accounts.at(transfer.debit).debits_pending += amount;
  stage_.accounts.at(transfer.credit).credits_pending += amount;
}

absl::Status LedgerStep::Release(const Transfer& by, const Transfer& hold) {
  AddPending(hold, -hold.amount);
  return GiveBack(by.id, hold.amount, hold.debit, hold.id, {}).status();
}

absl::StatusOr<std::vector<LotPiece>> LedgerStep::TakeLots(TransferId by, std::int64_t amount,
                                                           TransferId first) {
  std::vector<LotPiece> pieces;
  if (!KeepsLots(debit_)) {
    return pieces;
  }
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Lot> lots, LotsMadeBy(first));
  std::int64_t own = 0;
  for (const Lot& lot : lots) {
    own += lot.remaining;
  }
  if (own < amount) {
    PERIGEE_ASSIGN_OR_RETURN(std::vector<Lot> others, LotsFor(amount));
    std::erase_if(others, [&](const Lot& lot) { return lot.id == first; });
    lots.insert(lots.end(), others.begin(), others.end());
  }
  const std::size_t lots_max = lots.size() > kLotUsesMax ? kLotUsesMax : lots.size();
  const bool more_lots = lots.size() > lots_max;
  lots.resize(lots_max);
  std::int64_t left = amount;
  for (const Lot& lot : lots) {
    if (left == 0) {
      break;
    }
    const std::int64_t part = std::min(left, lot.remaining);
    PERIGEE_RETURN_IF_ERROR(UseLot(by, lot, part));
    pieces.push_back({part, lot.expire_time});
    left -= part;
  }
  // The account's row may show more: expired lots that are still to be taken out.
  if (left != 0) {
    return more_lots ? TooManyLots() : Insufficient(amount - left, amount);
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
      PERIGEE_RETURN_IF_ERROR(UseLot(by, lot, -part));
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

void LedgerStep::MakeLots(const Transfer& by, std::span<const LotPiece> pieces) {
  if (!KeepsLots(credit_) || by.amount == 0) {
    return;
  }
  const LotPiece whole{by.amount, zone_.AddMonths(by.effective_time, asset_->lot_lifetime_months)};
  std::int32_t part = 0;
  for (const LotPiece& piece : pieces.empty() ? std::span(&whole, 1) : pieces) {
    const Lot lot{by.id, part++, credit_, piece.amount, piece.amount, piece.expire_time};
    stage_.lots[{lot.id, lot.part}] = lot;
  }
}

TransferId LedgerStep::Add(Transfer transfer) {
  transfer.debit_balance_after = stage_.accounts.at(transfer.debit).balance;
  transfer.credit_balance_after = stage_.accounts.at(transfer.credit).balance;
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

std::vector<Lot> LedgerStep::Present(std::vector<Lot> lots) const {
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

absl::StatusOr<std::vector<Lot>> LedgerStep::LotsFor(std::int64_t amount) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Lot> lots, state_.LotsFor(debit_, now_, amount));
  // The state does not know the lots that this step has pooled.
  for (auto made = stage_.lots.lower_bound({state_.NextId(0), 0}); made != stage_.lots.end();
       ++made) {
    if (made->second.account == debit_ && made->second.expire_time > now_) {
      lots.push_back(made->second);
    }
  }
  return Present(std::move(lots));
}

absl::StatusOr<std::vector<Lot>> LedgerStep::LotsMadeBy(TransferId first) {
  if (first == TransferId{}) {
    return std::vector<Lot>();
  }
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Lot> lots, state_.LotsMadeBy(debit_, first));
  std::erase_if(lots, [&](const Lot& lot) { return lot.expire_time <= now_; });
  return Present(std::move(lots));
}

absl::StatusOr<Lot> LedgerStep::RequireLot(const AccountRef& ref, LotKey key) {
  const auto staged = stage_.lots.find(key);
  if (staged != stage_.lots.end()) {
    return staged->second;
  }
  return state_.RequireLot(ref, key);
}

absl::Status LedgerStep::UseLot(TransferId by, Lot lot, std::int64_t amount) {
  // A debit takes from some lots, which it may have pooled, and ends holds, or undoes a transfer,
  // that gave others back.
  if (LotUses() >= 3 * kLotUsesMax) {
    return TooManyLots();
  }
  lot.remaining -= amount;
  stage_.lot_uses.push_back({by, lot.id, lot.part, amount});
  stage_.lots[{lot.id, lot.part}] = std::move(lot);
  return absl::OkStatus();
}

}  // namespace perigee::domain
