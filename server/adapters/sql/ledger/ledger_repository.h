#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/adapters/sql/base/text_keys.h"
#include "server/domain/ledger/ledger.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/store.h"

namespace perigee::sql {

class Connection;
class Row;

// The columns of a transfer `t` with its memo `m` and the keys of its parties, and the joins for
// these. ReadTransfer fails the row if it cannot open the memo.
inline constexpr std::string_view kTransferColumns =
    "t.revision, t.idx, t.asset, t.debit_member, t.debit_account, t.credit_member, "
    "t.credit_account, t.amount, t.kind, t.effective_time, t.record_time, t.expire_time, "
    "t.original_revision, t.original_idx, t.activity, t.rule, t.rule_version, t.cap_member, "
    "t.cap_asset, t.cap, t.cap_window_start, t.cut_amount, t.debit_balance_after, "
    "t.credit_balance_after, m.sealed, "
    "CASE m_debit.destroyed WHEN 0 THEN m_debit_bytes.key WHEN 1 THEN {nil} END, "
    "CASE m_credit.destroyed WHEN 0 THEN m_credit_bytes.key WHEN 1 THEN {nil} END";
inline constexpr int kTransferColumnCount = 27;
inline constexpr std::string_view kMemoJoin =
    " LEFT JOIN memo m ON m.program = t.program AND m.revision = t.revision AND m.idx = t.idx "
    "LEFT JOIN text_key m_debit ON m_debit.program = m.program AND m_debit.owner = t.debit_member "
    "LEFT JOIN sealing_key m_debit_bytes ON m_debit_bytes.slot = m_debit.slot "
    "LEFT JOIN text_key m_credit "
    "ON m_credit.program = m.program AND m_credit.owner = t.credit_member "
    "LEFT JOIN sealing_key m_credit_bytes ON m_credit_bytes.slot = m_credit.slot ";
domain::Transfer ReadTransfer(const Row& row);

// Transfers with their memos, postings and scores, and the open holds with their due rows.
// ports::StoreReader and domain::LedgerBooks give the contracts of the reads.
class LedgerRepository {
 public:
  explicit LedgerRepository(Connection& connection) : connection_(connection) {}

  absl::StatusOr<std::optional<domain::Transfer>> FindTransfer(const std::string& program,
                                                               domain::TransferId id);
  absl::StatusOr<std::vector<domain::Transfer>> Successors(const std::string& program,
                                                           domain::TransferId id);
  absl::StatusOr<std::vector<domain::Transfer>> TransfersOf(const std::string& program,
                                                            domain::Revision revision);
  absl::StatusOr<std::vector<domain::Transfer>> ExpiredHolds(const std::string& program,
                                                             const domain::AccountRef& ref,
                                                             Time now, int limit);
  absl::StatusOr<std::vector<domain::Transfer>> HoldsOf(const std::string& program,
                                                        const domain::MemberKey& member, int limit);
  absl::StatusOr<std::vector<ports::StatementLine>> Statement(const std::string& program,
                                                              const domain::AccountRef& ref,
                                                              domain::TransferId before, int limit);

  // Without the key of a party, who is erased, the memo is left out.
  absl::Status Add(const std::string& program, const domain::Transfer& transfer,
                   const TextKeys& keys);

 private:
  absl::Status AddTransfer(const std::string& program, const domain::Transfer& transfer);
  absl::Status AddMemo(const std::string& program, const domain::Transfer& transfer,
                       const TextKeys& keys);
  absl::Status AddPosting(const std::string& program, const domain::Transfer& transfer,
                          bool credit);
  absl::Status AddScores(const std::string& program, const domain::Transfer& transfer);
  absl::Status MoveHold(const std::string& program, const domain::Transfer& transfer);
  absl::Status BeginHold(const std::string& program, const domain::Transfer& hold);
  absl::Status EndHold(const std::string& program, const domain::Transfer& by);

  Connection& connection_;
};

}  // namespace perigee::sql
