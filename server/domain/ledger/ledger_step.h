#pragma once

// The inside of LedgerUnit; nobody else includes it.

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/ledger/ledger_state.h"

namespace perigee::domain {

// A part of an amount, by the time it expires.
struct LotPiece {
  std::int64_t amount = 0;
  Time expire_time = kEndOfTime;
};

// One call of a LedgerUnit: staged piece by piece, kept as a whole or not at all.
class LedgerStep {
 public:
  LedgerStep(LedgerState& state, const Zone& zone, Time now)
      : state_(state), zone_(zone), now_(now) {}

  // Must come first. kNotFound for assets and accounts, then kAssetMismatch.
  absl::Status Open(const AccountRef& debit, const AccountRef& credit);
  const Asset& asset() const { return *asset_; }
  const Account& debit() const { return stage_.accounts.at(debit_); }
  void SetCapUsed(const CapKey& key, std::int64_t used) { stage_.caps[key] = used; }

  // Takes the debited account's lots that have expired.
  absl::Status SweepLots();
  // A transfer between the two accounts, numbered: its other fields are the caller's to fill.
  Transfer Begin(TransferKind kind, std::int64_t amount) const;
  // kAmountOverflow, then kInsufficientFunds.
  absl::Status CheckMove(const Transfer& transfer) const;
  // Changes both accounts' totals.
  void AddPosted(const Transfer& transfer);
  void AddPending(std::int64_t amount);  // Negative: what was held is free.
  // Takes `amount` of the debited account's lots: those that `first` made, then those that expire
  // soonest. Nothing where it has none.
  absl::StatusOr<std::vector<LotPiece>> TakeLots(TransferId by, std::int64_t amount,
                                                 TransferId first = {});
  // Gives `amount` of what `taker` took from lots of `account`, less what `givers` gave back, the
  // last taken first. Answers what stays taken, in the order taken.
  absl::StatusOr<std::vector<LotPiece>> GiveBack(TransferId by, std::int64_t amount,
                                                 const AccountRef& account, TransferId taker,
                                                 std::span<const TransferId> givers);
  // Makes the lots that `by` credits: they expire as the pieces do, or by the asset's lifetime.
  void MakeLots(TransferId by, std::int64_t amount, std::span<const LotPiece> pieces);
  // Notes the balances after it and keeps the transfer.
  TransferId Add(Transfer transfer);

  // Hands it all to the unit. The step is over then.
  void Commit();

 private:
  bool KeepsLots(const AccountRef& ref) const { return asset_->HasLots() && ref.IsMember(); }
  absl::Status Stage(const AccountRef& ref);
  absl::StatusOr<std::vector<Lot>> OpenLots(const AccountRef& ref);
  absl::StatusOr<Lot> FindLot(const AccountRef& ref, LotKey key);
  // `amount` < 0 gives back.
  void UseLot(TransferId by, Lot lot, std::int64_t amount);
  absl::Status ExpireLot(const Lot& lot);

  LedgerState& state_;
  const Zone& zone_;
  Time now_;
  const Asset* asset_ = nullptr;
  AccountRef debit_;
  AccountRef credit_;
  LedgerStage stage_;
};

}  // namespace perigee::domain
