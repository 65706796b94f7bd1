#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "server/domain/ledger/ledger.h"
#include "server/domain/member/merged_members.h"

namespace perigee::tests {

// One programme's books in memory. A unit's changes are there once they are applied.
class MemoryBooks final : public domain::LedgerBooks {
 public:
  void AddAsset(const domain::Asset& asset) { assets_[asset.id] = asset; }
  void AddAccount(const domain::Account& account) { accounts_[account.ref] = account; }
  void Apply(const domain::LedgerChanges& changes) {
    for (const domain::Account& account : changes.accounts) {
      accounts_[account.ref] = account;
    }
    for (const domain::Transfer& transfer : changes.transfers) {
      transfers_[transfer.id] = transfer;
    }
    for (const domain::Lot& lot : changes.lots) {
      lots_[{lot.id, lot.part}] = lot;
    }
    lot_uses_.insert(lot_uses_.end(), changes.lot_uses.begin(), changes.lot_uses.end());
    for (const domain::CapUse& cap : changes.caps) {
      caps_[cap.key] = cap.used;
    }
  }

  const std::map<std::string, domain::Asset>& assets() const { return assets_; }
  const std::map<domain::AccountRef, domain::Account>& accounts() const { return accounts_; }
  const std::map<domain::TransferId, domain::Transfer>& transfers() const { return transfers_; }
  const std::map<domain::LotKey, domain::Lot>& lots() const { return lots_; }
  const std::vector<domain::LotUse>& lot_uses() const { return lot_uses_; }
  const std::map<domain::CapKey, std::int64_t>& caps() const { return caps_; }
  // The number of reads so far.
  int reads() const { return reads_; }
  int lots_read() const { return lots_read_; }

  absl::StatusOr<std::optional<domain::Asset>> FindAsset(const std::string& asset) override {
    return Find(assets_, asset);
  }
  absl::StatusOr<std::optional<domain::Account>> FindAccount(
      const domain::AccountRef& ref) override {
    return Find(accounts_, ref);
  }
  absl::StatusOr<std::optional<domain::Transfer>> FindTransfer(domain::TransferId id) override {
    return Find(transfers_, id);
  }
  absl::StatusOr<std::vector<domain::Transfer>> Successors(domain::TransferId id) override {
    ++reads_;
    std::vector<domain::Transfer> found;
    for (const auto& [key, transfer] : transfers_) {
      if (transfer.original == id) {
        found.push_back(transfer);
      }
    }
    return found;
  }
  absl::StatusOr<std::vector<domain::Lot>> OpenLots(const domain::AccountRef& ref,
                                                    const domain::LotPosition& after,
                                                    int limit) override {
    ++reads_;
    std::vector<domain::Lot> open;
    for (const auto& [key, lot] : lots_) {
      if (lot.account == ref && lot.remaining > 0 && domain::PositionOf(lot) > after) {
        open.push_back(lot);
      }
    }
    std::ranges::sort(open, {}, domain::PositionOf);
    open.resize(std::min(open.size(), static_cast<std::size_t>(limit)));
    lots_read_ += static_cast<int>(open.size());
    return open;
  }
  absl::StatusOr<std::vector<domain::Transfer>> ExpiredHolds(const domain::AccountRef& ref,
                                                             Time now, int limit) override {
    ++reads_;
    std::vector<domain::Transfer> holds;
    for (const auto& [id, transfer] : transfers_) {
      const auto ends_it = [&hold = transfer](const auto& other) {
        return other.second.original == hold.id;
      };
      if (transfer.kind == domain::TransferKind::kPending && transfer.debit == ref &&
          *transfer.expire_time <= now && std::ranges::none_of(transfers_, ends_it)) {
        holds.push_back(transfer);
      }
    }
    std::ranges::sort(holds, {},
                      [](const auto& hold) { return std::pair(hold.expire_time, hold.id); });
    holds.resize(std::min(holds.size(), static_cast<std::size_t>(limit)));
    return holds;
  }
  absl::StatusOr<std::vector<domain::LotUse>> LotUses(domain::TransferId transfer) override {
    ++reads_;
    std::vector<domain::LotUse> uses;
    std::ranges::copy_if(lot_uses_, std::back_inserter(uses),
                         [&](const domain::LotUse& use) { return use.transfer == transfer; });
    return uses;
  }
  absl::StatusOr<std::optional<domain::Lot>> FindLot(domain::TransferId id,
                                                     std::int32_t part) override {
    return Find(lots_, domain::LotKey{id, part});
  }
  absl::StatusOr<std::int64_t> CapUsed(const domain::CapKey& key) override {
    return Find(caps_, key).value_or(0);
  }
  absl::StatusOr<std::vector<domain::AccountRef>> SamePerson(
      const domain::AccountRef& ref) override {
    std::vector<domain::AccountRef> others;
    for (const domain::MemberKey& member : merged.AllOf(ref.member)) {
      if (member != ref.member) {
        others.push_back({ref.asset, member, ""});
      }
    }
    std::ranges::sort(others);
    return others;
  }

  domain::MergedMembers merged;

 private:
  template <class Key, class Value>
  std::optional<Value> Find(const std::map<Key, Value>& values, const Key& key) {
    ++reads_;
    const auto found = values.find(key);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  }

  std::map<std::string, domain::Asset> assets_;
  std::map<domain::AccountRef, domain::Account> accounts_;
  std::map<domain::TransferId, domain::Transfer> transfers_;
  std::map<domain::LotKey, domain::Lot> lots_;
  std::vector<domain::LotUse> lot_uses_;
  std::map<domain::CapKey, std::int64_t> caps_;
  int reads_ = 0;
  int lots_read_ = 0;
};

}  // namespace perigee::tests
