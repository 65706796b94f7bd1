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
  // In no particular order, spent lots included.
  absl::StatusOr<std::vector<Lot>> Lots(const AccountRef& ref);
  // kInternal if it is missing, because only lots that were used are asked for.
  absl::StatusOr<Lot> RequireLot(const AccountRef& ref, LotKey key);
  absl::StatusOr<std::int64_t> CapUsed(const CapKey& key);

  // The id of the transfer that follows `after` others in the running call.
  TransferId NextId(std::size_t after) const;
  void Merge(LedgerStage stage);
  const LedgerChanges& changes() const { return changes_; }
  LedgerChanges Take();

 private:
  struct AccountLots {
    bool all_read = false;
    std::map<LotKey, Lot> lots;
  };

  LedgerBooks& books_;
  Revision revision_;
  std::map<std::string, Asset> assets_;
  std::map<AccountRef, Account> accounts_;
  std::map<AccountRef, AccountLots> lots_;
  std::map<CapKey, std::int64_t> caps_;
  LedgerChanges changes_;
  // The index of each in changes_.
  std::map<AccountRef, std::size_t> account_places_;
  std::map<LotKey, std::size_t> lot_places_;
  std::map<CapKey, std::size_t> cap_places_;
};

}  // namespace perigee::domain
