#include "server/adapters/sql/ledger/sql_ledger_reader.h"

namespace perigee::sql {

domain::LedgerBooks& SqlLedgerReader::Books(const std::string& program) {
  std::unique_ptr<domain::LedgerBooks>& books = books_[program];
  if (books == nullptr) {
    books = MakeBooks(program);
  }
  return *books;
}

std::unique_ptr<domain::LedgerBooks> SqlLedgerReader::MakeBooks(const std::string& program) {
  return std::make_unique<SqlBooks>(connection_, program);
}

absl::StatusOr<std::vector<domain::Account>> SqlLedgerReader::AccountsOf(
    const std::string& program, const domain::MemberKey& member) {
  return accounts_.Of(program, member);
}

absl::StatusOr<std::vector<domain::Transfer>> SqlLedgerReader::HoldsOf(
    const std::string& program, const domain::MemberKey& member, int limit) {
  return ledger_.HoldsOf(program, member, limit);
}

absl::StatusOr<std::optional<domain::Account>> SqlLedgerReader::AccountAsOf(
    const std::string& program, const domain::AccountRef& ref, domain::Revision revision,
    Time time) {
  return accounts_.AsOf(program, ref, revision, time);
}

absl::StatusOr<std::int64_t> SqlLedgerReader::AvailableAt(const std::string& program,
                                                          const domain::Account& account,
                                                          Time now) {
  return accounts_.AvailableAt(program, account, now);
}

absl::StatusOr<std::vector<ports::StatementLine>> SqlLedgerReader::Statement(
    const std::string& program, const domain::AccountRef& ref, domain::TransferId before,
    int limit) {
  return ledger_.Statement(program, ref, before, limit);
}

absl::StatusOr<std::vector<domain::Transfer>> SqlLedgerReader::TransfersOf(
    const std::string& program, domain::Revision revision) {
  return ledger_.TransfersOf(program, revision);
}

absl::StatusOr<std::map<std::string, std::int64_t>> SqlLedgerReader::PooledInto(
    const std::string& program, const domain::MemberKey& member, domain::Revision since) {
  return accounts_.PooledInto(program, member, since);
}

absl::StatusOr<std::vector<ports::AssetTotals>> SqlLedgerReader::TotalAssets(
    const std::string& program) {
  return accounts_.TotalAssets(program);
}

}  // namespace perigee::sql
