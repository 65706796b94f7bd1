#include "server/domain/ledger/ledger.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "server/core/checked.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/ledger/amount_text.h"
#include "server/domain/ledger/ledger_state.h"
#include "server/domain/ledger/ledger_step.h"

namespace perigee::domain {
namespace {

bool IsProgramAccount(const AccountRef& ref, std::string_view account) {
  return !ref.IsMember() && ref.account == account;
}

absl::Status CheckDraft(const TransferDraft& draft, Time now) {
  if (draft.amount < 0) {
    return InvalidField("amount", "must not be negative");
  }
  if (draft.debit == draft.credit) {
    return InvalidField("credit_account", "must be another account than debit_account");
  }
  for (const std::string_view ended : {kSpentAccount, kExpiredAccount, kForfeitedAccount}) {
    if (IsProgramAccount(draft.debit, ended)) {
      return InvalidField("debit_account", "is debited only by a reversal");
    }
  }
  if (IsProgramAccount(draft.credit, kExpiredAccount)) {
    return InvalidField("credit_account", "is credited only by expiry");
  }
  if (draft.expire_time.has_value() &&
      (*draft.expire_time <= now || *draft.expire_time > now + kHoldMax)) {
    return InvalidField("expire_time", "must be in the future and at most " +
                                           std::to_string(kHoldMax.count()) + " days away");
  }
  if (draft.effective_time.has_value() && *draft.effective_time > now) {
    return InvalidField("effective_time", "must not be in the future");
  }
  return CheckText("memo", draft.memo, 0, kMemoBytesMax);
}

absl::Status CheckDraft(const GrantDraft& draft) {
  if (!draft.member.IsMember()) {
    return InvalidField("member", "is required");
  }
  if (draft.amount == 0) {
    return InvalidField("amount", "must not be 0");
  }
  if (draft.amount == std::numeric_limits<std::int64_t>::min()) {
    return Error(Reason::kAmountOverflow, "the least 64-bit amount has no opposite");
  }
  return absl::OkStatus();
}

absl::Status NotPending(TransferId id) {
  const std::string name = FormatTransferId(id);
  return Error(Reason::kTransferNotPending, "transfer " + name + " is not pending",
               {{"transfer", name}});
}

// The transfer, if it still holds its amount and its time has come (`due`) or has not come yet.
absl::StatusOr<Transfer> RequirePending(LedgerState& state, TransferId id, Time now, bool due) {
  PERIGEE_ASSIGN_OR_RETURN(Transfer pending, state.RequireTransfer(id));
  if (pending.kind != TransferKind::kPending || (pending.expire_time <= now) != due) {
    return NotPending(id);
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Transfer> successors, state.Successors(id));
  if (!successors.empty()) {
    return NotPending(id);
  }
  return pending;
}

// A transfer that can be reversed, and the amount that is left of it.
struct Reversible {
  Transfer original;
  std::int64_t left = 0;
  TransferId taker;                // The transfer that took the debited account's lots.
  std::vector<TransferId> givers;  // The transfers that gave some of them back.
  std::size_t parts = 0;           // Its reversals.
};

absl::StatusOr<Reversible> RequireReversible(LedgerState& state, TransferId id) {
  PERIGEE_ASSIGN_OR_RETURN(Transfer original, state.RequireTransfer(id));
  if (original.kind != TransferKind::kPosted && original.kind != TransferKind::kCapture) {
    return Error(Reason::kNotReversible, "only a posted transfer or a capture can be reversed",
                 {{"transfer", FormatTransferId(id)}});
  }
  Reversible found{.original = std::move(original), .taker = id, .givers = {}, .parts = 0};
  if (found.original.kind == TransferKind::kCapture) {
    // A capture took nothing itself: it gave back a part of the amount that its hold had taken.
    found.taker = found.original.original.value_or(id);
    found.givers.push_back(id);
  }
  found.left = found.original.amount;
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Transfer> reversals, state.Successors(id));
  for (const Transfer& reversal : reversals) {
    found.left -= reversal.amount;
    found.givers.push_back(reversal.id);
    ++found.parts;
  }
  return found;
}

// What the other members that are the same person have used of the cap.
absl::StatusOr<absl::int128> UsedByOthers(LedgerState& state, const AccountRef& account,
                                          CapKey cap) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<AccountRef> others, state.SamePerson(account));
  absl::int128 sum = 0;
  for (const AccountRef& other : others) {
    cap.member = other.member;
    PERIGEE_ASSIGN_OR_RETURN(const std::int64_t used, state.CapUsed(cap));
    sum += used;
  }
  return sum;
}

