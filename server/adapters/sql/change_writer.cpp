#include "server/adapters/sql/change_writer.h"

#include "server/adapters/sql/base/record_table.h"
#include "server/adapters/sql/board/board_repository.h"
#include "server/adapters/sql/journal/journal_codec.h"
#include "server/adapters/sql/journal/journal_parties.h"
#include "server/adapters/sql/ledger/ledger_repository.h"
#include "server/adapters/sql/ledger/lot_repository.h"
#include "server/adapters/sql/member/eligibility.h"
#include "server/adapters/sql/member/erasure.h"
#include "server/core/status_macros.h"

namespace perigee::sql {
namespace {

absl::Status WriteRecords(Connection& connection, const std::string& program,
                          const domain::RecordChanges& changes, const TextKeys& keys) {
  for (const domain::RecordChange& change : changes.all()) {
    const RecordTable& table = RecordTable::Of(*change.type);
    PERIGEE_RETURN_IF_ERROR(change.deleted
                                ? table.Delete(connection, program, change.record.get())
                                : table.Put(connection, program, change.record.get(), keys));
  }
  return absl::OkStatus();
}

absl::Status WriteLedger(Connection& connection, const std::string& program,
                         const domain::LedgerChanges& changes, const TextKeys& keys) {
  LedgerRepository ledger(connection);
  for (const domain::Transfer& transfer : changes.transfers) {
    PERIGEE_RETURN_IF_ERROR(ledger.Add(program, transfer, keys));
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
                          const EntryCause& cause, const domain::Changes& changes,
                          domain::Revision revision, Time now, const TextKeys& keys) {
  PERIGEE_RETURN_IF_ERROR(Eligibility(connection).Note(program, changes, revision));
  PERIGEE_RETURN_IF_ERROR(
      JournalParties(connection).Add(program, PartiesOf(cause.by, changes), revision));
  PERIGEE_RETURN_IF_ERROR(WriteRecords(connection, program, changes.records, keys));
  for (const domain::MemberKey& member : changes.erased) {
    PERIGEE_RETURN_IF_ERROR(Erasure(connection).Begin(program, member, revision, now));
  }
  PERIGEE_RETURN_IF_ERROR(WriteLedger(connection, program, changes.ledger, keys));
  return WriteBoards(connection, program, changes);
}

}  // namespace perigee::sql
