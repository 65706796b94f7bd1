#include "server/domain/ledger/ledger_state.h"

#include <algorithm>
#include <utility>

#include "server/core/error.h"
#include "server/core/status_macros.h"

namespace perigee::domain {
namespace {

// Few lots cover most debits; after that, reads grow.
constexpr int kLotsReadMin = 16;
constexpr int kLotsReadMax = 500;

// Replaces the earlier value of the same key, or appends `value`.
template <class Key, class Value>
void Upsert(std::vector<Value>& values, std::map<Key, std::size_t>& places, const Key& key,
            const Value& value) {
  const auto [place, is_new] = places.try_emplace(key, values.size());
  if (is_new) {
    values.push_back(value);
  } else {
    values[place->second] = value;
  }
}

}  // namespace

absl::Status TooManyLots() {
  const std::string limit = std::to_string(kLotUsesMax);
  return Error(Reason::kTooManyLots,
               "the amount is spread over more than " + limit + " lots: move it in smaller parts",
               {{"limit", limit}});
}

absl::StatusOr<const Asset*> LedgerState::RequireAsset(const std::string& id) {
  const auto known = assets_.find(id);
  if (known != assets_.end()) {
    return &known->second;
  }
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Asset> asset, books_.FindAsset(id));
  if (!asset.has_value()) {
    return NotFound("assets/" + id);
  }
  return &assets_.emplace(id, *std::move(asset)).first->second;
}

absl::StatusOr<Account> LedgerState::RequireAccount(const AccountRef& ref, const Asset& asset) {
  const auto known = accounts_.find(ref);
  if (known != accounts_.end()) {
    return known->second;
  }
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Account> account, books_.FindAccount(ref));
  if (!account.has_value()) {
    account = NewAccount(ref, asset);
  }
  if (!account.has_value()) {
    return NotFound("assets/" + ref.asset + "/accounts/" + ref.account);
  }
  return accounts_.emplace(ref, *std::move(account)).first->second;
}

absl::StatusOr<Transfer> LedgerState::RequireTransfer(TransferId id) {
  const auto made = std::ranges::find(changes_.transfers, id, &Transfer::id);
  if (made != changes_.transfers.end()) {
    return *made;
  }
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Transfer> transfer, books_.FindTransfer(id));
  if (!transfer.has_value()) {
    return NotFound("transfers/" + FormatTransferId(id));
  }
  return *std::move(transfer);
}

absl::StatusOr<std::vector<Transfer>> LedgerState::Successors(TransferId id) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Transfer> successors, books_.Successors(id));
  for (const Transfer& transfer : changes_.transfers) {
    if (transfer.original == id) {
      successors.push_back(transfer);
    }
  }
  return successors;
}

absl::StatusOr<std::vector<LotUse>> LedgerState::LotUses(TransferId id) {
  if (id.revision != revision_) {
    return books_.LotUses(id);
  }
  std::vector<LotUse> uses;
  std::ranges::copy_if(changes_.lot_uses, std::back_inserter(uses),
                       [&](const LotUse& use) { return use.transfer == id; });
  return uses;
}

