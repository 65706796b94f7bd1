#include "server/adapters/sql/ledger/account_repository.h"

#include <algorithm>
#include <limits>

#include "absl/numeric/int128.h"
#include "server/adapters/sql/base/driver.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/ports/ledger/ledger_reader.h"

namespace perigee::sql {
namespace {

// A sum of amounts may pass 64 bits. The sums of their halves do not.
constexpr std::int64_t kHalf = std::int64_t{1} << 32;
constexpr absl::int128 kMin = std::numeric_limits<std::int64_t>::min();
constexpr absl::int128 kMax = std::numeric_limits<std::int64_t>::max();

// The sum whose parts are in that column, in halves, and in the one after it.
absl::int128 SumOf(const Row& row, int column) {
  return absl::int128(row.Int(column)) * kHalf + row.Int(column + 1);
}

std::string Select(std::string_view rest) {
  return std::string("SELECT ").append(kAccountColumns).append(" FROM account a ").append(rest);
}

}  // namespace

domain::Account ReadAccount(const Row& row, int from) {
  domain::Account account;
  account.ref = {row.Text(from), row.Id(from + 1), row.Text(from + 2)};
  account.overdraft = row.Flag(from + 3);
  account.balance = row.Int(from + 4);
  account.credits_pending = row.Int(from + 5);
  account.debits_pending = row.Int(from + 6);
  return account;
}

absl::StatusOr<std::optional<domain::Account>> AccountRepository::Find(
    const std::string& program, const domain::AccountRef& ref) {
  static const Sql kSql =
      Sql::Built(Select("WHERE program = $1 AND member_key = $2 AND asset = $3 AND account = $4"));
  std::optional<domain::Account> found;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(kSql, {program, ref.member, ref.asset, ref.account},
                                            [&](const Row& row) { found = ReadAccount(row); }));
  return found;
}

absl::StatusOr<std::vector<domain::Account>> AccountRepository::Of(const std::string& program,
                                                                   const domain::MemberKey& owner) {
  static const Sql kSql =
      Sql::Built(Select("WHERE program = $1 AND member_key = $2 ORDER BY asset, account"));
  std::vector<domain::Account> accounts;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      kSql, {program, owner}, [&](const Row& row) { accounts.push_back(ReadAccount(row)); }));
  return accounts;
}

absl::StatusOr<std::optional<domain::Account>> AccountRepository::AsOf(
    const std::string& program, const domain::AccountRef& ref, domain::Revision revision,
    Time time) {
  std::optional<domain::Account> found;
  bool fits = true;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT COUNT(*), CAST(COALESCE(SUM(change / $7), 0) AS BIGINT), "
      "CAST(COALESCE(SUM(change % $7), 0) AS BIGINT) "
      "FROM posting WHERE program = $1 AND member_key = $2 AND asset = $3 AND account = $4 "
      "AND revision <= $5 AND effective_time <= $6",
      {program, ref.member, ref.asset, ref.account, revision, time, kHalf}, [&](const Row& row) {
        if (row.Int(0) > 0) {
          found.emplace();
          found->ref = ref;
          const absl::int128 balance = SumOf(row, 1);
          fits = balance >= kMin && balance <= kMax;
          found->balance = static_cast<std::int64_t>(balance);
        }
      }));
  if (!fits) {
    return Error(Reason::kAmountOverflow, "the balance as it was then passes 64 bits");
  }
  if (found.has_value()) {
    PERIGEE_ASSIGN_OR_RETURN(const auto account, Find(program, ref));
    found->overdraft = account.has_value() && account->overdraft;
  }
  return found;
}

absl::StatusOr<std::int64_t> AccountRepository::AvailableAt(const std::string& program,
                                                            const domain::Account& account,
                                                            Time now) {
  const domain::AccountRef& ref = account.ref;
  std::int64_t available = account.Available();
  if (account.debits_pending > 0) {
    // An expired hold gives its amount back, to lots that may have expired as well.
    PERIGEE_RETURN_IF_ERROR(connection_.Query(
        "SELECT CAST(COALESCE(SUM(h.amount - (SELECT COALESCE(SUM(u.amount), 0) FROM lot_use u "
        "JOIN lot l ON l.program = u.program AND l.revision = u.lot_revision "
        "AND l.idx = u.lot_idx AND l.part = u.lot_part WHERE u.program = h.program "
        "AND u.revision = h.revision AND u.idx = h.idx AND l.expire_time <= $5)), 0) AS BIGINT) "
        "FROM hold h WHERE h.program = $1 AND h.member_key = $2 AND h.asset = $3 "
        "AND h.account = $4 AND h.expire_time <= $5",
        {program, ref.member, ref.asset, ref.account, now},
        [&](const Row& row) { available += row.Int(0); }));
  }
  if (ref.IsMember()) {
    PERIGEE_RETURN_IF_ERROR(connection_.Query(
        "SELECT CAST(COALESCE(SUM(remaining), 0) AS BIGINT) FROM lot WHERE program = $1 "
        "AND member_key = $2 AND asset = $3 AND account = $4 AND remaining > 0 "
        "AND expire_time <= $5",
        {program, ref.member, ref.asset, ref.account, now},
        [&](const Row& row) { available -= row.Int(0); }));
  }
  return available;
}

