#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/civil_time.h"
#include "server/core/time.h"
#include "server/domain/member/member_key.h"
#include "server/domain/program/program.h"

namespace perigee::domain {

// The programme's own accounts that every asset has.
inline constexpr std::string_view kIssuedAccount = "issued";
inline constexpr std::string_view kSpentAccount = "spent";
inline constexpr std::string_view kExpiredAccount = "expired";
inline constexpr std::string_view kForfeitedAccount = "forfeited";
bool ComesWithAsset(std::string_view account);

// Names an account: a member's (one for each asset), or one of the programme's own.
struct AccountRef {
  std::string asset;
  MemberKey member;     // Nil for an account of the programme.
  std::string account;  // Empty for a member's.
  bool IsMember() const { return !member.IsNil(); }
  auto operator<=>(const AccountRef&) const = default;
};

// Amounts are in the asset's smallest unit. The balance with all that is pending on either side
// fits 64 bits. There are no gross totals: they grow for ever, and would pass 64 bits one day.
struct Account {
  AccountRef ref;
  bool overdraft = false;
  std::int64_t balance = 0;  // Posted credits less posted debits.
  std::int64_t credits_pending = 0;
  std::int64_t debits_pending = 0;

  std::int64_t Available() const { return balance - debits_pending; }
  auto operator<=>(const Account&) const = default;
};

// The account before its first transfer. nullopt for an account of the programme that does not come
// with its asset: such an account must be opened.
std::optional<Account> NewAccount(const AccountRef& ref, const Asset& asset);

// Values are those of perigee.v1.Transfer.Kind.
enum class TransferKind : std::uint8_t {
  kPosted = 1,
  kPending,
  kCapture,
  kVoid,
  kTimeout,
  kReversal,
  kLotExpiry,
  kPooling  // Between the accounts of one person, so that a debit can take it.
};

// The id of a transfer: the revision that made it, and its place in that revision, from 0.
struct TransferId {
  Revision revision = 0;
  std::int32_t index = 0;
  auto operator<=>(const TransferId&) const = default;
};
std::string FormatTransferId(TransferId id);  // `1042-0`
absl::StatusOr<TransferId> ParseTransferId(std::string_view field, std::string_view text);
std::string TransferName(std::string_view program, TransferId id);

// Names the cap that a grant counts in, so that a reversal can undo that.
struct CapKey {
  MemberKey member;
  std::string asset;
  std::string cap;
  Time window_start = kBeginningOfTime;
  auto operator<=>(const CapKey&) const = default;
};
struct CapUse {
  CapKey key;
  std::int64_t used = 0;
  auto operator<=>(const CapUse&) const = default;
};

// One movement. Never changes.
struct Transfer {
  TransferId id;
  AccountRef debit;
  AccountRef credit;
  std::int64_t amount = 0;
  TransferKind kind = TransferKind::kPosted;
  Time effective_time{};
  Time record_time{};
  std::optional<Time> expire_time;     // Of a pending one.
  std::optional<TransferId> original;  // The transfer that it resolved or reversed.
  std::optional<Revision> activity;
  std::string rule;
  int rule_version = 0;
  std::optional<CapKey> cap;
  std::int64_t cut_amount = 0;
  // The balances just after the transfer, posted only.
  std::int64_t debit_balance_after = 0;
  std::int64_t credit_balance_after = 0;
  std::string memo;  // Personal: not in the journal.
  auto operator<=>(const Transfer&) const = default;

