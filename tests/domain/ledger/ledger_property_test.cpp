// Runs long random histories of everything that the ledger does, while time moves. After every unit
// of work all invariants are computed again from the transfers alone and compared.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/numeric/int128.h"
#include "server/domain/ledger/ledger.h"
#include "tests/matchers/status.h"
#include "tests/support/ledger_desk.h"

namespace perigee::tests {
namespace {

using domain::AccountRef;
using domain::LedgerUnit;
using domain::Transfer;
using domain::TransferId;
using domain::TransferKind;

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kCapLimit = 60;

class History {
 public:
  explicit History(std::uint32_t seed) : random_(seed), with_huge_amounts_(seed % 2 == 0) {
    for (const auto& [id, asset] : desk_.books.assets()) {
      desk_.books.AddAccount({.ref = Own(id, "campaign")});
    }
  }

  // Runs one unit of one to three calls, and keeps or drops it whole.
  void Step() {
    desk_.now += Duration{Between(0, std::int64_t{3} * 86'400'000'000)};
    if (Between(0, 39) == 0) {  // A member is merged into the first one, or parted from it.
      desk_.books.merged.Set(Key(static_cast<std::uint8_t>(Between(2, 3))),
                             Between(0, 2) == 0 ? domain::MemberKey{} : Key(1));
    }
    LedgerUnit unit = desk_.Unit();
    bool good = true;
    for (std::int64_t calls = Between(1, 3); calls > 0 && good; --calls) {
      const domain::LedgerChanges before = unit.changes();
      const absl::Status status = Call(unit);
      good = status.ok();
      ++outcomes_[good ? "OK" : std::string(ReasonName(ReasonOf(status).value()))];
      if (!good) {
        CheckSame(unit.changes(), before);
      }
    }
    if (good) {
      desk_.Keep(unit);
    }
  }

  void CheckInvariants() {
    CheckBooksAreFoldOfTransfers();
    CheckSidesAreEqual();
    CheckOverdraftsAndRoom();
    CheckLots();
    CheckResolutionsAndReversals();
    CheckPolicyAndCaps();
  }

  const std::map<std::string, int>& outcomes() const { return outcomes_; }
  int poolings() const { return poolings_; }

 private:
  std::int64_t Between(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(random_);
  }
  // Mostly an asset that members may spend.
  std::string AnyAsset() {
    if (Between(0, 2) > 0) {
      return Between(0, 1) == 0 ? "access" : "points";
    }
    const auto& assets = desk_.books.assets();
    return std::next(assets.begin(), Between(0, std::ssize(assets) - 1))->first;
  }
  AccountRef AnyMember(const std::string& asset) {
    return Of(asset, static_cast<std::uint8_t>(Between(1, 4)));
  }
  AccountRef AnyAccount(const std::string& asset) {
    static constexpr std::string_view kOwn[] = {"issued", "campaign", "spent", "forfeited",
                                                "expired"};
    return Between(0, 9) < 7 ? AnyMember(asset) : Own(asset, kOwn[Between(0, 4)]);
  }
  // Rarely an account that may not be debited.
  AccountRef AnyDebit(const std::string& asset) {
    const std::int64_t kind = Between(0, 19);
    return kind == 0   ? AnyAccount(asset)
           : kind < 17 ? AnyMember(asset)
                       : Own(asset, kind == 17 ? "campaign" : "issued");
  }
  std::int64_t AnyAmount() {
    if (with_huge_amounts_ && Between(0, 99) == 0) {
      return kMax - Between(0, 100);
    }
    return Between(0, 19) == 0 ? 0 : Between(1, 50);
  }
  // An existing transfer, if there is one.
  TransferId AnyTransfer() {
    const auto& transfers = desk_.books.transfers();
    if (transfers.empty()) {
      return {1, 0};
    }
    return std::next(transfers.begin(), Between(0, std::ssize(transfers) - 1))->first;
  }
  // A hold that still holds its amount, if there is one.
  TransferId AnyHold() {
    std::vector<TransferId> holds;
    for (const auto& [id, transfer] : desk_.books.transfers()) {
      if (transfer.kind == TransferKind::kPending && desk_.books.Successors(id)->empty()) {
        holds.push_back(id);
      }
    }
    return holds.empty() ? AnyTransfer()
                         : holds[static_cast<std::size_t>(Between(0, std::ssize(holds) - 1))];
  }

  absl::Status Call(LedgerUnit& unit) {
    const std::string asset = AnyAsset();
    const std::int64_t kind = Between(0, 99);
    if (kind < 22) {
      const AccountRef credit = Between(0, 4) == 0 ? Own(asset, "campaign") : AnyMember(asset);
      return unit.Post({.debit = Own(asset, "issued"), .credit = credit, .amount = AnyAmount()})
          .status();
    }
    if (kind < 42) {
      const std::string other = Between(0, 9) == 0 ? AnyAsset() : asset;
      domain::TransferDraft draft{
          .debit = AnyDebit(asset), .credit = AnyAccount(other), .amount = AnyAmount()};
      if (Between(0, 2) == 0) {
        draft.effective_time = desk_.now - std::chrono::hours{Between(0, 900)};
      }
      return unit.Post(draft).status();
    }
    if (kind < 54) {
      return unit
          .Post({.debit = AnyDebit(asset),
                 .credit = AnyAccount(asset),
                 .amount = AnyAmount(),
                 .expire_time = desk_.now + std::chrono::hours{Between(1, 1500)}})
          .status();
    }
    if (kind < 60) {
      return unit.Capture(AnyHold(), Between(0, 2) == 0 ? 0 : Between(0, 40)).status();
    }
    if (kind < 64) {
      return unit.Void(AnyHold()).status();
    }
    if (kind < 68) {
      return unit.TimeOut(AnyHold()).status();
    }
    if (kind < 80) {
      return unit.Reverse(AnyTransfer(), Between(0, 1) == 0 ? 0 : Between(0, 30), "").status();
    }
    if (kind < 95) {
      return unit.Grant(AnyGrant(asset)).status();
    }
    return unit.ExpireLots(AnyMember(asset));
  }

  domain::GrantDraft AnyGrant(const std::string& asset) {
    domain::GrantDraft draft{.member = AnyMember(asset), .amount = Between(-40, 40)};
    draft.activity = desk_.head + 1;
    draft.rule = "rule";
    draft.effective_time = desk_.now - std::chrono::hours{Between(0, 900)};
    if (Between(0, 1) == 0) {
      draft.cap = domain::CapKey{draft.member.member, asset, "cap",
                                 Time{std::chrono::floor<std::chrono::days>(desk_.now)}};
      draft.cap_limit = kCapLimit;
    }
    if (Between(0, 2) == 0) {
      draft.floor = Between(-20, 20);
    }
    return draft;
  }

  static void CheckSame(const domain::LedgerChanges& now, const domain::LedgerChanges& before) {
    EXPECT_EQ(now.accounts, before.accounts);
    EXPECT_EQ(now.transfers, before.transfers);
    EXPECT_EQ(now.lots, before.lots);
    EXPECT_EQ(now.lot_uses, before.lot_uses);
    EXPECT_EQ(now.caps, before.caps);
  }

  // The kept balances equal the fold at every transfer.
  void CheckBooksAreFoldOfTransfers() {
    std::map<AccountRef, domain::Account> fold;
    for (const auto& [ref, account] : desk_.books.accounts()) {
      fold[ref] = {.ref = ref, .overdraft = account.overdraft};
    }
    for (const auto& [id, transfer] : desk_.books.transfers()) {
      ASSERT_TRUE(fold.contains(transfer.debit) && fold.contains(transfer.credit));
      domain::Account& debit = fold.at(transfer.debit);
      domain::Account& credit = fold.at(transfer.credit);
      if (transfer.MovesBalance()) {
        debit.balance -= transfer.amount;
        credit.balance += transfer.amount;
      }
      const bool resolves =
          transfer.original.has_value() && transfer.kind != TransferKind::kReversal;
      if (transfer.kind == TransferKind::kPending || resolves) {
        const std::int64_t held =
            resolves ? -desk_.Transfer(*transfer.original).amount : transfer.amount;
        debit.debits_pending += held;
        credit.credits_pending += held;
      }
      EXPECT_EQ(transfer.debit_balance_after, debit.balance);
      EXPECT_EQ(transfer.credit_balance_after, credit.balance);
    }
    EXPECT_EQ(fold, desk_.books.accounts());
  }

  void CheckSidesAreEqual() {
    std::map<std::string, absl::int128> posted;
    std::map<std::string, absl::int128> pending;
    for (const auto& [ref, account] : desk_.books.accounts()) {
      posted[ref.asset] += account.balance;
      pending[ref.asset] += absl::int128(account.credits_pending) - account.debits_pending;
    }
    for (const auto& [asset, sum] : posted) {
      EXPECT_TRUE(sum == 0 && pending[asset] == 0) << asset;
    }
  }

  void CheckOverdraftsAndRoom() {
    for (const auto& [ref, account] : desk_.books.accounts()) {
      EXPECT_TRUE(account.overdraft || account.Available() >= 0) << ref.asset << ref.account;
      EXPECT_GE(absl::int128(account.balance) - account.debits_pending, -kMax);
      EXPECT_LE(absl::int128(account.balance) + account.credits_pending, kMax);
      EXPECT_GE(std::min(account.debits_pending, account.credits_pending), 0);
    }
  }

  // The open lots add up to the available amount, and the uses of a lot to the part that is gone.
  void CheckLots() {
    std::map<AccountRef, std::int64_t> open;
    for (const auto& [key, lot] : desk_.books.lots()) {
      EXPECT_TRUE(0 <= lot.remaining && lot.remaining <= lot.amount);
      open[lot.account] += lot.remaining;
      gone_[key] = 0;
    }
    for (const auto& [ref, account] : desk_.books.accounts()) {
      const bool lotted = ref.IsMember() && desk_.books.assets().at(ref.asset).HasLots();
      EXPECT_EQ(open[ref], lotted ? account.Available() : 0);
    }
    std::map<TransferId, std::int64_t> used;
    for (const domain::LotUse& use : desk_.books.lot_uses()) {
      gone_.at({use.lot, use.lot_part}) += use.amount;
      used[use.transfer] += use.amount;
      const Transfer& by = desk_.books.transfers().at(use.transfer);
      const domain::Lot& lot = desk_.books.lots().at({use.lot, use.lot_part});
      EXPECT_EQ(use.amount > 0 ? by.debit : lot.account, lot.account);
      if (by.kind == TransferKind::kLotExpiry) {
        EXPECT_EQ(by.effective_time, lot.expire_time);
        EXPECT_LE(lot.expire_time, by.record_time);
      } else if (use.amount > 0) {
        EXPECT_GT(lot.expire_time, by.record_time) << "what had expired was eaten";
      }
    }
    for (const auto& [key, lot] : desk_.books.lots()) {
      EXPECT_EQ(gone_.at(key), lot.amount - lot.remaining);
    }
    for (const auto& [id, transfer] : desk_.books.transfers()) {
      const bool lotted =
          transfer.debit.IsMember() && desk_.books.assets().at(transfer.debit.asset).HasLots();
      if (lotted &&
          (transfer.kind == TransferKind::kPosted || transfer.kind == TransferKind::kPending ||
           transfer.kind == TransferKind::kLotExpiry || transfer.kind == TransferKind::kPooling)) {
        EXPECT_EQ(used[id], transfer.amount) << "a debit names the lots it eats";
      }
    }
  }

  void CheckResolutionsAndReversals() {
    std::map<TransferId, std::int64_t> reversed;
    std::map<TransferId, int> resolved;
    for (const auto& [id, transfer] : desk_.books.transfers()) {
      if (!transfer.original.has_value()) {
        continue;
      }
      const Transfer& original = desk_.books.transfers().at(*transfer.original);
      EXPECT_LT(original.id, id);
      if (transfer.kind == TransferKind::kReversal) {
        EXPECT_EQ(transfer.debit, original.credit);
        EXPECT_EQ(transfer.credit, original.debit);
        EXPECT_EQ(transfer.effective_time, original.effective_time);
        EXPECT_TRUE(original.kind == TransferKind::kPosted ||
                    original.kind == TransferKind::kCapture);
        EXPECT_LE(reversed[original.id] += transfer.amount, original.amount);
      } else {
        EXPECT_EQ(original.kind, TransferKind::kPending);
        EXPECT_LE(transfer.amount, original.amount);
        EXPECT_EQ(++resolved[original.id], 1);
        EXPECT_EQ(transfer.kind == TransferKind::kTimeout,
                  *original.expire_time <= transfer.record_time);
      }
    }
  }

  void CheckPolicyAndCaps() {
    poolings_ = 0;
    std::map<domain::CapKey, std::int64_t> earned;
    for (const auto& [id, transfer] : desk_.books.transfers()) {
      EXPECT_EQ(transfer.debit.asset, transfer.credit.asset);
      const bool spendable = desk_.books.assets().at(transfer.debit.asset).spendable;
      EXPECT_TRUE(spendable || !transfer.debit.IsMember() || !transfer.rule.empty() ||
                  transfer.kind == TransferKind::kReversal ||
                  transfer.kind == TransferKind::kPooling);
      poolings_ += transfer.kind == TransferKind::kPooling ? 1 : 0;
      if (transfer.cap.has_value()) {
        earned[*transfer.cap] += transfer.amount;
      }
      if (transfer.kind == TransferKind::kReversal) {
        const Transfer& original = desk_.books.transfers().at(*transfer.original);
        if (original.cap.has_value()) {
          earned[*original.cap] -= transfer.amount;
        }
      }
    }
    EXPECT_EQ(earned, desk_.books.caps());
    for (const auto& [key, used] : earned) {
      EXPECT_LE(used, kCapLimit);
    }
  }

  std::mt19937 random_;
  bool with_huge_amounts_;
  LedgerDesk desk_;
  std::map<std::string, int> outcomes_;
  int poolings_ = 0;
  std::map<domain::LotKey, std::int64_t> gone_;
};

TEST(LedgerPropertyTest, RandomHistoriesKeepEveryInvariant) {
  std::map<std::string, int> outcomes;
  int poolings = 0;
  for (std::uint32_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History history(seed);
    for (int step = 0; step < 500; ++step) {
      history.Step();
      history.CheckInvariants();
      ASSERT_FALSE(HasFailure()) << "step " << step;
    }
    poolings += history.poolings();
    for (const auto& [outcome, count] : history.outcomes()) {
      outcomes[outcome] += count;
    }
  }
  // The histories met every answer of the ledger.
  for (const std::string outcome :
       {"OK", "INVALID_FIELD", "NOT_FOUND", "ASSET_MISMATCH", "ASSET_NOT_SPENDABLE",
        "TRANSFER_NOT_PENDING", "ALREADY_REVERSED", "NOT_REVERSIBLE", "AMOUNT_OVERFLOW",
        "INSUFFICIENT_FUNDS"}) {
    EXPECT_GT(outcomes[outcome], 0) << outcome;
  }
  EXPECT_GT(outcomes["OK"], 3000);
  EXPECT_GT(poolings, 100);
}

}  // namespace
}  // namespace perigee::tests
