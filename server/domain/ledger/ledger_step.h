#pragma once

// Internal to LedgerUnit. No other code includes it.

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/ledger/ledger_state.h"

namespace perigee::domain {

// A part of an amount, with the time at which it expires.
struct LotPiece {
  std::int64_t amount = 0;
  Time expire_time = kEndOfTime;
};

// One call of a LedgerUnit. Its changes are staged piece by piece and kept as a whole or not at
// all.
class LedgerStep {
 public:
  LedgerStep(LedgerState& state, const Zone& zone, Time now)
      : state_(state), zone_(zone), now_(now) {}

  // Must come first. kNotFound for assets and accounts, then kAssetMismatch.
  absl::Status Open(const AccountRef& debit, const AccountRef& credit);
  const Asset& asset() const { return *asset_; }
  const Account& debit() const { return stage_.accounts.at(debit_); }
  void SetCapUsed(const CapKey& key, std::int64_t used) { stage_.caps[key] = used; }

  // Takes out the debited account's expired lots.
  absl::Status SweepLots();
  // A numbered transfer between the two accounts. The caller fills its other fields.
  Transfer Begin(TransferKind kind, std::int64_t amount) const;
  // kAmountOverflow, then kInsufficientFunds.
  absl::Status CheckMove(const Transfer& transfer) const;
  // Changes both accounts' totals.
  void AddPosted(const Transfer& transfer);
  void AddPending(std::int64_t amount);  // Negative: a held amount is free again.
  // Takes `amount` of the debited account's lots: first those that `first` made, then those that
  // expire soonest. Takes nothing if the account has no lots.
  absl::StatusOr<std::vector<LotPiece>> TakeLots(TransferId by, std::int64_t amount,
                                                 TransferId first = {});
  // Gives back `amount` of the sum that `taker` took from lots of `account`, less the sums that
  // `givers` gave back. The last taken goes back first. Returns the pieces that stay taken, in the
  // order taken.
  absl::StatusOr<std::vector<LotPiece>> GiveBack(TransferId by, std::int64_t amount,
                                                 const AccountRef& account, TransferId taker,
                                                 std::span<const TransferId> givers);
  // Makes the lots that `by` credits. They expire as the pieces do, or by the asset's lifetime.
  void MakeLots(TransferId by, std::int64_t amount, std::span<const LotPiece> pieces);
  // Notes the balances after the transfer and keeps it.
  TransferId Add(Transfer transfer);

  // Hands all changes to the unit. The step is over then.
  void Commit();

 private:
  bool KeepsLots(const AccountRef& ref) const { return asset_->HasLots() && ref.IsMember(); }
  absl::Status Stage(const AccountRef& ref);
  absl::StatusOr<std::vector<Lot>> OpenLots(const AccountRef& ref);
  absl::StatusOr<Lot> RequireLot(const AccountRef& ref, LotKey key);
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
