#include "server/adapters/sql/ledger_repository.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/status_macros.h"

namespace perigee::sql {
namespace {

std::string Select(std::string_view from, std::string_view rest) {
  std::string sql = "SELECT ";
  return sql.append(kTransferColumns).append(from).append(kMemoJoin).append(rest);
}

domain::Account ReadAccount(const Row& row) {
  domain::Account account;
  account.ref = {row.Text(0), row.Id(1), row.Text(2)};
  account.overdraft = row.Flag(3);
  account.credits_posted = row.Int(4);
  account.debits_posted = row.Int(5);
  account.credits_pending = row.Int(6);
  account.debits_pending = row.Int(7);
  return account;
}

domain::Lot ReadLot(const Row& row) {
  domain::Lot lot;
  lot.id = {row.Int(0), row.Small(1)};
  lot.part = row.Small(2);
  lot.account = {row.Text(3), row.Id(4), row.Text(5)};
  lot.amount = row.Int(6);
  lot.remaining = row.Int(7);
  lot.expire_time = row.At(8);
  return lot;
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
  transfer.memo = row.Text(24);
  return transfer;
}

absl::StatusOr<std::optional<domain::Account>> LedgerRepository::FindAccount(
    const std::string& program, const domain::AccountRef& ref) {
  std::optional<domain::Account> found;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT asset, member_key, account, overdraft, credits_posted, debits_posted, "
      "credits_pending, debits_pending FROM account "
      "WHERE program = $1 AND member_key = $2 AND asset = $3 AND account = $4",
      {program, ref.member, ref.asset, ref.account},
      [&](const Row& row) { found = ReadAccount(row); }));
  return found;
}

absl::StatusOr<std::vector<domain::Account>> LedgerRepository::MemberAccounts(
    const std::string& program, const domain::MemberKey& member) {
  std::vector<domain::Account> accounts;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT asset, member_key, account, overdraft, credits_posted, debits_posted, "
      "credits_pending, debits_pending FROM account "
      "WHERE program = $1 AND member_key = $2 ORDER BY asset, account",
      {program, member}, [&](const Row& row) { accounts.push_back(ReadAccount(row)); }));
  return accounts;
}

absl::StatusOr<std::optional<domain::Account>> LedgerRepository::AccountAsOf(
    const std::string& program, const domain::AccountRef& ref, domain::Revision revision,
    Time time) {
  std::optional<domain::Account> found;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT COUNT(*), "
      "CAST(COALESCE(SUM(CASE WHEN change > 0 THEN change ELSE 0 END), 0) AS BIGINT), "
      "CAST(COALESCE(SUM(CASE WHEN change < 0 THEN -change ELSE 0 END), 0) AS BIGINT) "
      "FROM posting WHERE program = $1 AND member_key = $2 AND asset = $3 AND account = $4 "
      "AND revision <= $5 AND effective_time <= $6",
      {program, ref.member, ref.asset, ref.account, revision, time}, [&](const Row& row) {
        if (row.Int(0) > 0) {
          found.emplace();
          found->ref = ref;
          found->credits_posted = row.Int(1);
          found->debits_posted = row.Int(2);
        }
      }));
  if (found.has_value()) {
    PERIGEE_ASSIGN_OR_RETURN(const auto account, FindAccount(program, ref));
    found->overdraft = account.has_value() && account->overdraft;
  }
  return found;
}

absl::StatusOr<std::vector<ports::AssetTotals>> LedgerRepository::TotalAssets(
    const std::string& program) {
  std::vector<ports::AssetTotals> totals;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT a.id, "
      "CAST(COALESCE(SUM(CASE WHEN c.member_key = $2 AND c.account = $3 "
      "THEN debits_posted - credits_posted ELSE 0 END), 0) AS BIGINT), "
      "CAST(COALESCE(SUM(CASE WHEN c.member_key = $2 AND c.account = $4 "
      "THEN credits_posted - debits_posted ELSE 0 END), 0) AS BIGINT), "
      "CAST(COALESCE(SUM((credits_posted - debits_posted) + (credits_pending - debits_pending)), "
      "0) AS BIGINT) "
      "FROM asset a LEFT JOIN account c ON c.program = a.program AND c.asset = a.id "
      "WHERE a.program = $1 GROUP BY a.id ORDER BY a.id",
      {program, Uuid(), domain::kIssuedAccount, domain::kSpentAccount}, [&](const Row& row) {
        totals.push_back({row.Text(0), row.Int(1), row.Int(2), row.Int(3)});
      }));
  return totals;
}

absl::StatusOr<std::optional<domain::Transfer>> LedgerRepository::FindTransfer(
    const std::string& program, domain::TransferId id) {
  static const std::string kSql =
      Select(" FROM transfer t", "WHERE t.program = $1 AND t.revision = $2 AND t.idx = $3");
  std::optional<domain::Transfer> found;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(kSql, {program, id.revision, id.index},
                                            [&](const Row& row) { found = ReadTransfer(row); }));
  return found;
}