// The amount that a negative grant takes of the `asked` > 0. It never goes past the floor and never
// takes more than is available.
absl::StatusOr<std::int64_t> CutPenalty(LedgerStep& step, std::optional<std::int64_t> floor,
                                        std::int64_t asked) {
  if (floor.has_value()) {
    const absl::int128 above = absl::int128(step.debit().balance) - *floor;
    asked = static_cast<std::int64_t>(std::clamp<absl::int128>(above, 0, asked));
  }
  if (step.debit().overdraft) {
    return asked;
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t available, step.AvailableOf(asked));
  // What a job frees soon must not be lost to the penalty.
  if (available < asked && step.MoreHoldsExpired()) {
    return step.Insufficient(available, asked);
  }
  return std::clamp<std::int64_t>(available, 0, asked);
}

// Ends a pending transfer without effect.
absl::StatusOr<TransferId> Release(LedgerStep& step, TransferKind kind, const Transfer& pending) {
  PERIGEE_RETURN_IF_ERROR(step.Open(pending.debit, pending.credit));
  Transfer transfer = step.Begin(kind, pending.amount);
  transfer.original = pending.id;
  PERIGEE_RETURN_IF_ERROR(step.Release(transfer, pending));
  const TransferId id = step.Add(std::move(transfer));
  step.Commit();
  return id;
}

}  // namespace

bool ComesWithAsset(std::string_view account) {
  return account == kIssuedAccount || account == kSpentAccount || account == kExpiredAccount ||
         account == kForfeitedAccount;
}

std::optional<Account> NewAccount(const AccountRef& ref, const Asset& asset) {
  if (!ref.IsMember() && !ComesWithAsset(ref.account)) {
    return std::nullopt;
  }
  Account account{.ref = ref};
  account.overdraft = ref.IsMember() ? asset.overdraft : ref.account == kIssuedAccount;
  return account;
}

LotPosition LastPositionAt(Time time) {
  return {time, {{std::numeric_limits<Revision>::max(), 0}, 0}};
}

bool Transfer::MovesBalance() const {
  return kind == TransferKind::kPosted || kind == TransferKind::kCapture ||
         kind == TransferKind::kReversal || kind == TransferKind::kLotExpiry ||
         kind == TransferKind::kPooling;
}

LedgerUnit::LedgerUnit(LedgerBooks& books, Zone zone, Revision revision, Time now)
    : state_(std::make_unique<LedgerState>(books, revision)), zone_(std::move(zone)), now_(now) {}
LedgerUnit::~LedgerUnit() = default;
LedgerUnit::LedgerUnit(LedgerUnit&& other) noexcept = default;
LedgerUnit& LedgerUnit::operator=(LedgerUnit&& other) noexcept = default;

const LedgerChanges& LedgerUnit::changes() const { return state_->changes(); }

LedgerChanges LedgerUnit::Take() { return state_->Take(); }

absl::StatusOr<TransferId> LedgerUnit::Post(const TransferDraft& draft) {
  PERIGEE_RETURN_IF_ERROR(CheckDraft(draft, now_));
  LedgerStep step(*state_, zone_, now_);
  PERIGEE_RETURN_IF_ERROR(step.Open(draft.debit, draft.credit));
  if (draft.debit.IsMember() && !step.asset().spendable) {
    return Error(Reason::kAssetNotSpendable, "members may not spend " + draft.debit.asset,
                 {{"asset", draft.debit.asset}});
  }
  PERIGEE_RETURN_IF_ERROR(step.EndExpired());
  PERIGEE_RETURN_IF_ERROR(step.Pool(draft.amount));

  const bool pending = draft.expire_time.has_value();
  Transfer transfer =
      step.Begin(pending ? TransferKind::kPending : TransferKind::kPosted, draft.amount);
  transfer.effective_time = draft.effective_time.value_or(now_);
  transfer.expire_time = draft.expire_time;
  transfer.memo = draft.memo;
  PERIGEE_RETURN_IF_ERROR(step.CheckMove(transfer));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<LotPiece> pieces,
                           step.TakeLots(transfer.id, draft.amount));
  if (pending) {
    step.AddPending(transfer, draft.amount);
  } else {
    step.AddPosted(transfer);
    step.MakeLots(transfer, pieces);
  }
  const TransferId id = step.Add(std::move(transfer));
  step.Commit();
  return id;
}

