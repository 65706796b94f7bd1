#include "server/adapters/sql/ledger/lot_repository.h"

#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/base/due_repository.h"
#include "server/core/status_macros.h"
#include "server/domain/ledger/due_keys.h"

namespace perigee::sql {
namespace {

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

absl::StatusOr<std::vector<domain::Lot>> LotRepository::Open(const std::string& program,
                                                             const domain::AccountRef& ref,
                                                             const domain::LotPosition& after,
                                                             int limit) {
  std::vector<domain::Lot> lots;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT revision, idx, part, asset, member_key, account, amount, remaining, expire_time "
      "FROM lot WHERE program = $1 AND member_key = $2 AND asset = $3 AND account = $4 "
      "AND remaining > 0 AND (expire_time, revision, idx, part) > ($5, $6, $7, $8) "
      "ORDER BY expire_time, revision, idx, part LIMIT $9",
      {program, ref.member, ref.asset, ref.account, after.expire_time, after.key.id.revision,
       after.key.id.index, after.key.part, limit},
      [&](const Row& row) { lots.push_back(ReadLot(row)); }));
  return lots;
}

absl::StatusOr<std::optional<domain::Lot>> LotRepository::Find(const std::string& program,
                                                               domain::TransferId id,
                                                               std::int32_t part) {
  std::optional<domain::Lot> found;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT revision, idx, part, asset, member_key, account, amount, remaining, expire_time "
      "FROM lot WHERE program = $1 AND revision = $2 AND idx = $3 AND part = $4",
      {program, id.revision, id.index, part}, [&](const Row& row) { found = ReadLot(row); }));
  return found;
}

absl::StatusOr<std::vector<domain::LotUse>> LotRepository::Uses(const std::string& program,
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

absl::Status LotRepository::Put(const std::string& program, const domain::Lot& lot) {
  PERIGEE_RETURN_IF_ERROR(connection_.Execute(
      "INSERT INTO lot (program, revision, idx, part, member_key, asset, account, amount, "
      "remaining, expire_time) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
      "ON CONFLICT (program, revision, idx, part) DO UPDATE SET amount = $8, remaining = $9, "
      "expire_time = $10",
      {program, lot.id.revision, lot.id.index, lot.part, lot.account.member, lot.account.asset,
       lot.account.account, lot.amount, lot.remaining, lot.expire_time}));
  const ports::Due due{lot.expire_time, program, ports::DueKind::kLot,
                       domain::DueKeyOfLot(lot.id, lot.part)};
  DueRepository repository(connection_);
  return lot.remaining > 0 ? repository.Put(due) : repository.Remove(due);
}

absl::Status LotRepository::Add(const std::string& program, const domain::LotUse& use,
                                std::size_t seq) {
  return connection_.Execute(
      "INSERT INTO lot_use (program, revision, idx, seq, lot_revision, lot_idx, lot_part, amount) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
      {program, use.transfer.revision, use.transfer.index, seq, use.lot.revision, use.lot.index,
       use.lot_part, use.amount});
}

}  // namespace perigee::sql