absl::StatusOr<std::vector<domain::Transfer>> LedgerRepository::Successors(
    const std::string& program, domain::TransferId id) {
  static const std::string kSql =
      Select(" FROM transfer t",
             "WHERE t.program = $1 AND t.original_revision = $2 AND t.original_idx = $3 "
             "ORDER BY t.revision, t.idx");
  std::vector<domain::Transfer> transfers;
  PERIGEE_RETURN_IF_ERROR(
      connection_.Query(kSql, {program, id.revision, id.index},
                        [&](const Row& row) { transfers.push_back(ReadTransfer(row)); }));
  return transfers;
}

absl::StatusOr<std::vector<domain::Transfer>> LedgerRepository::TransfersOf(
    const std::string& program, domain::Revision revision) {
  static const std::string kSql =
      Select(" FROM transfer t", "WHERE t.program = $1 AND t.revision = $2 ORDER BY t.idx");
  std::vector<domain::Transfer> transfers;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      kSql, {program, revision}, [&](const Row& row) { transfers.push_back(ReadTransfer(row)); }));
  return transfers;
}

absl::StatusOr<std::vector<ports::StatementLine>> LedgerRepository::Statement(
    const std::string& program, const domain::AccountRef& ref, domain::TransferId before,
    int limit) {
  static const std::string kSql = Select(
      ", p.change, p.balance_after FROM posting p JOIN transfer t "
      "ON t.program = p.program AND t.revision = p.revision AND t.idx = p.idx",
      "WHERE p.program = $1 AND p.member_key = $2 AND p.asset = $3 AND p.account = $4 "
      "AND (p.revision, p.idx) < ($5, $6) ORDER BY p.revision DESC, p.idx DESC LIMIT $7");
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

absl::StatusOr<std::vector<domain::TransferId>> LedgerRepository::DueHolds(
    const std::string& program, Time now, int limit) {
  std::vector<domain::TransferId> holds;
  PERIGEE_RETURN_IF_ERROR(
      connection_.Query("SELECT revision, idx FROM hold WHERE program = $1 AND expire_time <= $2 "
                        "ORDER BY expire_time, revision, idx LIMIT $3",
                        {program, now, limit}, [&](const Row& row) {
                          holds.push_back({row.Int(0), row.Small(1)});
                        }));
  return holds;
}

absl::StatusOr<std::vector<domain::Lot>> LedgerRepository::OpenLots(const std::string& program,
                                                                    const domain::AccountRef& ref) {
  std::vector<domain::Lot> lots;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT revision, idx, part, asset, member_key, account, amount, remaining, expire_time "
      "FROM lot WHERE program = $1 AND member_key = $2 AND asset = $3 AND account = $4 "
      "AND remaining > 0 ORDER BY expire_time, revision, idx, part",
      {program, ref.member, ref.asset, ref.account},
      [&](const Row& row) { lots.push_back(ReadLot(row)); }));
  return lots;
}

absl::StatusOr<std::optional<domain::Lot>> LedgerRepository::FindLot(const std::string& program,
                                                                     domain::TransferId id,
                                                                     std::int32_t part) {
  std::optional<domain::Lot> found;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT revision, idx, part, asset, member_key, account, amount, remaining, expire_time "
      "FROM lot WHERE program = $1 AND revision = $2 AND idx = $3 AND part = $4",
      {program, id.revision, id.index, part}, [&](const Row& row) { found = ReadLot(row); }));
  return found;
}

absl::StatusOr<std::vector<domain::LotUse>> LedgerRepository::LotUses(const std::string& program,
                                                                      domain::TransferId transfer) {
  std::vector<domain::LotUse> uses;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT lot_revision, lot_idx, lot_part, amount FROM lot_use "
      "WHERE program = $1 AND revision = $2 AND idx = $3 ORDER BY seq",
      {program, transfer.revision, transfer.index}, [&](const Row& row) {
        uses.push_back({transfer, {row.Int(0), row.Small(1)}, row.Small(2), row.Int(3)});
      }));
  return uses;
}

absl::StatusOr<std::vector<domain::AccountRef>> LedgerRepository::DueLots(
    const std::string& program, Time now, int limit) {
  std::vector<domain::AccountRef> accounts;
  PERIGEE_RETURN_IF_ERROR(
      connection_.Query("SELECT DISTINCT asset, member_key, account FROM lot "
                        "WHERE program = $1 AND expire_time <= $2 AND remaining > 0 LIMIT $3",
                        {program, now, limit}, [&](const Row& row) {
                          accounts.push_back({row.Text(0), row.Id(1), row.Text(2)});
                        }));
  return accounts;
}

absl::StatusOr<std::int64_t> LedgerRepository::CapUsed(const std::string& program,
                                                       const domain::CapKey& key) {
  std::int64_t used = 0;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT used FROM cap_use WHERE program = $1 AND member_key = $2 AND asset = $3 "
      "AND cap = $4 AND window_start = $5",
      {program, key.member, key.asset, key.cap, key.window_start},
      [&](const Row& row) { used = row.Int(0); }));
  return used;
}

