#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/adapters/sql/driver.h"
#include "server/adapters/sql/program_repository.h"
#include "server/domain/ledger.h"
#include "server/ports/store.h"

namespace perigee::sql {

// The columns of a transfer `t` with its memo `m`, and the join that brings the memo.
inline constexpr std::string_view kTransferColumns =
    "t.revision, t.idx, t.asset, t.debit_member, t.debit_account, t.credit_member, "
    "t.credit_account, t.amount, t.kind, t.effective_time, t.record_time, t.expire_time, "
    "t.original_revision, t.original_idx, t.activity, t.rule, t.rule_version, t.cap_member, "
    "t.cap_asset, t.cap, t.cap_window_start, t.cut_amount, t.debit_balance_after, "
    "t.credit_balance_after, m.memo";
inline constexpr int kTransferColumnCount = 25;
inline constexpr std::string_view kMemoJoin =
    " LEFT JOIN memo m ON m.program = t.program AND m.revision = t.revision AND m.idx = t.idx ";
domain::Transfer ReadTransfer(const Row& row);

// Accounts, transfers, lots and caps. See ports::StoreReader for what the reads promise.
class LedgerRepository {
 public:
  explicit LedgerRepository(Connection& connection) : connection_(connection) {}

  absl::StatusOr<std::optional<domain::Account>> FindAccount(const std::string& program,
                                                             const domain::AccountRef& ref);
  absl::StatusOr<std::vector<domain::Account>> MemberAccounts(const std::string& program,
                                                              const domain::MemberKey& member);
  absl::StatusOr<std::optional<domain::Account>> AccountAsOf(const std::string& program,
                                                             const domain::AccountRef& ref,
                                                             domain::Revision revision, Time time);
  absl::StatusOr<std::vector<ports::AssetTotals>> TotalAssets(const std::string& program);

  absl::StatusOr<std::optional<domain::Transfer>> FindTransfer(const std::string& program,
                                                               domain::TransferId id);
  absl::StatusOr<std::vector<domain::Transfer>> Successors(const std::string& program,
                                                           domain::TransferId id);
  absl::StatusOr<std::vector<domain::Transfer>> TransfersOf(const std::string& program,
                                                            domain::Revision revision);
  absl::StatusOr<std::vector<ports::StatementLine>> Statement(const std::string& program,
                                                              const domain::AccountRef& ref,
                                                              domain::TransferId before, int limit);
  absl::StatusOr<std::vector<domain::TransferId>> DueHolds(const std::string& program, Time now,
                                                           int limit);

  absl::StatusOr<std::vector<domain::Lot>> OpenLots(const std::string& program,
                                                    const domain::AccountRef& ref);
  absl::StatusOr<std::optional<domain::Lot>> FindLot(const std::string& program,
                                                     domain::TransferId id, std::int32_t part);
  absl::StatusOr<std::vector<domain::LotUse>> LotUses(const std::string& program,
                                                      domain::TransferId transfer);
  absl::StatusOr<std::vector<domain::AccountRef>> DueLots(const std::string& program, Time now,
                                                          int limit);
  absl::StatusOr<std::int64_t> CapUsed(const std::string& program, const domain::CapKey& key);

  absl::Status Put(const std::string& program, const domain::LedgerChanges& changes);

 private:
  absl::Status PutAccount(const std::string& program, const domain::Account& account);
  absl::Status AddTransfer(const std::string& program, const domain::Transfer& transfer);
  absl::Status AddPosting(const std::string& program, const domain::Transfer& transfer,
                          bool credit);
  absl::Status AddScores(const std::string& program, const domain::Transfer& transfer);
  absl::Status MoveHold(const std::string& program, const domain::Transfer& transfer);
  absl::Status PutLot(const std::string& program, const domain::Lot& lot);
  absl::Status AddLotUse(const std::string& program, const domain::LotUse& use, std::size_t seq);
  absl::Status PutCap(const std::string& program, const domain::CapUse& cap);

  Connection& connection_;
};

// One programme's books over a connection, as they stand in its transaction.
class SqlBooks final : public domain::LedgerBooks {
 public:
  SqlBooks(Connection& connection, std::string program)
      : programs_(connection), ledger_(connection), program_(std::move(program)) {}

  absl::StatusOr<std::optional<domain::Asset>> FindAsset(const std::string& asset) override {
    return programs_.FindAsset(program_, asset);
  }
  absl::StatusOr<std::optional<domain::Account>> FindAccount(
      const domain::AccountRef& ref) override {
    return ledger_.FindAccount(program_, ref);
  }
  absl::StatusOr<std::optional<domain::Transfer>> FindTransfer(domain::TransferId id) override {
    return ledger_.FindTransfer(program_, id);
  }
  absl::StatusOr<std::vector<domain::Transfer>> Successors(domain::TransferId id) override {
    return ledger_.Successors(program_, id);
  }
  absl::StatusOr<std::vector<domain::Lot>> OpenLots(const domain::AccountRef& ref) override {
    return ledger_.OpenLots(program_, ref);
  }
  absl::StatusOr<std::vector<domain::LotUse>> LotUses(domain::TransferId transfer) override {
    return ledger_.LotUses(program_, transfer);
  }
  absl::StatusOr<std::optional<domain::Lot>> FindLot(domain::TransferId id,
                                                     std::int32_t part) override {
    return ledger_.FindLot(program_, id, part);
  }
  absl::StatusOr<std::int64_t> CapUsed(const domain::CapKey& key) override {
    return ledger_.CapUsed(program_, key);
  }

 private:
  ProgramRepository programs_;
  LedgerRepository ledger_;
  std::string program_;
};

}  // namespace perigee::sql
