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

// Which account: a member's (one an asset), or one of the programme's own.
struct AccountRef {
  std::string asset;
  MemberKey member;     // Nil for an account of the programme.
  std::string account;  // Empty for a member's.
  bool IsMember() const { return !member.IsNil(); }
  auto operator<=>(const AccountRef&) const = default;
};

// Totals only grow; the balance follows from them. Amounts are in the asset's smallest unit.
struct Account {
  AccountRef ref;
  bool overdraft = false;
  std::int64_t credits_posted = 0;
  std::int64_t debits_posted = 0;
  std::int64_t credits_pending = 0;
  std::int64_t debits_pending = 0;

  std::int64_t Balance() const { return credits_posted - debits_posted; }
  std::int64_t Available() const { return Balance() - debits_pending; }
  auto operator<=>(const Account&) const = default;
};

// Values are those of perigee.v1.Transfer.Kind.
enum class TransferKind : std::uint8_t {
  kPosted = 1,
  kPending,
  kCapture,
  kVoid,
  kTimeout,
  kReversal,
  kLotExpiry
};

// A transfer is known by the revision that made it and its place there, from 0.
struct TransferId {
  Revision revision = 0;
  std::int32_t index = 0;
  auto operator<=>(const TransferId&) const = default;
};
std::string FormatTransferId(TransferId id);  // `1042-0`
absl::StatusOr<TransferId> ParseTransferId(std::string_view field, std::string_view text);
std::string TransferName(std::string_view program, TransferId id);

// The cap a grant counted in, so that a reversal gives the room back.
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
  std::optional<TransferId> original;  // What it resolved or reversed.
  std::optional<Revision> activity;
  std::string rule;
  int rule_version = 0;
  std::optional<CapKey> cap;
  std::int64_t cut_amount = 0;
  // The balances just after it, posted only.
  std::int64_t debit_balance_after = 0;
  std::int64_t credit_balance_after = 0;
  std::string memo;  // Personal: not in the journal.
  auto operator<=>(const Transfer&) const = default;

  // Whether it moved anything for good: posted, capture, reversal, lot expiry.
  bool MovesBalance() const;
};

// What a transfer credited to a member on an asset with lots, until it is spent or expires.
struct Lot {
  TransferId id;  // The transfer that made it. A transfer that moves lots between members makes one
                  // lot each: `part`.
  std::int32_t part = 0;
  AccountRef account;
  std::int64_t amount = 0;
  std::int64_t remaining = 0;
  Time expire_time = kEndOfTime;
  auto operator<=>(const Lot&) const = default;
};
// What `transfer` took from a lot; negative where it gave back.
struct LotUse {
  TransferId transfer;
  TransferId lot;
  std::int32_t lot_part = 0;
  std::int64_t amount = 0;
  auto operator<=>(const LotUse&) const = default;
};

// What the ledger needs to read of one programme's books, as they stand before the unit of work.
class LedgerBooks {
 public:
  virtual ~LedgerBooks() = default;
  virtual absl::StatusOr<std::optional<Asset>> FindAsset(const std::string& asset) = 0;
  virtual absl::StatusOr<std::optional<Account>> FindAccount(const AccountRef& ref) = 0;
  virtual absl::StatusOr<std::optional<Transfer>> FindTransfer(TransferId id) = 0;
  // What captured, voided, timed out or reversed it, oldest first.
  virtual absl::StatusOr<std::vector<Transfer>> Successors(TransferId id) = 0;
  // Lots with something left, soonest to expire first, then oldest.
  virtual absl::StatusOr<std::vector<Lot>> OpenLots(const AccountRef& ref) = 0;
  // In the order taken.
  virtual absl::StatusOr<std::vector<LotUse>> LotUses(TransferId transfer) = 0;
  virtual absl::StatusOr<std::optional<Lot>> FindLot(TransferId id, std::int32_t part) = 0;
  virtual absl::StatusOr<std::int64_t> CapUsed(const CapKey& key) = 0;
};

inline constexpr std::chrono::days kHoldMax{366};
inline constexpr std::size_t kMemoBytesMax = 500;

struct TransferDraft {
  AccountRef debit;
  AccountRef credit;
  std::int64_t amount = 0;
  std::optional<Time> expire_time{};     // Makes it pending.
  std::optional<Time> effective_time{};  // Now if absent.
  std::string memo{};
};

// A grant of a rule, before caps and floors.
struct GrantDraft {
  AccountRef member;  // Gains if amount > 0, loses if < 0; the other side is the asset's `issued`.
  std::int64_t amount = 0;  // Not 0.
  std::optional<CapKey> cap{};
  std::int64_t cap_limit = 0;
  std::optional<std::int64_t> floor{};
  Time effective_time{};
  Revision activity = 0;
  std::string rule{};
  int rule_version = 0;
};