absl::Status LedgerRepository::Put(const std::string& program,
                                   const domain::LedgerChanges& changes) {
  for (const domain::Account& account : changes.accounts) {
    PERIGEE_RETURN_IF_ERROR(PutAccount(program, account));
  }
  for (const domain::Transfer& transfer : changes.transfers) {
    PERIGEE_RETURN_IF_ERROR(AddTransfer(program, transfer));
    PERIGEE_RETURN_IF_ERROR(AddPosting(program, transfer, false));
    PERIGEE_RETURN_IF_ERROR(AddPosting(program, transfer, true));
    PERIGEE_RETURN_IF_ERROR(AddScores(program, transfer));
    PERIGEE_RETURN_IF_ERROR(MoveHold(program, transfer));
  }
  for (const domain::Lot& lot : changes.lots) {
    PERIGEE_RETURN_IF_ERROR(PutLot(program, lot));
  }
  for (std::size_t i = 0; i < changes.lot_uses.size(); ++i) {
    PERIGEE_RETURN_IF_ERROR(AddLotUse(program, changes.lot_uses[i], i));
  }
  for (const domain::CapUse& cap : changes.caps) {
    PERIGEE_RETURN_IF_ERROR(PutCap(program, cap));
  }
  return absl::OkStatus();
}

absl::Status LedgerRepository::PutAccount(const std::string& program,
                                          const domain::Account& account) {
  return connection_.Execute(
      "INSERT INTO account (program, member_key, asset, account, overdraft, credits_posted, "
      "debits_posted, credits_pending, debits_pending) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
      "ON CONFLICT (program, member_key, asset, account) DO UPDATE SET overdraft = $5, "
      "credits_posted = $6, debits_posted = $7, credits_pending = $8, debits_pending = $9",
      {program, account.ref.member, account.ref.asset, account.ref.account, account.overdraft,
       account.credits_posted, account.debits_posted, account.credits_pending,
       account.debits_pending});
}

absl::Status LedgerRepository::AddTransfer(const std::string& program,
                                           const domain::Transfer& transfer) {
  const auto& [id, debit, credit, amount, kind, effective, record, expire, original, activity, rule,
               rule_version, cap, cut, debit_after, credit_after, memo] = transfer;
  PERIGEE_RETURN_IF_ERROR(connection_.Execute(
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
       credit_after}));
  if (memo.empty()) {
    return absl::OkStatus();
  }
  return connection_.Execute(
      "INSERT INTO memo (program, revision, idx, memo) VALUES ($1, $2, $3, $4)",
      {program, id.revision, id.index, memo});
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
      return connection_.Execute(
          "INSERT INTO hold (program, revision, idx, expire_time) VALUES ($1, $2, $3, $4)",
          {program, transfer.id.revision, transfer.id.index,
           transfer.expire_time.value_or(kEndOfTime)});
    case domain::TransferKind::kCapture:
    case domain::TransferKind::kVoid:
    case domain::TransferKind::kTimeout:
      return connection_.Execute(
          "DELETE FROM hold WHERE program = $1 AND revision = $2 AND idx = $3",
          {program, transfer.original ? transfer.original->revision : 0,
           transfer.original ? transfer.original->index : 0});
    default:
      return absl::OkStatus();
  }
}

absl::Status LedgerRepository::PutLot(const std::string& program, const domain::Lot& lot) {
  return connection_.Execute(
      "INSERT INTO lot (program, revision, idx, part, member_key, asset, account, amount, "
      "remaining, expire_time) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
      "ON CONFLICT (program, revision, idx, part) DO UPDATE SET amount = $8, remaining = $9, "
      "expire_time = $10",
      {program, lot.id.revision, lot.id.index, lot.part, lot.account.member, lot.account.asset,
       lot.account.account, lot.amount, lot.remaining, lot.expire_time});
}

absl::Status LedgerRepository::AddLotUse(const std::string& program, const domain::LotUse& use,
                                         std::size_t seq) {
  return connection_.Execute(
      "INSERT INTO lot_use (program, revision, idx, seq, lot_revision, lot_idx, lot_part, amount) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
      {program, use.transfer.revision, use.transfer.index, seq, use.lot.revision, use.lot.index,
       use.lot_part, use.amount});
}

absl::Status LedgerRepository::PutCap(const std::string& program, const domain::CapUse& cap) {
  return connection_.Execute(
      "INSERT INTO cap_use (program, member_key, asset, cap, window_start, used) "
      "VALUES ($1, $2, $3, $4, $5, $6) "
      "ON CONFLICT (program, member_key, asset, cap, window_start) DO UPDATE SET used = $6",
      {program, cap.key.member, cap.key.asset, cap.key.cap, cap.key.window_start, cap.used});
}

}  // namespace perigee::sql