absl::StatusOr<TransferId> LedgerUnit::Grant(const GrantDraft& draft) {
  PERIGEE_RETURN_IF_ERROR(CheckDraft(draft));
  const AccountRef issued{draft.member.asset, {}, std::string(kIssuedAccount)};
  const bool earned = draft.amount > 0;
  LedgerStep step(*state_, zone_, now_);
  PERIGEE_RETURN_IF_ERROR(earned ? step.Open(issued, draft.member)
                                 : step.Open(draft.member, issued));
  PERIGEE_RETURN_IF_ERROR(step.EndExpired());

  std::int64_t given = draft.amount;
  if (earned && draft.cap.has_value()) {
    PERIGEE_ASSIGN_OR_RETURN(const std::int64_t used, state_->CapUsed(*draft.cap));
    PERIGEE_ASSIGN_OR_RETURN(const absl::int128 used_by_others,
                             UsedByOthers(*state_, draft.member, *draft.cap));
    const absl::int128 room = absl::int128(draft.cap_limit) - used - used_by_others;
    given = static_cast<std::int64_t>(std::clamp<absl::int128>(room, 0, given));
    PERIGEE_RETURN_IF_ERROR(step.SetCapUsed(*draft.cap, CheckedAdd(used, given)));
  } else if (!earned) {
    PERIGEE_ASSIGN_OR_RETURN(const std::int64_t taken,
                             CutPenalty(step, draft.floor, -draft.amount));
    given = -taken;
    if (draft.cap.has_value() && draft.cap_is_net) {
      PERIGEE_ASSIGN_OR_RETURN(const std::int64_t used, state_->CapUsed(*draft.cap));
      PERIGEE_RETURN_IF_ERROR(step.SetCapUsed(*draft.cap, CheckedAdd(used, given)));
    }
  }

  Transfer transfer = step.Begin(TransferKind::kPosted, earned ? given : -given);
  transfer.effective_time = draft.effective_time;
  transfer.activity = draft.activity;
  transfer.rule = draft.rule;
  transfer.rule_version = draft.rule_version;
  transfer.cap = earned || draft.cap_is_net ? draft.cap : std::nullopt;
  transfer.cut_amount = draft.amount - given;
  PERIGEE_RETURN_IF_ERROR(step.CheckMove(transfer));
  PERIGEE_RETURN_IF_ERROR(step.TakeLots(transfer.id, transfer.amount).status());
  step.AddPosted(transfer);
  step.MakeLots(transfer, {});
  const TransferId id = step.Add(std::move(transfer));
  step.Commit();
  return id;
}

absl::StatusOr<TransferId> LedgerUnit::Capture(TransferId pending_id, std::int64_t amount) {
  if (amount < 0) {
    return InvalidField("amount", "must not be negative");
  }
  PERIGEE_ASSIGN_OR_RETURN(const Transfer pending,
                           RequirePending(*state_, pending_id, now_, false));
  if (amount > pending.amount) {
    return InvalidField("amount", "must not be above the pending transfer's");
  }
  LedgerStep step(*state_, zone_, now_);
  PERIGEE_RETURN_IF_ERROR(step.Open(pending.debit, pending.credit));
  Transfer transfer = step.Begin(TransferKind::kCapture, amount == 0 ? pending.amount : amount);
  transfer.original = pending_id;
  // The pending amount is room enough: no total can overflow, and no more is taken.
  step.AddPending(transfer, -pending.amount);
  step.AddPosted(transfer);
  PERIGEE_ASSIGN_OR_RETURN(
      const std::vector<LotPiece> pieces,
      step.GiveBack(transfer.id, pending.amount - transfer.amount, pending.debit, pending_id, {}));
  step.MakeLots(transfer, pieces);
  const TransferId id = step.Add(std::move(transfer));
  step.Commit();
  return id;
}

absl::StatusOr<TransferId> LedgerUnit::Void(TransferId pending_id) {
  PERIGEE_ASSIGN_OR_RETURN(const Transfer pending,
                           RequirePending(*state_, pending_id, now_, false));
  LedgerStep step(*state_, zone_, now_);
  return Release(step, TransferKind::kVoid, pending);
}

absl::StatusOr<TransferId> LedgerUnit::TimeOut(TransferId pending_id) {
  PERIGEE_ASSIGN_OR_RETURN(const Transfer pending, RequirePending(*state_, pending_id, now_, true));
  LedgerStep step(*state_, zone_, now_);
  return Release(step, TransferKind::kTimeout, pending);
}