  // Whether it moved a balance for good: posted, capture, reversal, lot expiry, pooling.
  bool MovesBalance() const;
  // The amount that it counts in its cap: a gain counts up, a loss down.
  std::int64_t CapChange() const { return debit.IsMember() ? -amount : amount; }
};

// A lot is known by the transfer that made it. A transfer that moves lots between members makes
// several, numbered by `part`.
struct LotKey {
  TransferId id;
  std::int32_t part = 0;
  auto operator<=>(const LotKey&) const = default;
};

// The amount that a transfer credited to a member on an asset with lots, until it is spent or
// expires.
struct Lot {
  // The transfer that made the lot. A transfer that moves lots between members makes several lots,
  // numbered by `part`.
  TransferId id;
  std::int32_t part = 0;
  AccountRef account;
  std::int64_t amount = 0;
  std::int64_t remaining = 0;
  Time expire_time = kEndOfTime;
  auto operator<=>(const Lot&) const = default;
};
// The position of a lot among those of its account: the next to expire comes first, then the
// oldest.
struct LotPosition {
  Time expire_time = kBeginningOfTime;
  LotKey key;
  auto operator<=>(const LotPosition&) const = default;
};
inline LotPosition PositionOf(const Lot& lot) { return {lot.expire_time, {lot.id, lot.part}}; }
// After it come the lots that expire later than `time`.
LotPosition LastPositionAt(Time time);
// The amount that `transfer` took from a lot. Negative if it gave back.
struct LotUse {
  TransferId transfer;
  TransferId lot;
  std::int32_t lot_part = 0;
  std::int64_t amount = 0;
  auto operator<=>(const LotUse&) const = default;
};

// One programme's books, which the ledger reads as they were before the unit of work.
class LedgerBooks {
 public:
  virtual ~LedgerBooks() = default;
  virtual absl::StatusOr<std::optional<Asset>> FindAsset(const std::string& asset) = 0;
  virtual absl::StatusOr<std::optional<Account>> FindAccount(const AccountRef& ref) = 0;
  virtual absl::StatusOr<std::optional<Transfer>> FindTransfer(TransferId id) = 0;
  // The transfers that captured, voided, timed out or reversed it, oldest first.
  virtual absl::StatusOr<std::vector<Transfer>> Successors(TransferId id) = 0;
  // Up to `limit` lots with an amount left that come after `after`, in order of their positions.
  virtual absl::StatusOr<std::vector<Lot>> OpenLots(const AccountRef& ref, const LotPosition& after,
                                                    int limit) = 0;
  // Up to `limit` holds of the account whose time has come and that are not ended, the first to
  // expire first.
  virtual absl::StatusOr<std::vector<Transfer>> ExpiredHolds(const AccountRef& ref, Time now,
                                                             int limit) = 0;
  // In the order in which the lots were taken.
  virtual absl::StatusOr<std::vector<LotUse>> LotUses(TransferId transfer) = 0;
  virtual absl::StatusOr<std::optional<Lot>> FindLot(TransferId id, std::int32_t part) = 0;
  virtual absl::StatusOr<std::int64_t> CapUsed(const CapKey& key) = 0;
  // The accounts of the same asset of the other members that are the same person, by ref. They need
  // not be open. None for an account of the programme. See MergedMembers.
  virtual absl::StatusOr<std::vector<AccountRef>> SamePerson(const AccountRef& ref) = 0;
};

inline constexpr std::chrono::days kHoldMax{366};
// The most that one unit of work does, so that no unit keeps all others waiting.
inline constexpr int kEndedMax = 200;              // Holds, or lots, that a debit ends on the way.
inline constexpr std::size_t kLotUsesMax = 5000;   // Lots that are taken from, or given back to.
inline constexpr std::size_t kReversalsMax = 100;  // Of one transfer.
inline constexpr std::size_t kMemoBytesMax = 500;

struct TransferDraft {
  AccountRef debit;
  AccountRef credit;
  std::int64_t amount = 0;
  std::optional<Time> expire_time{};     // Makes the transfer pending.
  std::optional<Time> effective_time{};  // Now if absent.
  std::string memo{};
};

// A grant of a rule, before caps and floors.
struct GrantDraft {
  AccountRef member;  // Gains if amount > 0, loses if < 0. The other side is the asset's `issued`.
  std::int64_t amount = 0;  // Not 0.
  std::optional<CapKey> cap{};
  std::int64_t cap_limit = 0;
  bool cap_is_net = false;  // Losses count in the cap too.
  std::optional<std::int64_t> floor{};
  Time effective_time{};
  Revision activity = 0;
  std::string rule{};
  int rule_version = 0;
};

// The changes of a unit of work to the books. Accounts, lots and caps are in their state after the
// unit.
struct LedgerChanges {
  // Opened by the unit. Other accounts come with their asset or member.
  std::vector<AccountRef> budgets;
  std::vector<Account> accounts;
  std::vector<Transfer> transfers;
  std::vector<Lot> lots;
  std::vector<LotUse> lot_uses;
  std::vector<CapUse> caps;
  bool operator==(const LedgerChanges&) const = default;
};

class LedgerState;

// Decides the movements of one unit of work. A refused call leaves the unit unchanged. Refusals
// come in this order: malformed (kInvalidField), asset, account or transfer unknown (kNotFound),
// kAssetMismatch, kAssetNotSpendable, then state (kTransferNotPending …), kAmountOverflow,
// kInsufficientFunds. `books` must outlive the unit. Not for several threads.
//
// Members' accounts, `issued`, `spent`, `expired` and `forfeited` open with their first transfer.
// Other accounts of the programme must exist. Time alone frees an expired hold and takes away an
// expired lot. So a debit first ends expired holds (one kTimeout each), then takes out expired lots
// (one kLotExpiry each, with effect at the lot's expire_time), up to kEndedMax of each, and then
// uses the lots that expire soonest. kTooManyLots if a unit would use more than kLotUsesMax;
// kOverloaded if more holds would have to be ended than kEndedMax: a job ends them.
//
// Post and Reverse may take all that is available of a person. Before they debit one of several
// accounts of a person, they end the expired holds and lots of the others as well, and bring what
// the debit needs by one kPooling transfer from each. Of lots, those are taken that expire soonest
// over all the accounts. Without lots, the other accounts give what the debited one lacks, by ref.
// An account that may go below zero needs nothing of others.
class LedgerUnit {
 public:
  // `zone` is the programme's; lots expire by its calendar, months after `now`. `now` is the one
  // time of the unit.
  LedgerUnit(LedgerBooks& books, Zone zone, Revision revision, Time now);
  ~LedgerUnit();
  LedgerUnit(LedgerUnit&& other) noexcept;
  LedgerUnit& operator=(LedgerUnit&& other) noexcept;
  LedgerUnit(const LedgerUnit&) = delete;
  LedgerUnit& operator=(const LedgerUnit&) = delete;

