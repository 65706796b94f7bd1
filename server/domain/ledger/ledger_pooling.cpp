// The part of a LedgerStep that pools the capital of one person.

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

#include "absl/numeric/int128.h"
#include "server/core/status_macros.h"
#include "server/domain/ledger/ledger_step.h"

namespace perigee::domain {

absl::Status LedgerStep::Pool(std::int64_t amount, TransferId first) {
  const AccountRef debit = debit_;
  const AccountRef credit = credit_;
  const bool has_enough = !KeepsLots(debit) && this->debit().Available() >= amount;
  if (amount == 0 || !debit.IsMember() || this->debit().overdraft || has_enough) {
    return absl::OkStatus();
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<AccountRef> others, state_.SamePerson(debit));
  if (others.empty()) {
    return absl::OkStatus();
  }
  for (const AccountRef& other : others) {
    PERIGEE_RETURN_IF_ERROR(Open(other, debit));
    PERIGEE_RETURN_IF_ERROR(EndExpired());
  }
  PERIGEE_RETURN_IF_ERROR(Open(debit, credit));
  PERIGEE_ASSIGN_OR_RETURN(const Shares shares, KeepsLots(debit) ? ShareLots(others, amount, first)
                                                                 : ShareBalances(others, amount));
  for (const auto& [other, share] : shares) {
    PERIGEE_RETURN_IF_ERROR(Open(other, debit));
    PERIGEE_RETURN_IF_ERROR(MovePooled(share));
  }
  return Open(debit, credit);
}

absl::Status LedgerStep::MovePooled(std::int64_t amount) {
  Transfer transfer = Begin(TransferKind::kPooling, amount);
  PERIGEE_RETURN_IF_ERROR(CheckMove(transfer));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<LotPiece> pieces, TakeLots(transfer.id, amount));
  AddPosted(transfer);
  MakeLots(transfer, pieces);
  Add(std::move(transfer));
  return absl::OkStatus();
}

std::int64_t LedgerStep::RoomOf(const AccountRef& ref) const {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  const Account& account = stage_.accounts.at(ref);
  return static_cast<std::int64_t>(std::clamp<absl::int128>(
      absl::int128(kMax) - account.balance - account.credits_pending, 0, kMax));
}

absl::StatusOr<LedgerStep::Shares> LedgerStep::ShareBalances(const std::vector<AccountRef>& from,
                                                             std::int64_t amount) {
  std::int64_t left = amount - debit().Available();
  Shares shares;
  for (const AccountRef& other : from) {
    const std::int64_t share = std::min(left, stage_.accounts.at(other).Available());
    if (share > 0) {
      shares.emplace_back(other, share);
      left -= share;
    }
  }
  if (left > 0) {
    others_available_ = amount - debit().Available() - left;
    shares.clear();
  }
  return shares;
}

absl::StatusOr<LedgerStep::Shares> LedgerStep::ShareLots(const std::vector<AccountRef>& from,
                                                         std::int64_t amount, TransferId first) {
  const AccountRef debit = debit_;
  std::int64_t left = amount;
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Lot> made_by_first, LotsMadeBy(first));
  for (const Lot& lot : made_by_first) {
    left -= std::min(left, lot.remaining);
  }
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Lot> lots, LotsFor(amount));
  std::erase_if(lots, [&](const Lot& lot) { return lot.id == first; });
  absl::int128 others_have = 0;  // It may pass 64 bits.
  for (const AccountRef& other : from) {
    debit_ = other;
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<Lot> more, LotsFor(amount));
    for (const Lot& lot : more) {
      others_have += lot.remaining;
      lots.push_back(lot);
    }
  }
  debit_ = debit;
  // Of lots that expire together, the debited account gives its own.
  std::ranges::sort(lots, {}, [&](const Lot& lot) {
    return std::tuple(lot.expire_time, lot.account != debit, LotKey{lot.id, lot.part});
  });

  const bool more_lots = lots.size() > kLotUsesMax;
  lots.resize(std::min(lots.size(), kLotUsesMax));
  std::int64_t room = RoomOf(debit);
  absl::int128 missing = left;
  std::map<AccountRef, std::int64_t> taken;
  for (const Lot& lot : lots) {
    missing -= lot.remaining;
    if (lot.account == debit) {
      left -= std::min(left, lot.remaining);
    } else if (const std::int64_t part = std::min({left, lot.remaining, room}); part > 0) {
      taken[lot.account] += part;
      left -= part;
      room -= part;
    }
  }
  if (left == 0) {
    return Shares(taken.begin(), taken.end());
  }
  if (missing <= 0) {
    return Overflow(amount);
  }
  if (more_lots) {
    return TooManyLots();
  }
  others_available_ = static_cast<std::int64_t>(others_have);
  return Shares();
}

}  // namespace perigee::domain