absl::StatusOr<TransferId> LedgerUnit::Reverse(TransferId original_id, std::int64_t amount,
                                               std::string memo) {
  if (amount < 0) {
    return InvalidField("amount", "must not be negative");
  }
  PERIGEE_RETURN_IF_ERROR(CheckText("memo", memo, 0, kMemoBytesMax));
  PERIGEE_ASSIGN_OR_RETURN(const Reversible found, RequireReversible(*state_, original_id));
  const Transfer& original = found.original;
  if (found.left == 0 || amount > found.left) {
    PERIGEE_ASSIGN_OR_RETURN(const Asset* asset, state_->RequireAsset(original.debit.asset));
    return Error(Reason::kAlreadyReversed,
                 AmountText(found.left, *asset) + " is left of the transfer to reverse",
                 {{"left", std::to_string(found.left)}, {"asset", asset->id}});
  }
  if (found.parts >= kReversalsMax && amount != 0 && amount != found.left) {
    return Error(Reason::kNotReversible,
                 "a transfer has at most " + std::to_string(kReversalsMax) +
                     " reversals: reverse all that is left of it",
                 {{"transfer", FormatTransferId(original_id)}});
  }

  LedgerStep step(*state_, zone_, now_);
  PERIGEE_RETURN_IF_ERROR(step.Open(original.credit, original.debit));
  PERIGEE_RETURN_IF_ERROR(step.EndExpired());
  const std::int64_t reversed = amount == 0 ? found.left : amount;
  PERIGEE_RETURN_IF_ERROR(step.Pool(reversed, original_id));
  Transfer transfer = step.Begin(TransferKind::kReversal, reversed);
  transfer.effective_time = original.effective_time;
  transfer.original = original_id;
  transfer.memo = std::move(memo);
  PERIGEE_RETURN_IF_ERROR(step.CheckMove(transfer));
  PERIGEE_RETURN_IF_ERROR(step.TakeLots(transfer.id, transfer.amount, original_id).status());
  step.AddPosted(transfer);
  PERIGEE_RETURN_IF_ERROR(
      step.GiveBack(transfer.id, transfer.amount, original.debit, found.taker, found.givers)
          .status());
  if (original.cap.has_value()) {
    PERIGEE_ASSIGN_OR_RETURN(const std::int64_t used, state_->CapUsed(*original.cap));
    PERIGEE_RETURN_IF_ERROR(step.SetCapUsed(
        *original.cap,
        CheckedAdd(used, original.debit.IsMember() ? transfer.amount : -transfer.amount)));
  }
  const TransferId id = step.Add(std::move(transfer));
  step.Commit();
  return id;
}

absl::StatusOr<bool> LedgerUnit::Forfeit(const AccountRef& account) {
  const AccountRef forfeited{account.asset, {}, std::string(kForfeitedAccount)};
  const AccountRef issued{account.asset, {}, std::string(kIssuedAccount)};
  for (;;) {
    PERIGEE_ASSIGN_OR_RETURN(const Asset* asset, state_->RequireAsset(account.asset));
    PERIGEE_ASSIGN_OR_RETURN(const Account before, state_->RequireAccount(account, *asset));
    if (before.credits_pending != 0 || before.debits_pending != 0) {
      return Error(Reason::kInternal, "a hold of a forfeited account has not ended");
    }
    if (before.balance == 0) {
      return true;
    }
    // A round takes at most kEndedMax expired lots and kLotUsesMax others.
    if (asset->HasLots() && state_->changes().lot_uses.size() + kEndedMax > kLotUsesMax) {
      return false;
    }
    const std::size_t made = state_->changes().transfers.size();
    const bool owes = before.balance < 0;
    LedgerStep step(*state_, zone_, now_);
    PERIGEE_RETURN_IF_ERROR(owes ? step.Open(issued, account) : step.Open(account, forfeited));
    std::int64_t amount = -before.balance;
    if (!owes) {
      PERIGEE_RETURN_IF_ERROR(step.EndExpiredLots());
      PERIGEE_ASSIGN_OR_RETURN(amount, step.AvailableOf(step.debit().balance));
    }
    // Nothing but expired lots may be left, more than one call ends.
    if (amount > 0) {
      Transfer transfer = step.Begin(TransferKind::kPosted, amount);
      PERIGEE_RETURN_IF_ERROR(step.CheckMove(transfer));
      PERIGEE_RETURN_IF_ERROR(step.TakeLots(transfer.id, amount).status());
      step.AddPosted(transfer);
      step.Add(std::move(transfer));
    }
    step.Commit();
    if (state_->changes().transfers.size() == made) {
      return false;  // A unit ends only the first expired lots of an account.
    }
  }
}

absl::StatusOr<std::int64_t> LedgerUnit::ReturnPooled(const AccountRef& debit,
                                                      const AccountRef& credit,
                                                      std::int64_t amount) {
  LedgerStep step(*state_, zone_, now_);
  PERIGEE_RETURN_IF_ERROR(step.Open(debit, credit));
  PERIGEE_RETURN_IF_ERROR(step.EndExpired());
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t available, step.AvailableOf(amount));
  const std::int64_t moved =
      std::min({amount, std::max<std::int64_t>(available, 0), step.RoomOf(credit)});
  if (moved > 0) {
    PERIGEE_RETURN_IF_ERROR(step.MovePooled(moved));
    step.Commit();
  }
  return moved;
}

absl::Status LedgerUnit::ExpireLots(const AccountRef& account) {
  LedgerStep step(*state_, zone_, now_);
  const AccountRef expired{account.asset, {}, std::string(kExpiredAccount)};
  PERIGEE_RETURN_IF_ERROR(step.Open(account, expired));
  PERIGEE_RETURN_IF_ERROR(step.EndExpiredLots());
  step.Commit();
  return absl::OkStatus();
}

}  // namespace perigee::domain
