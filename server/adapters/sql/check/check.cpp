#include "server/adapters/sql/check/check.h"

#include <memory>
#include <set>
#include <utility>

#include "server/adapters/sql/check/attachments_check.h"
#include "server/adapters/sql/check/program_check.h"
#include "server/adapters/sql/member/erasure.h"
#include "server/adapters/sql/migrations.h"
#include "server/adapters/sql/postgres/postgres_driver.h"
#include "server/adapters/sql/program/deletion.h"
#include "server/adapters/sql/sqlite/sqlite_driver.h"
#include "server/core/status_macros.h"

namespace perigee::sql {
namespace {

absl::Status CheckAll(Connection& connection, ports::Blobs* blobs, std::vector<Finding>& findings) {
  std::vector<std::string> programs;
  PERIGEE_RETURN_IF_ERROR(connection.Query(
      "SELECT program FROM program UNION SELECT DISTINCT program FROM journal ORDER BY 1", {},
      [&](const Row& row) { programs.push_back(row.Text(0)); }));
  PERIGEE_ASSIGN_OR_RETURN(const std::set<std::string> deleted, Deletion(connection).Unended());
  std::erase_if(programs, [&](const std::string& program) { return deleted.contains(program); });
  for (const std::string& program : programs) {
    PERIGEE_RETURN_IF_ERROR(ProgramCheck(connection, program, findings).Run());
    if (blobs != nullptr) {
      PERIGEE_RETURN_IF_ERROR(CheckAttachments(connection, program, *blobs, findings));
    }
  }
  return absl::OkStatus();
}

}  // namespace

void ProgramCheck::Report(std::string what) {
  if (++found_ <= kFindingsMax) {
    findings_.push_back({program_, std::move(what)});
  }
}

absl::Status ProgramCheck::Run() {
  PERIGEE_RETURN_IF_ERROR(ReadTextKeys());
  PERIGEE_ASSIGN_OR_RETURN(erasing_, Erasure(connection_).Unended(program_));
  PERIGEE_ASSIGN_OR_RETURN(forgotten_, JournalRepository(connection_).ForgottenUpTo(program_));
  PERIGEE_RETURN_IF_ERROR(WalkJournal());
  PERIGEE_RETURN_IF_ERROR(CheckHead());
  PERIGEE_RETURN_IF_ERROR(CheckRowCounts());
  PERIGEE_RETURN_IF_ERROR(CheckRequestCount());
  PERIGEE_RETURN_IF_ERROR(CheckAccounts());
  PERIGEE_RETURN_IF_ERROR(CheckDue());
  PERIGEE_RETURN_IF_ERROR(CheckHolds());
  PERIGEE_RETURN_IF_ERROR(CheckLots());
  PERIGEE_RETURN_IF_ERROR(CheckCaps());
  PERIGEE_RETURN_IF_ERROR(records_.Finish());
  CheckTextKeys();
  PERIGEE_RETURN_IF_ERROR(CheckMerged());
  PERIGEE_RETURN_IF_ERROR(CheckEligibility());
  PERIGEE_RETURN_IF_ERROR(CheckBoards());
  return CheckResults();
}

absl::StatusOr<std::vector<Finding>> Check(Connection& connection, ports::Blobs* blobs) {
  PERIGEE_RETURN_IF_ERROR(CheckSchema(connection));
  std::vector<Finding> findings;
  PERIGEE_RETURN_IF_ERROR(connection.BeginRead());
  const absl::Status read = CheckAll(connection, blobs, findings);
  connection.Rollback();
  PERIGEE_RETURN_IF_ERROR(read);
  return findings;
}

absl::StatusOr<std::vector<Finding>> CheckSqliteStore(const SqliteFiles& files,
                                                      ports::Blobs* blobs) {
  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<Database> database,
                           OpenSqlite(files, SqliteUse::kInspect));
  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection,
                           database->Connect(Database::Access::kRead));
  return Check(*connection, blobs);
}

absl::StatusOr<std::vector<Finding>> CheckPostgresStore(const std::string& uri,
                                                        ports::Blobs* blobs) {
  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection,
                           OpenPostgres(uri, PostgresUse::kBulk)->Connect(Database::Access::kRead));
  return Check(*connection, blobs);
}

}  // namespace perigee::sql
