#include "server/adapters/sql/sqlite/sqlite_store.h"

#include <utility>

#include "server/adapters/sql/base/key_store.h"
#include "server/adapters/sql/journal/journal_repository.h"
#include "server/adapters/sql/migrations.h"
#include "server/core/status_macros.h"

namespace perigee::sql {

absl::Status MigrateSqliteStore(const SqliteFiles& files) {
  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<Database> database,
                           OpenSqlite(files, SqliteUse::kMigrate));
  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection,
                           database->Connect(Database::Access::kWrite));
  KeyStore keys(*database);
  PERIGEE_ASSIGN_OR_RETURN(const bool changed, Migrate(*connection, keys));
  // What a migration moved or removed would stay in pages that are free now.
  return changed ? connection->Run("VACUUM") : absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<SqlStore>> OpenSqliteStore(const SqliteFiles& files,
                                                          SqlStoreOptions options) {
  PERIGEE_ASSIGN_OR_RETURN(std::unique_ptr<Database> database,
                           OpenSqlite(files, SqliteUse::kServe, [](Connection& connection) {
                             return JournalRepository(connection).CheckEnds();
                           }));
  return SqlStore::Open(std::move(database), options);
}

}  // namespace perigee::sql
