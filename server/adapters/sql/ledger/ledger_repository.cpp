#include "server/adapters/sql/ledger/ledger_repository.h"

#include <array>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/base/due_repository.h"
#include "server/core/seal.h"
#include "server/core/status_macros.h"
#include "server/domain/ledger/due_keys.h"
#include "server/ports/ledger/ledger_reader.h"

namespace perigee::sql {
namespace {

std::string Select(std::string_view from, std::string_view rest) {
  std::string sql = "SELECT ";
  return sql.append(kTransferColumns).append(from).append(kMemoJoin).append(rest);
}

constexpr int kMemoColumn = 24;

// Binds a sealed memo to its row.
std::string ContextOfMemo(const domain::TransferId& id) {
  return absl::StrCat("row/memo/", id.revision, "/", id.index);
}

}  // namespace

domain::Transfer ReadTransfer(const Row& row) {
  domain::Transfer transfer;
  transfer.id = {row.Int(0), row.Small(1)};
  transfer.debit = {row.Text(2), row.Id(3), row.Text(4)};
  transfer.credit = {row.Text(2), row.Id(5), row.Text(6)};
  transfer.amount = row.Int(7);
  transfer.kind = static_cast<domain::TransferKind>(row.Int(8));
  transfer.effective_time = row.At(9);
  transfer.record_time = row.At(10);
  if (!row.IsNull(11)) {
    transfer.expire_time = row.At(11);
  }
  if (!row.IsNull(12)) {
    transfer.original = domain::TransferId{row.Int(12), row.Small(13)};
  }
  if (!row.IsNull(14)) {
    transfer.activity = row.Int(14);
  }
  transfer.rule = row.Text(15);
  transfer.rule_version = row.Small(16);
  if (!row.IsNull(19)) {
    transfer.cap = domain::CapKey{row.Id(17), row.Text(18), row.Text(19), row.At(20)};
  }
  transfer.cut_amount = row.Int(21);
  transfer.debit_balance_after = row.Int(22);
  transfer.credit_balance_after = row.Int(23);
  std::optional<std::string> memo =
      OpenInRow(row, kMemoColumn, std::array{transfer.debit.member, transfer.credit.member},
                ContextOfMemo(transfer.id));
  if (memo.has_value()) {
    transfer.memo = *std::move(memo);
  } else {
    row.Fail();
  }
  return transfer;
}

absl::StatusOr<std::optional<domain::Transfer>> LedgerRepository::FindTransfer(
    const std::string& program, domain::TransferId id) {
  static const Sql kSql = Sql::Built(
      Select(" FROM transfer t", "WHERE t.program = $1 AND t.revision = $2 AND t.idx = $3"));
  std::optional<domain::Transfer> found;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(kSql, {program, id.revision, id.index},
                                            [&](const Row& row) { found = ReadTransfer(row); }));
  return found;
}

absl::StatusOr<std::vector<domain::Transfer>> LedgerRepository::Successors(
    const std::string& program, domain::TransferId id) {
  static const Sql kSql =
      Sql::Built(Select(" FROM transfer t",
                        "WHERE t.program = $1 AND t.original_revision = $2 AND t.original_idx = $3 "
                        "ORDER BY t.revision, t.idx"));
  std::vector<domain::Transfer> transfers;
  PERIGEE_RETURN_IF_ERROR(
      connection_.Query(kSql, {program, id.revision, id.index},
                        [&](const Row& row) { transfers.push_back(ReadTransfer(row)); }));
  return transfers;
}

absl::StatusOr<std::vector<domain::Transfer>> LedgerRepository::TransfersOf(
    const std::string& program, domain::Revision revision) {
  static const Sql kSql = Sql::Built(
      Select(" FROM transfer t", "WHERE t.program = $1 AND t.revision = $2 ORDER BY t.idx"));
  std::vector<domain::Transfer> transfers;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      kSql, {program, revision}, [&](const Row& row) { transfers.push_back(ReadTransfer(row)); }));
  return transfers;
}

absl::StatusOr<std::vector<domain::Transfer>> LedgerRepository::ExpiredHolds(
    const std::string& program, const domain::AccountRef& ref, Time now, int limit) {
  static const Sql kSql = Sql::Built(
      Select(" FROM hold h JOIN transfer t "
             "ON t.program = h.program AND t.revision = h.revision AND t.idx = h.idx",
             "WHERE h.program = $1 AND h.member_key = $2 AND h.asset = $3 AND h.account = $4 "
             "AND h.expire_time <= $5 ORDER BY h.expire_time, h.revision, h.idx LIMIT $6"));
  std::vector<domain::Transfer> holds;
  PERIGEE_RETURN_IF_ERROR(
      connection_.Query(kSql, {program, ref.member, ref.asset, ref.account, now, limit},
                        [&](const Row& row) { holds.push_back(ReadTransfer(row)); }));
  return holds;
}