absl::StatusOr<std::vector<ports::AssetTotals>> AccountRepository::TotalAssets(
    const std::string& program) {
  std::vector<ports::AssetTotals> totals;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT a.id, "
      "CAST(COALESCE(SUM(CASE WHEN c.member_key = $2 AND c.account = $3 "
      "THEN -balance ELSE 0 END), 0) AS BIGINT), "
      "CAST(COALESCE(SUM(CASE WHEN c.member_key = $2 AND c.account = $4 "
      "THEN balance ELSE 0 END), 0) AS BIGINT), "
      "CAST(COALESCE(SUM(balance / $5 + (credits_pending - debits_pending) / $5), 0) AS BIGINT), "
      "CAST(COALESCE(SUM(balance % $5 + (credits_pending - debits_pending) % $5), 0) AS BIGINT) "
      "FROM asset a LEFT JOIN account c ON c.program = a.program AND c.asset = a.id "
      "WHERE a.program = $1 GROUP BY a.id ORDER BY a.id",
      {program, Uuid(), domain::kIssuedAccount, domain::kSpentAccount, kHalf}, [&](const Row& row) {
        totals.push_back({row.Text(0), row.Int(1), row.Int(2), row.Int(3) * kHalf + row.Int(4)});
      }));
  return totals;
}

absl::Status AccountRepository::Put(const std::string& program, const domain::Account& account) {
  return connection_.Execute(
      "INSERT INTO account (program, member_key, asset, account, overdraft, balance, "
      "credits_pending, debits_pending) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
      "ON CONFLICT (program, member_key, asset, account) DO UPDATE SET overdraft = $5, "
      "balance = $6, credits_pending = $7, debits_pending = $8",
      {program, account.ref.member, account.ref.asset, account.ref.account, account.overdraft,
       account.balance, account.credits_pending, account.debits_pending});
}

absl::StatusOr<std::int64_t> AccountRepository::CapUsed(const std::string& program,
                                                        const domain::CapKey& key) {
  std::int64_t used = 0;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT used FROM cap_use WHERE program = $1 AND member_key = $2 AND asset = $3 "
      "AND cap = $4 AND window_start = $5",
      {program, key.member, key.asset, key.cap, key.window_start},
      [&](const Row& row) { used = row.Int(0); }));
  return used;
}

absl::StatusOr<std::map<std::string, std::int64_t>> AccountRepository::PooledInto(
    const std::string& program, const domain::MemberKey& member, domain::Revision since) {
  std::map<std::string, std::int64_t> sums;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT p.asset, CAST(SUM(p.change / $5) AS BIGINT), CAST(SUM(p.change % $5) AS BIGINT) "
      "FROM posting p JOIN transfer t ON t.program = p.program AND t.revision = p.revision "
      "AND t.idx = p.idx WHERE p.program = $1 AND p.member_key = $2 AND p.revision > $3 "
      "AND t.kind = $4 GROUP BY p.asset",
      {program, member, since, static_cast<int>(domain::TransferKind::kPooling), kHalf},
      [&](const Row& row) {
        sums[row.Text(0)] = static_cast<std::int64_t>(std::clamp(SumOf(row, 1), -kMax, kMax));
      }));
  return sums;
}

absl::StatusOr<std::vector<domain::AccountRef>> AccountRepository::SamePerson(
    const std::string& program, const domain::AccountRef& ref) {
  std::vector<domain::AccountRef> others;
  if (!ref.IsMember()) {
    return others;
  }
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "WITH head AS (SELECT CASE WHEN merged_into = {nil} THEN member_key ELSE merged_into END "
      "AS head_key FROM member WHERE program = $1 AND member_key = $2) "
      "SELECT head_key AS other FROM head WHERE head_key <> $2 "
      "UNION ALL SELECT m.member_key AS other FROM head JOIN member m ON m.program = $1 "
      "AND m.merged_into = head_key AND m.merged_into <> {nil} WHERE m.member_key <> $2 "
      "ORDER BY other",
      {program, ref.member}, [&](const Row& row) {
        others.push_back({.asset = ref.asset, .member = row.Id(0), .account = ""});
      }));
  return others;
}

absl::Status AccountRepository::Put(const std::string& program, const domain::CapUse& cap) {
  return connection_.Execute(
      "INSERT INTO cap_use (program, member_key, asset, cap, window_start, used) "
      "VALUES ($1, $2, $3, $4, $5, $6) "
      "ON CONFLICT (program, member_key, asset, cap, window_start) DO UPDATE SET used = $6",
      {program, cap.key.member, cap.key.asset, cap.key.cap, cap.key.window_start, cap.used});
}

}  // namespace perigee::sql