// What a unit of work did to the books. Accounts, lots and caps are as they stand afterwards.
struct LedgerChanges {
  std::vector<AccountRef> budgets;  // Opened; other accounts come with their asset or member.
  std::vector<Account> accounts;
  std::vector<Transfer> transfers;
  std::vector<Lot> lots;
  std::vector<LotUse> lot_uses;
  std::vector<CapUse> caps;
  bool operator==(const LedgerChanges&) const = default;
};

class LedgerState;

// Decides the movements of one unit of work. A refusal leaves the unit as it was before the call;
// what is refused when, in this order: malformed (kInvalidField), asset, account or transfer
// unknown (kNotFound), kAssetMismatch, kAssetNotSpendable, then state (kTransferNotPending …),
// kAmountOverflow, kInsufficientFunds. `books` must outlive it. Not for several threads.
//
// Accounts open with their first transfer: a member's, and `issued`, `spent`, `expired` and
// `forfeited`; other accounts of the programme must be there. Whatever debits a member first takes
// out the lots that have expired (a kLotExpiry each, with effect at the lot's expire_time), then
// eats those that expire soonest.
class LedgerUnit {
 public:
  // `zone` is the programme's: lots expire by its calendar, months after `now`, the one time of the
  // unit.
  LedgerUnit(LedgerBooks& books, Zone zone, Revision revision, Time now);
  ~LedgerUnit();
  LedgerUnit(LedgerUnit&& other) noexcept;
  LedgerUnit& operator=(LedgerUnit&& other) noexcept;
  LedgerUnit(const LedgerUnit&) = delete;
  LedgerUnit& operator=(const LedgerUnit&) = delete;

  // By staff or a system. Members are debited only of spendable assets. What has ended has ended:
  // `spent`, `expired` and `forfeited` are never debited by hand, and `expired` is never credited
  // (kInvalidField). Lots that move from member to member keep their expire_time.
  absl::StatusOr<TransferId> Post(const TransferDraft& draft);
  // By a rule: cut to the cap's room and the floor, the cut recorded; an amount cut to nothing is
  // recorded as 0. Only what is earned counts in a cap. Where the account may not be below zero,
  // what is held is out of a rule's reach too.
  absl::StatusOr<TransferId> Grant(const GrantDraft& draft);
  // amount 0: all of it. kTransferNotPending if it was resolved, or its expire_time has come.
  absl::StatusOr<TransferId> Capture(TransferId pending, std::int64_t amount);
  absl::StatusOr<TransferId> Void(TransferId pending);
  // kTransferNotPending also if its expire_time is still to come.
  absl::StatusOr<TransferId> TimeOut(TransferId pending);
  // amount 0: all that is left of it. Only a kPosted or kCapture can be. Takes a grant's own lots
  // before others; gives what was spent back to the lots it came from, the last taken first, even
  // if they have expired since.
  absl::StatusOr<TransferId> Reverse(TransferId original, std::int64_t amount, std::string memo);
  // Takes out what has expired at `now`.
  absl::Status ExpireLots(const AccountRef& account);

  // What stands so far; the unit goes on from there.
  const LedgerChanges& changes() const;
  // Moves the changes out, accounts in order of their refs. The unit is over then.
  LedgerChanges Take();

 private:
  std::unique_ptr<LedgerState> state_;
  Zone zone_;
  Time now_;
};

// Splits `budget` ≥ 0 by weights ≥ 0 that are not all 0: each share is its exact part rounded down,
// and what is left goes one by one to the largest remainders, ties to the lowest index. The sum is
// `budget` exactly. Hamilton's method. The weights' sum must be below 2^126.
std::vector<std::int64_t> SplitBudget(std::int64_t budget, std::span<const absl::uint128> weights);

// A decimal such as `12.5` in the smallest unit of an asset with that many decimals. kInvalidField,
// naming `field`, if it is no number, has more digits behind the point than that, or is too large
// for 64 bits.
absl::StatusOr<std::int64_t> ParseAmount(std::string_view field, std::string_view text,
                                         int decimals);
std::string FormatAmount(std::int64_t amount, int decimals);

// What a transfer adds to members' scores on boards: nothing unless it moves a balance, nothing for
// spending and expiry (the other side is `spent`, `expired` or `forfeited`); otherwise + for the
// member credited, − for the one debited.
struct ScoreEffect {
  MemberKey member;
  std::int64_t score = 0;
};
std::vector<ScoreEffect> ScoreEffects(const Transfer& transfer);

}  // namespace perigee::domain