absl::StatusOr<std::vector<domain::Transfer>> LedgerRepository::HoldsOf(
    const std::string& program, const domain::MemberKey& member, int limit) {
  static const std::string kFrom =
      " FROM hold h JOIN transfer t "
      "ON t.program = h.program AND t.revision = h.revision AND t.idx = h.idx";
  static const Sql kDebits = Sql::Built(Select(
      kFrom, "WHERE h.program = $1 AND h.member_key = $2 ORDER BY h.revision, h.idx LIMIT $3"));
  // No index leads to the holds that credit a member.
  static const Sql kCredits =
      Sql::Built(Select(kFrom,
                        "WHERE h.program = $1 AND h.member_key <> $2 AND t.credit_member = $2 "
                        "ORDER BY h.revision, h.idx LIMIT $3"));
  std::vector<domain::Transfer> holds;
  const auto take = [&](const Row& row) { holds.push_back(ReadTransfer(row)); };
  PERIGEE_RETURN_IF_ERROR(connection_.Query(kDebits, {program, member, limit}, take));
  bool credited = false;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT 1 FROM account WHERE program = $1 AND member_key = $2 AND credits_pending > 0 "
      "LIMIT 1",
      {program, member}, [&](const Row&) { credited = true; }));
  const int left = limit - static_cast<int>(holds.size());
  if (credited && left > 0) {
    PERIGEE_RETURN_IF_ERROR(connection_.Query(kCredits, {program, member, left}, take));
  }
  return holds;
}

absl::StatusOr<std::vector<ports::StatementLine>> LedgerRepository::Statement(
    const std::string& program, const domain::AccountRef& ref, domain::TransferId before,
    int limit) {
  static const Sql kSql = Sql::Built(
      Select(", p.change, p.balance_after FROM posting p JOIN transfer t "
             "ON t.program = p.program AND t.revision = p.revision AND t.idx = p.idx",
             "WHERE p.program = $1 AND p.member_key = $2 AND p.asset = $3 AND p.account = $4 "
             "AND (p.revision, p.idx) < ($5, $6) ORDER BY p.revision DESC, p.idx DESC LIMIT $7"));
  if (before == domain::TransferId{}) {
    before.revision = std::numeric_limits<domain::Revision>::max();
  }
  std::vector<ports::StatementLine> lines;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      kSql, {program, ref.member, ref.asset, ref.account, before.revision, before.index, limit},
      [&](const Row& row) {
        lines.push_back(
            {ReadTransfer(row), row.Int(kTransferColumnCount), row.Int(kTransferColumnCount + 1)});
      }));
  return lines;
}

absl::Status LedgerRepository::Add(const std::string& program, const domain::Transfer& transfer,
                                   const TextKeys& keys) {
  PERIGEE_RETURN_IF_ERROR(AddTransfer(program, transfer));
  PERIGEE_RETURN_IF_ERROR(AddMemo(program, transfer, keys));
  PERIGEE_RETURN_IF_ERROR(AddPosting(program, transfer, false));
  PERIGEE_RETURN_IF_ERROR(AddPosting(program, transfer, true));
  PERIGEE_RETURN_IF_ERROR(AddScores(program, transfer));
  return MoveHold(program, transfer);
}

absl::Status LedgerRepository::AddTransfer(const std::string& program,
                                           const domain::Transfer& transfer) {
  const auto& [id, debit, credit, amount, kind, effective, record, expire, original, activity, rule,
               rule_version, cap, cut, debit_after, credit_after, memo_apart] = transfer;
  return connection_.Execute(
      "INSERT INTO transfer (program, revision, idx, asset, debit_member, debit_account, "
      "credit_member, credit_account, amount, kind, effective_time, record_time, expire_time, "
      "original_revision, original_idx, activity, rule, rule_version, cap_member, cap_asset, cap, "
      "cap_window_start, cut_amount, debit_balance_after, credit_balance_after) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, "
      "$19, $20, $21, $22, $23, $24, $25)",
      {program,
       id.revision,
       id.index,
       debit.asset,
       debit.member,
       debit.account,
       credit.member,
       credit.account,
       amount,
       static_cast<int>(kind),
       effective,
       record,
       expire,
       original ? Value(original->revision) : nullptr,
       original ? Value(original->index) : nullptr,
       activity,
       rule,
       rule_version,
       cap ? Value(cap->member) : nullptr,
       cap ? Value(cap->asset) : nullptr,
       cap ? Value(cap->cap) : nullptr,
       cap ? Value(cap->window_start) : nullptr,
       cut,
       debit_after,
       credit_after});
}