  // A transfer by staff or a system. Members are debited only of spendable assets. `spent`,
  // `expired` and `forfeited` are never debited by hand, and `expired` is never credited by hand
  // (kInvalidField). Lots that move from member to member keep their expire_time.
  absl::StatusOr<TransferId> Post(const TransferDraft& draft);
  // A transfer by a rule. The amount is cut to the cap's room and the floor, and the cut is
  // recorded; an amount that is cut to nothing is recorded as 0. Losses count only in a net cap. If
  // the account may not go below zero, a rule cannot take held amounts either.
  absl::StatusOr<TransferId> Grant(const GrantDraft& draft);
  // amount 0: all of it. kTransferNotPending if the transfer was resolved or its expire_time has
  // come.
  absl::StatusOr<TransferId> Capture(TransferId pending, std::int64_t amount);
  absl::StatusOr<TransferId> Void(TransferId pending);
  // kTransferNotPending if the transfer was resolved or its expire_time has not come yet.
  absl::StatusOr<TransferId> TimeOut(TransferId pending);
  // amount 0: all that is left of it. Only a kPosted or kCapture can be reversed. Takes a grant's
  // own lots before others. Gives spent amounts back to their lots, the last taken first, even if
  // the lots have expired since. kNotReversible for a part after kReversalsMax parts.
  absl::StatusOr<TransferId> Reverse(TransferId original, std::int64_t amount, std::string memo);
  // Takes all that is left of a member's account: expired lots to `expired`, all else to
  // `forfeited`; a debt is written off from `issued`. True if nothing is left; false if there are
  // more lots than one unit takes: at least kEndedMax expired ones, and about kLotUsesMax others.
  // Holds of the account must have ended.
  absl::StatusOr<bool> Forfeit(const AccountRef& account);
  // Takes out the first kEndedMax lots that have expired at `now`.
  absl::Status ExpireLots(const AccountRef& account);
  // Moves up to `amount` between the accounts of two members by a kPooling transfer, as far as
  // `debit` has it available and one unit can take it. Pools nothing for that itself. Returns the
  // amount that it moved.
  absl::StatusOr<std::int64_t> ReturnPooled(const AccountRef& debit, const AccountRef& credit,
                                            std::int64_t amount);

  // The changes so far. The unit can go on afterwards.
  const LedgerChanges& changes() const;
  // Moves the changes out, accounts in order of their refs. The unit is over then.
  LedgerChanges Take();

 private:
  std::unique_ptr<LedgerState> state_;
  Zone zone_;
  Time now_;
};

// Splits `budget` ≥ 0 by weights ≥ 0 that are not all 0 (Hamilton's method). Each share is its
// exact part rounded down; the rest goes one by one to the largest remainders, ties to the lowest
// index. The sum is `budget` exactly. The weights' sum must be below 2^126.
std::vector<std::int64_t> SplitBudget(std::int64_t budget, std::span<const absl::uint128> weights);

// Converts a decimal such as `12.5` to the smallest unit of an asset with that many decimals.
// kInvalidField, naming `field`, if it is not a number, has more digits after the point than that,
// or does not fit in 64 bits.
absl::StatusOr<std::int64_t> ParseAmount(std::string_view field, std::string_view text,
                                         int decimals);
std::string FormatAmount(std::int64_t amount, int decimals);

// The effects of a transfer on members' scores on boards. A transfer that moves no balance, that
// pools, or whose other side is `spent`, `expired` or `forfeited`, has none. Otherwise the credited
// member gains and the debited member loses.
struct ScoreEffect {
  MemberKey member;
  std::int64_t score = 0;
};
std::vector<ScoreEffect> ScoreEffects(const Transfer& transfer);

}  // namespace perigee::domain
