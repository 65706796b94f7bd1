#pragma once

// Internal to LedgerUnit. No other code includes it.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
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
  // kAmountOverflow if there is no `used`: the use of the cap passes 64 bits.
  absl::Status SetCapUsed(const CapKey& key, std::optional<std::int64_t> used);

  // Ends expired holds and lots of the debited account, kEndedMax of each at most.
  absl::Status EndExpired();
  absl::Status EndExpiredLots();
  // Whether more holds have expired, of an account that was debited, than EndExpired ends.
  bool MoreHoldsExpired() const { return more_holds_expired_; }
  // The amount that one unit can take of the debited account. If it is at least `asked`, there may
  // be more.
  absl::StatusOr<std::int64_t> AvailableOf(std::int64_t asked);
  // Brings what the debit of `amount` needs of the person's other accounts to the debited account;
  // `first` as for TakeLots. Brings nothing if all of them together do not cover the amount, which
  // CheckMove and TakeLots then refuse. kTooManyLots, kAmountOverflow.
  absl::Status Pool(std::int64_t amount, TransferId first = {});
  // Moves the amount to the credited account by a kPooling transfer.
  absl::Status MovePooled(std::int64_t amount);
  // The most that can be credited to one of the two accounts.
  std::int64_t RoomOf(const AccountRef& ref) const;
  // kInsufficientFunds, or kOverloaded if a job frees more soon. To `available` comes what the
  // person's other accounts have.
  absl::Status Insufficient(std::int64_t available, std::int64_t amount) const;
  // A numbered transfer between the two accounts. The caller fills its other fields.
  Transfer Begin(TransferKind kind, std::int64_t amount) const;
  // kAmountOverflow, then kInsufficientFunds.
  absl::Status CheckMove(const Transfer& transfer) const;
  // Changes both accounts' totals.
  void AddPosted(const Transfer& transfer);
  void AddPending(const Transfer& transfer, std::int64_t amount);  // Negative: it is free again.
  // Frees the amount of a hold, which `by` ends, and gives it back to its lots.
  absl::Status Release(const Transfer& by, const Transfer& hold);
  // Takes `amount` of the debited account's lots: first those that `first` made, then those that
  // expire soonest. Expired lots are not taken: kInsufficientFunds if the others do not cover the
  // amount. Takes nothing if the account has no lots.
  absl::StatusOr<std::vector<LotPiece>> TakeLots(TransferId by, std::int64_t amount,
                                                 TransferId first = {});
  // Gives back `amount` of the sum that `taker` took from lots of `account`, less the sums that
  // `givers` gave back. The last taken goes back first. Returns the pieces that stay taken, in the
  // order taken.
  absl::StatusOr<std::vector<LotPiece>> GiveBack(TransferId by, std::int64_t amount,
                                                 const AccountRef& account, TransferId taker,
                                                 std::span<const TransferId> givers);
  // Makes the lots that `by` credits. They expire as the pieces do, or else by the asset's lifetime
  // from the transfer's effective time on.
  void MakeLots(const Transfer& by, std::span<const LotPiece> pieces);
  // Notes the balances after the transfer and keeps it.
  TransferId Add(Transfer transfer);

  // Hands all changes to the unit. The step is over then.
  void Commit();

 private:
  bool KeepsLots(const AccountRef& ref) const { return asset_->HasLots() && ref.IsMember(); }
  absl::Status Stage(const AccountRef& ref);
  // The amount of each account of `from` that a debit of `debit_` takes, as Pool says.
  using Shares = std::vector<std::pair<AccountRef, std::int64_t>>;
  absl::StatusOr<Shares> ShareLots(const std::vector<AccountRef>& from, std::int64_t amount,
                                   TransferId first);
  absl::StatusOr<Shares> ShareBalances(const std::vector<AccountRef>& from, std::int64_t amount);
  absl::Status Overflow(std::int64_t amount) const;
  absl::Status EndExpiredHolds();
  // The lots as this step has left them, those with an amount, in order.
  std::vector<Lot> Present(std::vector<Lot> lots) const;
  // The unexpired lots of the debited account, in order: enough to cover `amount`, or all, or more
  // than a unit may take.
  absl::StatusOr<std::vector<Lot>> LotsFor(std::int64_t amount);
  // The unexpired lots of the debited account that `first` made.
  absl::StatusOr<std::vector<Lot>> LotsMadeBy(TransferId first);
  // How many lots the unit has taken from or given back to.
  std::size_t LotUses() const { return state_.changes().lot_uses.size() + stage_.lot_uses.size(); }
  absl::StatusOr<Lot> RequireLot(const AccountRef& ref, LotKey key);
  // `amount` < 0 gives back. kTooManyLots.
  absl::Status UseLot(TransferId by, Lot lot, std::int64_t amount);
  absl::Status ExpireLot(const Lot& lot);

  LedgerState& state_;
  const Zone& zone_;
  Time now_;
  const Asset* asset_ = nullptr;
  AccountRef debit_;
  AccountRef credit_;
  LedgerStage stage_;
  bool more_holds_expired_ = false;    // More than this step ends.
  std::int64_t others_available_ = 0;  // Of the person, but it does not cover the debit.
};

}  // namespace perigee::domain