absl::Status LedgerState::ReadOn(const AccountRef& ref, AccountLots& known) {
  const auto had = static_cast<int>(known.lots.size());
  const int limit = std::clamp(3 * had, kLotsReadMin, kLotsReadMax);
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Lot> open, books_.OpenLots(ref, known.read_to, limit));
  for (const Lot& lot : open) {
    known.lots.emplace(LotKey{lot.id, lot.part}, lot);  // A lot that is known already is newer.
  }
  known.all_read = static_cast<int>(open.size()) < limit;
  if (!open.empty()) {
    known.read_to = PositionOf(open.back());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Lot>> LedgerState::ExpiredLots(const AccountRef& ref, Time now) {
  AccountLots& known = lots_[ref];
  std::vector<Lot> expired;
  const auto collect = [&] {
    expired.clear();
    for (const auto& [key, lot] : known.lots) {
      if (lot.expire_time <= now) {
        expired.push_back(lot);
      }
    }
  };
  collect();
  while (!known.all_read && known.read_to.expire_time <= now &&
         expired.size() < static_cast<std::size_t>(kEndedMax)) {
    PERIGEE_RETURN_IF_ERROR(ReadOn(ref, known));
    collect();
  }
  return expired;
}

absl::StatusOr<std::vector<Lot>> LedgerState::LotsFor(const AccountRef& ref, Time now,
                                                      std::int64_t amount) {
  AccountLots& known = lots_[ref];
  known.read_to = std::max(known.read_to, LastPositionAt(now));
  for (;;) {
    std::vector<Lot> lots;
    absl::int128 sum = 0;
    for (const auto& [key, lot] : known.lots) {
      if (lot.expire_time > now && (known.all_read || PositionOf(lot) <= known.read_to)) {
        lots.push_back(lot);
        sum += lot.remaining;
      }
    }
    if (known.all_read || sum >= amount || lots.size() > kLotUsesMax) {
      return lots;
    }
    PERIGEE_RETURN_IF_ERROR(ReadOn(ref, known));
  }
}

absl::StatusOr<std::vector<Lot>> LedgerState::LotsMadeBy(const AccountRef& ref,
                                                         TransferId transfer) {
  AccountLots& known = lots_[ref];
  std::vector<Lot> lots;
  for (LotKey key{transfer, 0};; ++key.part) {
    auto found = known.lots.find(key);
    if (found == known.lots.end()) {
      PERIGEE_ASSIGN_OR_RETURN(const std::optional<Lot> lot, books_.FindLot(key.id, key.part));
      if (!lot.has_value() || lot->account != ref) {
        return lots;
      }
      found = known.lots.emplace(key, *lot).first;
    }
    lots.push_back(found->second);
  }
}

absl::StatusOr<std::vector<Transfer>> LedgerState::ExpiredHolds(const AccountRef& ref, Time now,
                                                                bool& more) {
  auto known = expired_holds_.find(ref);
  if (known == expired_holds_.end()) {
    PERIGEE_ASSIGN_OR_RETURN(std::vector<Transfer> holds,
                             books_.ExpiredHolds(ref, now, kEndedMax + 1));
    known = expired_holds_.emplace(ref, std::move(holds)).first;
  }
  std::vector<Transfer> holds = known->second;
  more = std::cmp_greater(holds.size(), kEndedMax);
  if (more) {
    holds.pop_back();
  }
  std::erase_if(holds, [&](const Transfer& hold) {
    return std::ranges::find(changes_.transfers, hold.id, &Transfer::original) !=
           changes_.transfers.end();
  });
  return holds;
}

absl::StatusOr<Lot> LedgerState::RequireLot(const AccountRef& ref, LotKey key) {
  AccountLots& known = lots_[ref];
  const auto found = known.lots.find(key);
  if (found != known.lots.end()) {
    return found->second;
  }
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Lot> lot, books_.FindLot(key.id, key.part));
  if (!lot.has_value()) {
    return Error(Reason::kInternal, "a lot that was used is missing");
  }
  return known.lots.emplace(key, *std::move(lot)).first->second;
}

absl::StatusOr<std::int64_t> LedgerState::CapUsed(const CapKey& key) {
  const auto known = caps_.find(key);
  if (known != caps_.end()) {
    return known->second;
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t used, books_.CapUsed(key));
  caps_.emplace(key, used);
  return used;
}

absl::StatusOr<std::vector<AccountRef>> LedgerState::SamePerson(const AccountRef& ref) {
  const auto known = persons_.find(ref);
  if (known != persons_.end()) {
    return known->second;
  }
  PERIGEE_ASSIGN_OR_RETURN(std::vector<AccountRef> others, books_.SamePerson(ref));
  return persons_.emplace(ref, std::move(others)).first->second;
}

TransferId LedgerState::NextId(std::size_t after) const {
  return {revision_, static_cast<std::int32_t>(changes_.transfers.size() + after)};
}

void LedgerState::Merge(LedgerStage stage) {
  for (const auto& [ref, account] : stage.accounts) {
    accounts_[ref] = account;
    Upsert(changes_.accounts, account_places_, ref, account);
  }
  for (const auto& [key, lot] : stage.lots) {
    lots_[lot.account].lots[key] = lot;
    Upsert(changes_.lots, lot_places_, key, lot);
  }
  for (const auto& [key, used] : stage.caps) {
    caps_[key] = used;
    Upsert(changes_.caps, cap_places_, key, CapUse{key, used});
  }
  std::ranges::move(stage.transfers, std::back_inserter(changes_.transfers));
  std::ranges::move(stage.lot_uses, std::back_inserter(changes_.lot_uses));
}

LedgerChanges LedgerState::Take() {
  std::ranges::sort(changes_.accounts, {}, &Account::ref);
  return std::exchange(changes_, {});
}

}  // namespace perigee::domain
