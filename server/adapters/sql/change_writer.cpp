#include "server/adapters/sql/change_writer.h"

#include "server/adapters/sql/base/record_table.h"
#include "server/adapters/sql/board/board_repository.h"
#include "server/adapters/sql/ledger/ledger_repository.h"
#include "server/adapters/sql/ledger/lot_repository.h"
#include "server/core/status_macros.h"
#include "server/domain/journal/records.h"

namespace perigee::sql {
namespace {

absl::Status WriteRecords(Connection& connection, const std::string& program,
                          const domain::RecordChanges& changes) {
  for (const domain::RecordChange& change : changes.all()) {
    const RecordTable& table = RecordTable::Of(*change.type);
    PERIGEE_RETURN_IF_ERROR(change.deleted ? table.Delete(connection, program, change.record.get())
                                           : table.Put(connection, program, change.record.get()));
  }
  return absl::OkStatus();
}

// What a person wrote or is named by goes with the key that it was sealed under. An empty key stays
// as the sign that no other is to be made.
absl::Status EraseMember(Connection& connection, const std::string& program,
                         const domain::MemberKey& member) {
  for (const domain::RecordType* type : domain::AllRecords()) {
    PERIGEE_RETURN_IF_ERROR(RecordTable::Of(*type).EraseOwner(connection, program, member));
  }
  PERIGEE_RETURN_IF_ERROR(connection.Execute(
      "DELETE FROM memo WHERE program = $1 AND (revision, idx) IN "
      "(SELECT revision, idx FROM posting WHERE program = $1 AND member_key = $2)",
      {program, member}));
  return connection.Execute(
      "INSERT INTO text_key (program, owner, key) VALUES ($1, $2, $3) "
      "ON CONFLICT (program, owner) DO UPDATE SET key = $3",
      {program, member, Value::Blob("")});
}

absl::Status WriteLedger(Connection& connection, const std::string& program,
                         const domain::LedgerChanges& changes) {
  LedgerRepository ledger(connection);
  for (const domain::Transfer& transfer : changes.transfers) {
    PERIGEE_RETURN_IF_ERROR(ledger.Add(program, transfer));
  }
  LotRepository lots(connection);
  for (const domain::Lot& lot : changes.lots) {
    PERIGEE_RETURN_IF_ERROR(lots.Put(program, lot));
  }
  for (std::size_t i = 0; i < changes.lot_uses.size(); ++i) {
    PERIGEE_RETURN_IF_ERROR(lots.Add(program, changes.lot_uses[i], i));
  }
  return absl::OkStatus();
}

absl::Status WriteBoards(Connection& connection, const std::string& program,
                         const domain::Changes& changes) {
  BoardRepository boards(connection);
  for (const std::string& board : changes.deleted_boards) {
    PERIGEE_RETURN_IF_ERROR(boards.Delete(program, board));
  }
  for (const domain::Board& board : changes.boards) {
    PERIGEE_RETURN_IF_ERROR(boards.Put(program, board));
  }
  for (const domain::PeriodResult& result : changes.results) {
    PERIGEE_RETURN_IF_ERROR(boards.Add(program, result));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status WriteChanges(Connection& connection, const std::string& program,
                          const domain::Changes& changes) {
  PERIGEE_RETURN_IF_ERROR(WriteRecords(connection, program, changes.records));
  for (const domain::MemberKey& member : changes.erased) {
    PERIGEE_RETURN_IF_ERROR(EraseMember(connection, program, member));
  }
  PERIGEE_RETURN_IF_ERROR(WriteLedger(connection, program, changes.ledger));
  return WriteBoards(connection, program, changes);
}

}  // namespace perigee::sql
