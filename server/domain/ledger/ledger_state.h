#pragma once

// Internal to LedgerUnit. No other code includes it.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/ledger/ledger.h"

namespace perigee::domain {

absl::Status TooManyLots();

// The changes of one call of a unit, kept apart until the whole call is known to be good.
struct LedgerStage {
  std::map<AccountRef, Account> accounts;
  std::map<LotKey, Lot> lots;
  std::map<CapKey, std::int64_t> caps;
  std::vector<Transfer> transfers;
  std::vector<LotUse> lot_uses;
};

// The books as the unit sees them: its own changes first, then cached reads, then the books, which
// are never asked twice for the same thing.
class LedgerState {
 public:
  LedgerState(LedgerBooks& books, Revision revision) : books_(books), revision_(revision) {}

  // kNotFound if there is none. The pointer stays valid as long as the state.
  absl::StatusOr<const Asset*> RequireAsset(const std::string& id);
  // An account that is not open yet is returned as it would open. kNotFound if it does not open by
  // itself.
  absl::StatusOr<Account> RequireAccount(const AccountRef& ref, const Asset& asset);
  // kNotFound if there is none.
  absl::StatusOr<Transfer> RequireTransfer(TransferId id);
  absl::StatusOr<std::vector<Transfer>> Successors(TransferId id);
  absl::StatusOr<std::vector<LotUse>> LotUses(TransferId id);
  // The lots that expire up to `now`: the first kEndedMax of the account, and those that the unit
  // has met. Spent lots may be among them. In no particular order.
  absl::StatusOr<std::vector<Lot>> ExpiredLots(const AccountRef& ref, Time now);
  // The lots that expire after `now`, from the first on: enough to cover `amount`, or all, or more
  // than kLotUsesMax. Spent lots may be among them. In no particular order.
  absl::StatusOr<std::vector<Lot>> LotsFor(const AccountRef& ref, Time now, std::int64_t amount);
  // All lots that the transfer made.
  absl::StatusOr<std::vector<Lot>> LotsMadeBy(const AccountRef& ref, TransferId transfer);
  // The first kEndedMax holds of the account that have expired, without those that the unit has
  // ended. `more`: there are others.
  absl::StatusOr<std::vector<Transfer>> ExpiredHolds(const AccountRef& ref, Time now, bool& more);
  // kInternal if it is missing, because only lots that were used are asked for.
  absl::StatusOr<Lot> RequireLot(const AccountRef& ref, LotKey key);
  absl::StatusOr<std::int64_t> CapUsed(const CapKey& key);
  absl::StatusOr<std::vector<AccountRef>> SamePerson(const AccountRef& ref);

  // The id of the transfer that follows `after` others in the running call.
  TransferId NextId(std::size_t after) const;
  void Merge(LedgerStage stage);
  const LedgerChanges& changes() const { return changes_; }
  LedgerChanges Take();

 private:
  struct AccountLots {
    std::map<LotKey, Lot> lots;
    LotPosition read_to;  // The open lots up to here are in `lots`, but for expired ones.
    bool all_read = false;
  };

  // Reads the next lots of the account from the books.
  absl::Status ReadOn(const AccountRef& ref, AccountLots& known);

  LedgerBooks& books_;
  Revision revision_;
  std::map<std::string, Asset> assets_;
  std::map<AccountRef, Account> accounts_;
  std::map<AccountRef, AccountLots> lots_;
  std::map<AccountRef, std::vector<Transfer>> expired_holds_;
  std::map<CapKey, std::int64_t> caps_;
  std::map<AccountRef, std::vector<AccountRef>> persons_;
  LedgerChanges changes_;
  // The index of each in changes_.
  std::map<AccountRef, std::size_t> account_places_;
  std::map<LotKey, std::size_t> lot_places_;
  std::map<CapKey, std::size_t> cap_places_;
};

}  // namespace perigee::domain