absl::Status LedgerRepository::AddMemo(const std::string& program, const domain::Transfer& transfer,
                                       const TextKeys& keys) {
  if (transfer.memo.empty()) {
    return absl::OkStatus();
  }
  const std::optional<SealKey> key =
      JointKey(std::array{transfer.debit.member, transfer.credit.member}, keys);
  if (!key.has_value()) {
    return absl::OkStatus();
  }
  const std::string sealed = Seal(*key, ContextOfMemo(transfer.id), transfer.memo);
  return connection_.Execute(
      "INSERT INTO memo (program, revision, idx, sealed) VALUES ($1, $2, $3, $4)",
      {program, transfer.id.revision, transfer.id.index, Value::Blob(sealed)});
}

absl::Status LedgerRepository::AddPosting(const std::string& program,
                                          const domain::Transfer& transfer, bool credit) {
  const domain::AccountRef& ref = credit ? transfer.credit : transfer.debit;
  const std::int64_t moved = transfer.MovesBalance() ? transfer.amount : 0;
  return connection_.Execute(
      "INSERT INTO posting (program, member_key, asset, account, revision, idx, effective_time, "
      "change, balance_after) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
      {program, ref.member, ref.asset, ref.account, transfer.id.revision, transfer.id.index,
       transfer.effective_time, credit ? moved : -moved,
       credit ? transfer.credit_balance_after : transfer.debit_balance_after});
}

absl::Status LedgerRepository::AddScores(const std::string& program,
                                         const domain::Transfer& transfer) {
  const domain::TransferId root =
      transfer.kind == domain::TransferKind::kReversal && transfer.original.has_value()
          ? *transfer.original
          : transfer.id;
  for (const domain::ScoreEffect& effect : domain::ScoreEffects(transfer)) {
    PERIGEE_RETURN_IF_ERROR(connection_.Execute(
        "INSERT INTO score (program, asset, member_key, effective_time, revision, idx, "
        "root_revision, root_idx, score) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        {program, transfer.credit.asset, effect.member, transfer.effective_time,
         transfer.id.revision, transfer.id.index, root.revision, root.index, effect.score}));
  }
  return absl::OkStatus();
}

absl::Status LedgerRepository::MoveHold(const std::string& program,
                                        const domain::Transfer& transfer) {
  switch (transfer.kind) {
    case domain::TransferKind::kPending:
      return BeginHold(program, transfer);
    case domain::TransferKind::kCapture:
    case domain::TransferKind::kVoid:
    case domain::TransferKind::kTimeout:
      return EndHold(program, transfer);
    default:
      return absl::OkStatus();
  }
}

absl::Status LedgerRepository::BeginHold(const std::string& program, const domain::Transfer& hold) {
  const Time expire_time = hold.expire_time.value_or(kEndOfTime);
  PERIGEE_RETURN_IF_ERROR(connection_.Execute(
      "INSERT INTO hold (program, member_key, asset, account, expire_time, revision, idx, amount) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
      {program, hold.debit.member, hold.debit.asset, hold.debit.account, expire_time,
       hold.id.revision, hold.id.index, hold.amount}));
  return DueRepository(connection_)
      .Put({expire_time, program, ports::DueKind::kHold, domain::DueKeyOfHold(hold.id)});
}

// The hold's transfer has the time, so that both rows are found by their keys.
absl::Status LedgerRepository::EndHold(const std::string& program, const domain::Transfer& by) {
  const domain::TransferId hold = by.original.value_or(domain::TransferId{});
  const std::string key = domain::DueKeyOfHold(hold);
  PERIGEE_RETURN_IF_ERROR(connection_.Execute(
      "DELETE FROM hold WHERE program = $1 AND member_key = $4 AND asset = $5 AND account = $6 "
      "AND revision = $2 AND idx = $3 AND expire_time = "
      "(SELECT expire_time FROM transfer WHERE program = $1 AND revision = $2 AND idx = $3)",
      {program, hold.revision, hold.index, by.debit.member, by.debit.asset, by.debit.account}));
  return connection_.Execute(
      "DELETE FROM due WHERE program = $1 AND kind = $4 AND key = $5 AND time = "
      "(SELECT expire_time FROM transfer WHERE program = $1 AND revision = $2 AND idx = $3)",
      {program, hold.revision, hold.index, static_cast<int>(ports::DueKind::kHold),
       Value::Blob(key)});
}

}  // namespace perigee::sql
